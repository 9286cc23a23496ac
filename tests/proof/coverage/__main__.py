"""Write or show the table of coverage: `python -m tests.proof.coverage --write docs/coverage.md`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from . import features, promises
from .table import table


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.coverage", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, not to the screen")
    options = parser.parse_args()
    page = table(load_registry(), MUTANTS, features.load(), promises.load())
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Show the table of defects; `python -m tests.proof.defects --write docs/defects.md` writes the summary of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS

from .rows import load, problems
from .table import summary, table


def main() -> int:
    """The command line. Returns 1, and writes nothing, when a row is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.defects", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the summary there")
    options = parser.parse_args()
    defects = load()
    wrong = list(problems(defects, load_registry(), MUTANTS))
    if wrong:
        sys.stderr.write("".join(f"{line}\n" for line in wrong))
        return 1
    if options.write:
        options.write.write_text(summary(defects), encoding="utf-8")
    else:
        sys.stdout.write(table(defects))
    return 0


if __name__ == "__main__":
    sys.exit(main())

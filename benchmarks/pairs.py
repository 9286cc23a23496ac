"""Generates the covering array of parameter pairs: `python -m benchmarks.pairs --write` needs the package covertable."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from typing import Any

from conformance.checks.scenarios.chat.pairs import FILE, VALUES, excluded


def covering_array() -> list[dict[str, str]]:
    """Return rows in which each allowed pair of values of two parameters occurs."""
    covertable: Any = import_module("covertable")
    factors = {name: list(values) for name, values in VALUES.items()}
    requires = ["tools", "response_format"]
    allowed = {"operator": "fn", "requires": requires, "evaluate": lambda row: not excluded(row)}
    made = covertable.make(factors, strength=2, constraints=[allowed])
    return [{name: row[name] for name in VALUES} for row in made]


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pairs", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    options = parser.parse_args()
    rows = covering_array()
    text = "[\n" + ",\n".join(f" {json.dumps(row)}" for row in rows) + "\n]\n"
    if options.write:
        FILE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

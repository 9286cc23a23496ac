"""Generates the covering arrays of parameter pairs: `python -m benchmarks.pairs --write` needs the package covertable."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from conformance.checks.combining import Parameters
from conformance.checks.scenarios.chat import pairs as chat
from conformance.checks.scenarios.responses import pairs as responses

ARRAYS: tuple[tuple[Path, Parameters, list[str]], ...] = (
    (chat.FILE, chat.PARAMETERS, ["tools", "response_format"]),
    (responses.FILE, responses.PARAMETERS, ["tools", "text"]),
)
"""Each file with its parameters, and with the parameters that the excluded combinations have."""


def covering_array(parameters: Parameters, requires: list[str]) -> list[dict[str, str]]:
    """Return rows in which each allowed pair of values of two parameters occurs."""
    covertable: Any = import_module("covertable")
    factors = {name: list(values) for name, values in parameters.values.items()}
    allowed = {"operator": "fn", "requires": requires, "evaluate": lambda row: not parameters.excluded(row)}
    made = covertable.make(factors, strength=2, constraints=[allowed])
    return [{name: row[name] for name in factors} for row in made]


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pairs", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the files")
    options = parser.parse_args()
    for file, parameters, requires in ARRAYS:
        rows = covering_array(parameters, requires)
        text = "[\n" + ",\n".join(f" {json.dumps(row)}" for row in rows) + "\n]\n"
        if options.write:
            file.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

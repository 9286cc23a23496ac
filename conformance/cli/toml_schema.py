"""Generates the JSON Schema of conformance.toml: `python -m conformance.cli.toml_schema --write`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.acceptance.waivers_file import SCHEMA as WAIVERS
from conformance.fleet.limits import KEYS
from conformance.options import OPTIONS, Kind, Option, Surface

FILE = Path(__file__).with_name("conformance.schema.json")
_TEXT = {"type": "string", "pattern": r"\S"}
_TYPES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: _TEXT,
    Kind.WHOLE: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.FLAG: {"type": "boolean"},
    Kind.TEXTS: {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
    Kind.HEADERS: {"type": "object", "additionalProperties": {"type": "string"}},
    Kind.COMMAND: {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of conformance.toml: targets, limits of several audits, and waivers."""
    waivers = json.loads(WAIVERS.read_text("utf-8"))
    targets = [option for option in OPTIONS.values() if Surface.TOML in option.on]
    fleet = _table(KEYS.values())
    hosts = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}
    fleet["properties"]["hosts"] = hosts | {"description": "Maximum number of concurrent requests to each host."}
    return {
        "$schema": waivers["$schema"],
        "title": "conformance.toml",
        "description": "The targets of openai-conformance, the limits of several audits, and accepted violations.",
        "type": "object",
        "properties": {
            "targets": {"type": "object", "additionalProperties": _table(targets) | {"required": ["url"]}},
            "fleet": fleet,
            "edition": waivers["properties"]["edition"],
            "waivers": waivers["properties"]["waivers"],
        },
        "additionalProperties": False,
        "$defs": waivers["$defs"],
    }


def _table(options: Iterable[Option]) -> dict[str, Any]:
    properties = {option.toml: {**_value(option), "description": option.description} for option in options}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(option: Option) -> dict[str, Any]:
    if option.choices:
        return {"enum": list(option.choices)}
    bounds = {"minimum": option.least, "maximum": option.most}
    return dict(_TYPES[option.kind]) | {name: bound for name, bound in bounds.items() if bound is not None}


def text() -> str:
    """Return the text of `conformance.schema.json`, as the option `--write` writes it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Print the schema, or write it to its file."""
    parser = argparse.ArgumentParser(prog="python -m conformance.cli.toml_schema", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    if parser.parse_args().write:
        FILE.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())

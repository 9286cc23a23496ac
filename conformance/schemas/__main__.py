"""Writes the JSON Schemas of all files that the suite writes: `python -m conformance.schemas --write`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from conformance.schemas.build import Schema
from conformance.schemas.comparisons import comparison_schema, diff_schema, reference_schema
from conformance.schemas.fleet import audits_schema, shard_schema, summary_schema
from conformance.schemas.run import run_schema
from conformance.schemas.run_folder import badge_schema, case_schema, manifest_schema
from conformance.schemas.stores import history_schema, site_schema, store_schema, targets_schema

SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "run": run_schema,
    "manifest": manifest_schema,
    "case": case_schema,
    "badge": badge_schema,
    "audits": audits_schema,
    "summary": summary_schema,
    "shard": shard_schema,
    "comparison": comparison_schema,
    "reference": reference_schema,
    "diff": diff_schema,
    "store": store_schema,
    "history": history_schema,
    "site": site_schema,
    "targets": targets_schema,
}
"""The generated schemas by name."""


def file_of(name: str) -> Path:
    """Return the file of a generated schema."""
    return Path(__file__).with_name(f"{name}.schema.json")


def text_of(name: str) -> str:
    """Return the content of the file of a generated schema."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the schemas to their files, or print one of them."""
    parser = argparse.ArgumentParser(prog="python -m conformance.schemas", description=__doc__)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--write", action="store_true", help="write all files NAME.schema.json")
    chosen.add_argument("--print", dest="name", choices=SCHEMAS, help="print one schema")
    given = parser.parse_args()
    if given.name:
        sys.stdout.write(text_of(given.name))
        return 0
    for name in SCHEMAS:
        file_of(name).write_text(text_of(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Compares files that the suite wrote with their schemas."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.report.formats.json_report import SCHEMA as REPORT
from conformance.schemas.__main__ import file_of

CTRF = Path(__file__).with_name("ctrf.schema.json")
"""The schema of the Common Test Report Format, from github.com/ctrf-io/ctrf, commit 84ddec5 (see NOTICE)."""
JSON_FILES = {
    "report.json": "report",
    "ctrf.json": "ctrf",
    "badge.json": "badge",
    "manifest.json": "manifest",
    "audits.json": "audits",
    "summary.json": "summary",
    "shard.json": "shard",
    "comparison.json": "comparison",
    "reference.json": "reference",
    "store.json": "store",
    "site.json": "site",
    "targets.json": "targets",
}
"""The schema of each file with a fixed name."""


def schema_of(name: str) -> Any:
    """Return the content of a schema. The schema of report.json is closed here, so that new members are noticed."""
    if name == "report":
        return _closed(json.loads(REPORT.read_text("utf-8")))
    return json.loads((CTRF if name == "ctrf" else file_of(name)).read_text("utf-8"))


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(schema_of(name), validate_formats=True)


def check(name: str, data: Any, place: str = "") -> None:
    """Fail if the data does not match the schema with this name."""
    error = next(iter(_validator(name).iter_errors(data)), None)
    assert error is None, f"{place or name} at /{'/'.join(map(str, error.instance_path))}: {error.message[:1000]}"


def check_folder(folder: Path) -> dict[str, int]:
    """Compare each JSON file below a folder with its schema. Return the number of files by schema.

    Fails for a JSON file that has no schema.
    """
    found: dict[str, int] = {}
    for file in sorted(folder.rglob("*")):
        name = _name_of(file)
        if not name:
            continue
        text = file.read_text("utf-8")
        for data in map(json.loads, text.splitlines()) if file.suffix == ".ndjson" else [json.loads(text)]:
            check(name, data, str(file))
            if name == "summary":
                for target in data["targets"]:
                    check("report", target["report"]) if target["report"] else None
        found[name] = found.get(name, 0) + 1
    return found


def check_shared(file: Path) -> int:
    """Compare the run file in a zip file of `conformance share` with its schema. Return the number of its lines."""
    with zipfile.ZipFile(file) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("/exchanges.ndjson"))
        lines = archive.read(name).decode().splitlines()
    for line in lines:
        check("run", json.loads(line))
    return len(lines)


def _name_of(file: Path) -> str:
    """Return the schema of a file, "" for a file that is not JSON."""
    if file.suffix == ".ndjson":
        return "run"
    if file.suffix != ".json":
        return ""
    if file.parent.name in ("cases", "badges"):
        return file.parent.name.removesuffix("s")
    return JSON_FILES[file.name]


def _closed(schema: Any) -> Any:
    """Return a schema whose objects with known properties have no others."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {name: _closed(value) for name, value in schema.items()}
    return {**inside, "additionalProperties": False} if inside.get("additionalProperties") is True and "properties" in inside else inside  # fmt: skip

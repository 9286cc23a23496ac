"""The schemas of manifest.json, of saved cases, and of badge.json."""

from __future__ import annotations

from conformance.config.saved_case import SavedCase
from conformance.record.manifest import FORMAT
from conformance.report.formats.badge import COLOURS
from conformance.schemas.build import Schema, file_schema, list_of, of, one_of, record, record_of
from conformance.schemas.common import SUITE, format_of, moment


def manifest_schema() -> Schema:
    """Return the schema of manifest.json."""
    entry = record(
        "One file.",
        {
            "path": of(str, "The path of the file below the folder, with `/`."),
            "bytes": of(int, "The size of the file."),
            "sha256": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "The SHA-256 of the file, in hexadecimal digits.",
            },
        },
    )
    return file_schema(
        "manifest.json",
        record(
            "The size and the SHA-256 of each file that the suite wrote into a folder. The manifest does not list itself.",
            {
                "format": format_of(FORMAT),
                "suite": SUITE,
                "created": of(str, moment("When the manifest was written")),
                "files": list_of(entry, "The files, sorted by path."),
            },
        ),
    )


def case_schema() -> Schema:
    """Return the schema of a saved case, cases/ID.json."""
    return file_schema(
        "a saved case",
        record_of(
            SavedCase,
            "A generated request for which the target violated a requirement. `conformance run --case FILE` repeats it.",
            {
                "id": "The id of the case, which is also the name of its file.",
                "requirement": "The id of the violated requirement.",
                "body": "The request body exactly as sent.",
                "pointer": "A JSON pointer to the fault in the body. Empty for a valid body.",
                "keyword": "The keyword of JSON Schema that the body violates. Empty for a valid body.",
                "said": "The fault in words. Empty for a valid body.",
                "seed": "The seed of the run that generated the body.",
                "observed": "How the target responded.",
                "exchange": "The id of the exchange in run.ndjson.",
            },
        ),
    )


def badge_schema() -> Schema:
    """Return the schema of badge.json, the part of the format of shields.io that the suite uses."""
    return file_schema(
        "badge.json",
        record(
            "A badge in the endpoint format of shields.io.",
            {
                "schemaVersion": {"const": 1, "description": "The version of the format of shields.io."},
                "label": of(str, "The left text."),
                "message": {"type": "string", "minLength": 1, "description": "The right text, which is the result."},
                "color": one_of(COLOURS, "The color of the right side."),
                "isError": of(bool, "Whether the badge says that requirements are broken."),
            },
        ),
    )

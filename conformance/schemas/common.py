"""Parts of JSON Schemas that several schemas of the suite's files share."""

from __future__ import annotations

from conformance.schemas.build import Schema, of, record, record_of
from conformance.verdict import Finding

SUITE = record(
    "The suite that wrote the file.",
    {"name": of(str, "The name of the suite."), "version": of(str, "The version of the suite.")},
)


def format_of(number: int) -> Schema:
    """Return the JSON schema of the field in which a file states the version of its format."""
    return {"const": number, "description": "The version of the format of this file."}


def moment(what: str) -> str:
    """Return the description of a field with a point in time; `what` describes the point in time."""
    return f"{what}, in UTC, in ISO 8601."


def finding() -> Schema:
    """Return the schema of one finding."""
    return record_of(
        Finding,
        "One observed violation.",
        {
            "expected": "The expected behaviour.",
            "observed": "The observed behaviour.",
            "where": "A JSON pointer, an event number, a header or `status`. May be empty.",
            "exchange": "The id of the exchange that shows the violation. May be empty.",
            "cause": "The same text for the same fault.",
        },
    )

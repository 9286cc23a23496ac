"""The schema of run.ndjson, one line at a time; `exchanges.ndjson` in a zip file of `conformance share` has the same schema."""

from __future__ import annotations

from conformance.record import FORMAT, Header, RunTarget
from conformance.schemas.build import Schema, file_schema, list_of, map_of, of, one_of, or_null, record, record_of, ref
from conformance.schemas.common import SUITE, finding, format_of, moment
from conformance.schemas.footer import footer
from conformance.verdict import Outcome, Reason, Verdict
from conformance.wire import Attempt, Fact, Failure, Timing

HEADERS = of(tuple[tuple[str, str], ...], "Header names in lower case with their values, in the order of the message.")


def run_schema() -> Schema:
    """Return the schema of one line of run.ndjson."""
    lines = {"header": _header(), "exchange": exchange(), "verdict": verdict(), "footer": footer()}
    return file_schema(
        "one line of run.ndjson",
        {
            "description": "A run file has one JSON object on each line: the header, exchanges and verdicts in any order,"
            " then the footer. A run file without a footer is incomplete.",
            "oneOf": [ref(kind) for kind in lines],
        },
        **{kind: _line(kind, schema) for kind, schema in lines.items()},
        finding=finding(),
        failure=_failure(),
    )


def exchange() -> Schema:
    """Return the schema of one exchange as JSON data."""
    body = {
        "body": of(str, "The body, if it is UTF-8."),
        "body_base64": of(str, "The body in base64, if it is not UTF-8."),
    }
    request = record(
        "The request as sent. For a WebSocket turn: the upgrade, and the sent messages as lines of the body.",
        {
            "method": of(str, "The HTTP method."),
            "url": of(str, "The whole URL, without secrets."),
            "headers": HEADERS,
            **body,
        },
        optional=body,
    )
    return _with_body(
        record(
            "One request and its response.",
            {
                "id": of(str, "The id of the exchange, unique in the run."),
                "probe": of(str, "The probe that sent the request."),
                "request": _with_body(request),
                "status": of(int | None, "The HTTP status. Null if no head of a response arrived."),
                "http_version": of(str, "The HTTP version of the response. Empty if there was no response."),
                "headers": HEADERS,
                **body,
                "timing": record_of(
                    Timing,
                    "Times in milliseconds after the request was sent. Null for what did not happen.",
                    {
                        "headers_ms": "The time of the response headers.",
                        "first_byte_ms": "The time of the first byte of the body.",
                        "last_byte_ms": "The time of the last byte of the body.",
                    },
                ),
                "event_ms": of(
                    tuple[float, ...], "When each event of a stream arrived, in milliseconds after the request."
                ),
                "failure": _or_no_failure(),
                "attempts": list_of(_attempt(), "Earlier tries of the same request that failed, oldest first."),
                "stopped": of(
                    bool, "Whether the suite ended the response early because the probe needed no more of it."
                ),
                "lost": list_of(of(Fact), "Details that a foreign recording does not preserve."),
                "identity": of(str, "A key that equal requests of one run share."),
            },
            optional=("lost", "identity", *body),
        )
    )


def verdict() -> Schema:
    """Return the schema of one verdict as JSON data."""
    schema = record_of(
        Verdict,
        "The verdict of one case of a requirement.",
        {
            "requirement": "The id of the requirement.",
            "level": "The level of the requirement.",
            "outcome": "The outcome.",
            "case": "The case, such as json or sse. Empty if the requirement has only one case.",
            "reason": "Why there is no judgement. Not null if the outcome is inconclusive.",
            "detail": "The verdict in one sentence. May be empty.",
            "findings": list_of(ref("finding"), "The observed violations, the most telling first."),
            "exchanges": "The ids of the exchanges that the verdict is based on, the best evidence first.",
            "seen": "How many exchanges were judged.",
            "difference": "How the target's contract documents a difference from OpenAI.",
            "broken": "How many of the judged exchanges violate the requirement.",
            "asked": "How often the check was judged with new responses.",
            "failed": "How often the check failed of the times in `asked`.",
        },
        optional=("difference", "broken", "asked", "failed"),
    )
    inconclusive = {"properties": {"outcome": {"const": str(Outcome.INCONCLUSIVE)}}}
    return {**schema, "if": inconclusive, "then": {"properties": {"reason": one_of(map(str, Reason))}}}


def _line(kind: str, schema: Schema) -> Schema:
    """Return the schema of an object as a line of a run file, which has its kind."""
    properties = {"kind": {"const": kind, "description": "The kind of the line."}, **schema["properties"]}
    return {**schema, "properties": properties, "required": ["kind", *schema["required"]]}


def _with_body(schema: Schema) -> Schema:
    """Require exactly one of `body` and `body_base64`."""
    return {**schema, "oneOf": [{"required": ["body"]}, {"required": ["body_base64"]}]}


def _header() -> Schema:
    target = record_of(
        RunTarget,
        "The target.",
        {
            "url": "The base URL, without secrets. The hosts of a foreign recording.",
            "model": "The model. Empty if none is known.",
            "profile": "The name of the profile.",
            "contracts": "The names of the contracts that were loaded.",
        },
    )
    said: dict[str, str | Schema] = {
        "suite_name": "",
        "suite_version": "",
        "target": target,
        "started": moment("When the run started"),
        "settings": map_of({}, "The options of the run, without secrets. Names and values vary."),
        "notes": "Remarks of the run about itself.",
        "format": format_of(FORMAT),
        "seal": "A hash that proves to the holder of the API key that the URL was not changed.",
    }
    found = record_of(Header, "The first line.", said)["properties"]
    properties = {
        "format": found["format"],
        "suite": SUITE,
        **{name: found[name] for name in found if name not in ("format", "suite_name", "suite_version")},
    }
    return record("The first line.", properties, optional=["seal"])


def _failure() -> Schema:
    return record_of(
        Failure,
        "Why there is no complete HTTP response.",
        {"kind": "The kind of failure.", "message": "The failure in words."},
    )


def _or_no_failure() -> Schema:
    return {**or_null(ref("failure")), "description": "Why there is no complete HTTP response; null if there is one."}


def _attempt() -> Schema:
    return record_of(
        Attempt,
        "One try that failed.",
        {
            "status": "The HTTP status, null if there was none.",
            "failure": _or_no_failure(),
            "waited_s": "Seconds between this try and the next one.",
            "headers": HEADERS,
        },
        optional=["headers"],
    )

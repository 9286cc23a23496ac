"""The schema of the footer of run.ndjson."""

from __future__ import annotations

from conformance.record import Footer
from conformance.schemas.build import Schema, list_of, of, record, record_of
from conformance.schemas.common import moment
from conformance.verdict import ExitCode, Outcome


def footer() -> Schema:
    """Return the schema of the footer."""
    return record_of(
        Footer,
        "The last line.",
        {
            "ended": moment("When the run ended"),
            "complete": "Whether the run finished.",
            "interrupted": "Whether a user stopped the run.",
            "summary": _summary(),
        },
    )


def _summary() -> Schema:
    counts = {str(each): of(int, f"Requirements with the outcome {each}.") for each in Outcome}
    properties = {
        "requests": of(int, "Requests that were sent, repetitions included."),
        "exchanges": of(int, "Recorded exchanges."),
        "output_tokens": of(int, "Output tokens that the target reports."),
        "cost": of(float, "The cost, if prices are known."),
        "output_tokens_allowed": of(int, "The sum of the token limits of all requests."),
        "seconds": of(float, "The duration in seconds."),
        "left_behind": of(tuple[str, ...], "Stored objects that could not be deleted."),
        "away": of(tuple[str, ...], "When the target was temporarily unreachable."),
        "version": of(str, "The version in the response to `GET /version`."),
        "by_outcome": record("Requirements by outcome.", counts, optional=counts),
        "contracts": _contracts(),
        "ending": _ending(),
    }
    always = ("requests", "exchanges", "by_outcome")
    return record("The numbers of the run.", properties, optional=[name for name in properties if name not in always])


def _ending() -> Schema:
    return record(
        "Why the run has no overall verdict.",
        {
            "exit_code": of(ExitCode, "The exit code."),
            "said": of(str, "What happened."),
            "advice": of(str, "What to do next. May be empty."),
            "exchanges": of(tuple[str, ...], "The ids of exchanges that show what happened."),
        },
    )


def _contracts() -> Schema:
    side = record(
        "Exchanges of one operation compared with one document.",
        {
            "keeps": of(int, "Exchanges that match the document."),
            "breaks": of(int, "Exchanges that violate the document."),
            "undescribed": of(int, "Exchanges that the document does not describe."),
        },
    )
    operation = record("One operation.", {"operation": of(str, "Method and path."), "own": side, "openai": side})
    broken = record(
        "Exchanges that violate a document in the same way.",
        {
            "operation": of(str, "Method and path."),
            "where": of(str, "The status, and the place in the message."),
            "message": of(str, "The violation."),
            "own": of(int, "How many exchanges violate the target's own document in this way."),
            "openai": of(int, "How many exchanges violate OpenAI's document in this way."),
            "exchange": of(str, "The id of the first such exchange."),
            "documented": of(bool, "Whether the target's own document describes what OpenAI's document forbids."),
        },
    )
    return record(
        "The exchanges compared with the target's own OpenAPI document and with OpenAI's.",
        {
            "document": of(str, "The title of the target's own document."),
            "operations": list_of(operation, "The operations that were called."),
            "breaks": list_of(broken, "The violations, the most frequent first."),
            "trouble": of(str, "Why the target's own document could not be used."),
        },
        optional=["trouble"],
    )

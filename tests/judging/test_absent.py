"""A finding quotes `null` only where the response has a `null`; a member that is not there is absent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.judging.absent import quoted
from conformance.verdict import Finding
from conformance.wire import Event, Exchange, Failure, FailureKind, Request

CHUNKS = ('{"choices":[{"delta":{}}],"usage":null}', '{"choices":[{"delta":{"content":"a"}}]}', "[DONE]")


def exchange(body: str = "", events: tuple[str, ...] = ()) -> Exchange:
    told = tuple(Event(data) for data in events)
    return Exchange(
        "x1",
        Request("POST", "https://t/v1", (), b""),
        status=200,
        headers=(("content-type", "null"),),
        body=body.encode(),
        events=told,
    )


@pytest.mark.parametrize(
    ("where", "answer", "said"),
    [
        ("/usage", exchange("{}"), "absent"),
        ("/usage", exchange('{"usage": null}'), "null"),
        ("/usage/a~1b", exchange('{"usage": {"a/b": null}}'), "null"),
        ("/choices/0/finish_reason", exchange('{"choices": []}'), "absent"),
        ("/usage", exchange(events=CHUNKS), "null"),
        ("/model", exchange(events=CHUNKS), "absent"),
        ("event 0 /usage", exchange(events=CHUNKS), "null"),
        ("event 1 /usage", exchange(events=CHUNKS), "absent"),
        ("event 7 /usage", exchange(events=CHUNKS), "null"),
        ("/usage", exchange("not JSON"), "null"),
        ("event 0", exchange(events=CHUNKS), "absent"),
        ("event 7", exchange(events=CHUNKS), "null"),
        ("x-request-id", exchange("{}"), "absent"),
        ("content-type", exchange("{}"), "null"),
        ("status", exchange("{}"), "null"),
        ("/usage", None, "null"),
    ],
)
def test_only_what_is_there_is_quoted(where: str, answer: Exchange | None, said: str) -> None:
    """Whatever cannot be looked up keeps its quote."""
    assert quoted(Finding("a usage object", "null", where), answer).observed == said


def test_of_a_response_that_was_cut_nothing_is_called_absent() -> None:
    """The usage of a stream is at its end, which was not read or not kept."""
    cut = Failure(FailureKind.TOO_LARGE, "only the beginning is kept")
    for answer in (
        replace(exchange(events=CHUNKS), failure=cut),
        replace(exchange(events=CHUNKS), stopped=True),
    ):
        assert quoted(Finding("a model", "null", "/model"), answer).observed == "null"


def test_other_values_stay() -> None:
    """Only `null` can be a value that the suite made up."""
    finding = Finding("a number", '"null"', "/usage")
    assert quoted(finding, exchange("{}")) is finding

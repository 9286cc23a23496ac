"""The rest of one answer in another is told by words, ids and stray bytes; like answers, ids and timeouts are not it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.crosstalk import Left, can_tell, findings_of, ids_are_unique, spoken
from conformance.checks.scenarios.http.test_hung_up import is_new
from conformance.wire import Exchange, Failure, FailureKind, Request, decode

URL = "http://h/v1/chat/completions"
SSE = (("content-type", "text/event-stream"),)
TIMEOUT = Failure(FailureKind.TIMEOUT_READ, "no byte from the server for 30 s")


def chunk(id: str, text: str) -> bytes:
    """One event of a stream."""
    choices = [{"index": 0, "delta": {"content": text}}]
    return b"data: " + json.dumps({"id": id, "object": "chat.completion.chunk", "choices": choices}).encode() + b"\n\n"


def exchange(name: str, prompt: str, body: bytes = b"", **more: Any) -> Exchange:
    """A streamed answer to a prompt."""
    return Exchange(
        name, Request("POST", URL, (), prompt.encode()), status=200, headers=SSE, body=body, events=decode(body), **more
    )


def whole(name: str, prompt: str, id: str, text: str) -> Exchange:
    """A whole answer to a prompt."""
    data = {"id": id, "object": "chat.completion", "choices": [{"message": {"content": text}}]}
    return Exchange(name, Request("POST", URL, (), prompt.encode()), status=200, body=json.dumps(data).encode())


LEFT = Left("tavorq", exchange("x1", "tavorq tavorq", chunk("c1", "tav") + chunk("c1", "orq"), stopped=True))
OTHERS = [whole(f"x{n}", f"prompt {n}", f"c{n}", "hello") for n in range(2, 8)]


@pytest.mark.parametrize("failure", [None, TIMEOUT])
def test_the_word_of_another_prompt_is_cross_talk_however_the_answer_ended(failure: Failure | None) -> None:
    """A word that was split over deltas, too; both exchanges are evidence, and a timeout is told next to it."""
    into = exchange("x9", "wexlap", chunk("c9", "ta") + chunk("c9", "vorq tav"), failure=failure)
    found = findings_of([LEFT], [*OTHERS, into])
    assert [finding.exchange for finding in found] == ["x9", "x1"]
    assert all(finding.observed.startswith("cross-talk: ") for finding in found)
    assert {finding.cause for finding in found} == {"cross-talk"}
    assert ("no byte from the server for 30 s" in found[0].observed) == (failure is not None)


def test_bytes_before_the_head_are_cross_talk() -> None:
    """What HTTP cannot read is shown with the failure; any other nonsense before a head is not."""
    said = """not HTTP/1.1: illegal status line: bytearray(b'data: {"id":"c1","object":"chat.completion.chunk"')"""
    into = exchange("x9", "wexlap", failure=Failure(FailureKind.PROTOCOL, said))
    other = exchange("x8", "wexlap", failure=Failure(FailureKind.PROTOCOL, "not HTTP/1.1: illegal status line: x"))
    assert [finding.exchange for finding in findings_of([LEFT], [*OTHERS, other, into])] == ["x9", "x1"]


def test_a_second_completion_in_an_answer_is_cross_talk() -> None:
    """Even where a weak model says nothing that tells."""
    into = exchange("x9", "wexlap", chunk("c1", "the") + chunk("c9", "a"))
    assert [finding.where for finding in findings_of([LEFT], [*OTHERS, into])] == ["/id", ""]


def test_the_id_of_another_completion_is_cross_talk_only_where_ids_are_unique() -> None:
    """Constant ids, and ids from a clock, are another defect: see http.isolation.ids."""
    into = exchange("x9", "wexlap", chunk("c1", "the"))
    assert [finding.exchange for finding in findings_of([LEFT], [*OTHERS, into])] == ["x9", "x1"]
    clock = [whole(f"x{n}", f"prompt {n}", f"c{n // 2}", "hello") for n in range(2, 12)]
    assert findings_of([LEFT], [*clock, into]) == []
    constant = [whole(f"x{n}", f"prompt {n}", "c1", "hello") for n in range(2, 8)]
    assert findings_of([LEFT], [*constant, into]) == []


@pytest.mark.parametrize(
    "other",
    [
        exchange("x9", "tavorq tavorq and more", chunk("c9", "tavorq")),
        exchange("x9", "wexlap", failure=TIMEOUT),
        Exchange("x9", Request("POST", URL, (), b"wexlap"), failure=TIMEOUT),
        exchange("x9", "wexlap", chunk("c9", "wexlap"), failure=TIMEOUT),
    ],
    ids=["its own prompt has the word", "silence after the head", "no head", "its own beginning, then silence"],
)
def test_what_is_no_cross_talk(other: Exchange) -> None:
    """A timeout alone says nothing of another stream."""
    assert findings_of([LEFT], [*OTHERS, other]) == []


def test_a_repeated_request_may_have_the_same_id() -> None:
    """An idempotency key gives the same completion again: that is one request."""
    again = [whole("x20", "prompt 2", "c2", "hello")]
    assert ids_are_unique([*OTHERS, *again])
    assert not ids_are_unique([*OTHERS, whole("x20", "prompt 20", "c2", "hello")])


def test_streams_that_nothing_tells_apart_prove_nothing() -> None:
    """No word was said and the ids are constant: then nothing was seen, which is no pass."""
    mute = Left("tavorq", exchange("x1", "tavorq", chunk("c0", "the"), stopped=True))
    constant = [whole(f"x{n}", f"prompt {n}", "c0", "hello") for n in range(2, 8)]
    assert not can_tell([mute], constant)
    assert can_tell([mute], OTHERS)
    assert can_tell([LEFT], constant)


def test_the_text_of_any_stream_is_put_together() -> None:
    """Chat with reasoning, legacy completions and responses; what is no event data says nothing."""
    events = (
        b'data: {"choices":[{"delta":{"reasoning_content":"a"}},{"text":"b"},7]}\n\n'
        b'data: {"type":"response.output_text.delta","delta":"c"}\n\ndata: [DONE]\n\ndata: 5\n\ndata: {"choices":3}\n\n'
    )
    assert spoken(exchange("x1", "", events)) == "abc"
    assert spoken(Exchange("x1", Request("POST", URL), body=b"whole")) == "whole"


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("POST", "/chat/completions", True),
        ("POST", "/responses", True),
        ("POST", "/chat/completions/chatcmpl-1", False),
        ("GET", "/chat/completions/chatcmpl-1", False),
        ("POST", "/nope", False),
    ],
)
def test_a_stored_answer_comes_again_with_its_id(method: str, path: str, wanted: bool) -> None:
    """So its id says nothing of cross-talk."""
    assert is_new(Exchange("x1", Request(method, f"https://a.test/v1{path}"), status=200)) is wanted

"""Each exchange has two answers: does it keep the target's own document, and does it keep OpenAI's?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.contract import Document
from conformance.judging.two_contracts import compare
from conformance.wire import Event, Exchange, Request

BASE = "http://h/v1"
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}}
    },
}


def document(answer: Any, events: Any = None) -> Document:
    """A vendor's document whose answers and events have these schemas, and whose error codes are numbers."""
    ok: dict[str, Any] = {"application/json": {"schema": answer}}
    if events is not None:
        ok["text/event-stream"] = {"schema": events}
    responses = {
        "200": {"description": "d", "content": ok},
        "400": {"description": "d", "content": {"application/json": {"schema": ERROR}}},
    }
    ask = {"type": "object", "required": ["model"], "properties": {"n": {"type": "integer", "maximum": 1}}}
    body = {"required": True, "content": {"application/json": {"schema": ask}}}
    paths = {"/v1/chat/completions": {"post": {"requestBody": body, "responses": responses}}}
    data = {"openapi": "3.1.0", "info": {"title": "Acme", "version": "1"}, "paths": paths}
    return Document("acme", Path("acme.json"), data, "/v1")


def exchange(status: int, answer: Any, path: str = "/chat/completions", **asked: Any) -> Exchange:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], **asked}
    headers = (("content-type", "application/json"),)
    request = Request("POST", BASE + path, headers, json.dumps(body).encode())
    return Exchange("x1", request, status=status, headers=headers, body=json.dumps(answer).encode())


COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {"index": 0, "finish_reason": "stop", "logprobs": None, "message": {"role": "assistant", "content": "x", "refusal": None}}
    ],
}  # fmt: skip


def test_an_exchange_may_keep_both() -> None:
    """Counted in both columns, and no break."""
    found = compare([exchange(200, COMPLETION)], document({"type": "object", "required": ["choices"]}), BASE)
    assert found["document"] == "Acme"
    one = {"keeps": 1, "breaks": 0, "undescribed": 0}
    assert found["operations"] == [{"operation": "post /chat/completions", "own": one, "openai": one}]
    assert found["breaks"] == []


def test_what_its_own_document_describes_is_a_documented_difference() -> None:
    """OpenAI's code of an error is a text; a vendor that documents a number keeps its own contract."""
    error = {"code": 400, "message": "no", "type": "t", "param": None}
    (found,) = compare([exchange(400, {"error": error})], document({}), BASE)["breaks"]
    assert found["where"] == "400 body /error/code"
    assert (found["own"], found["openai"], found["documented"]) == (0, 1, True)


def test_a_document_that_allows_anything_documents_no_difference() -> None:
    """Any JSON is right by it, so nothing is said."""
    found = compare([exchange(200, {"choices": "none"})], document({}), BASE)["breaks"]
    assert found
    assert not [each for each in found if each["documented"] or each["own"]]


def test_one_cause_is_one_line() -> None:
    """However many exchanges and values show it."""
    exchanges = [exchange(400, {"error": {"code": code, "message": "m"}}) for code in ("a", "b", None)]
    own = [each for each in compare(exchanges, document({}), BASE)["breaks"] if each["own"]]
    assert [(each["where"], each["own"]) for each in own] == [("400 body /error/code", 3)]


def test_a_status_that_is_not_documented_breaks_the_contract() -> None:
    """And so does an answer to what the document forbids to ask."""
    exchanges = [exchange(418, {}), exchange(200, COMPLETION, n=2)]
    own = {each["where"] for each in compare(exchanges, document({}), BASE)["breaks"] if each["own"]}
    assert own == {"418 status", "200 request /n"}


def test_every_event_is_judged_by_the_schema_of_one_event() -> None:
    """The first wrong one is told, and `[DONE]` is none."""
    events = tuple(Event(data=data) for data in ('{"a": 1}', '{"a": "x"}', "[DONE]"))
    body = b"".join(f"data: {event.data}\n\n".encode() for event in events)
    request = exchange(200, {}).request
    stream = Exchange(
        "x2", request, status=200, headers=(("content-type", "text/event-stream"),), body=body, events=events
    )
    own = document({}, {"type": "object", "properties": {"a": {"type": "integer"}}})
    found = [each for each in compare([stream], own, BASE)["breaks"] if each["own"]]
    assert [(each["where"], each["message"]) for each in found] == [("200 event /a", 'event 2: "x" is not an integer')]


def test_what_stands_before_the_operation_is_not_judged() -> None:
    """Few documents mention a missing key or a rate limit."""
    assert compare([exchange(401, {}), exchange(429, {})], document({}), BASE)["operations"] == []

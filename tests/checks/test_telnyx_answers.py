"""Answers of Telnyx are held to its own document: every one that its operations can give, and no other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import load_registry
from conformance.judging.tally import Judging
from conformance.verdict import Finding
from conformance.wire import Exchange, Fact, Failure, FailureKind, Request
from tests.checks.examples import COMPLETION, HEADERS

NAME = "telnyx.contract.response"
BASE = "https://api.telnyx.com/v2/ai/openai"
CHAT, RESPONSES = f"{BASE}/chat/completions", f"{BASE}/responses"


def judged(status: int | None, body: Any, url: str = CHAT) -> tuple[int, list[Finding]]:
    """How many exchanges the invariant saw, and what it found."""
    judging = Judging(load_registry(), {NAME})
    sent = Request("POST", url, (("content-type", "application/json"),), b'{"model": "m", "messages": []}')
    headers = HEADERS if status else ()
    judging.add(Exchange("x1", sent, status=status, headers=headers, body=json.dumps(body).encode()))
    tally = judging.tallies[NAME]
    return tally.seen, list(tally.verdict().findings)


def test_a_right_answer_holds() -> None:
    """A completion, with or without a query in the URL."""
    assert judged(200, COMPLETION) == (1, [])
    assert judged(200, COMPLETION, f"{CHAT}?beta=1") == (1, [])
    assert judged(200, {"id": "resp_1"}, RESPONSES) == (1, [])


@pytest.mark.parametrize("url", [CHAT, RESPONSES])
def test_an_answer_of_another_shape_is_broken(url: str) -> None:
    """The finding says the status, the media type and the place."""
    seen, found = judged(200, [], url)
    assert seen == 1
    assert found[0].observed == '"200 application/json"'
    assert found[0].where == "body"


@pytest.mark.parametrize("status", [None, 401, 403, 429, 503])
def test_what_stands_before_the_operation_is_not_in_the_document(status: int | None) -> None:
    """No answer, authentication and rate limits are judged elsewhere."""
    assert judged(status, {})[0] == 0


@pytest.mark.parametrize("body", [b"", b'{"id": '])
def test_half_an_answer_is_not_judged(body: bytes) -> None:
    """A slow target is not a wrong one: we hung up."""
    slow = Failure(FailureKind.TIMEOUT_READ, "no byte for 60 s")
    exchange = Exchange("x1", Request("POST", RESPONSES), status=200, headers=HEADERS, body=body)
    assert seen_of(exchange) == 1
    assert seen_of(replace(exchange, failure=slow)) == 0
    assert seen_of(replace(exchange, stopped=True)) == 0


def seen_of(exchange: Exchange) -> int:
    judging = Judging(load_registry(), {NAME})
    judging.add(exchange)
    return judging.tallies[NAME].seen


def test_a_recording_without_its_media_type_is_not_judged() -> None:
    """The document is about media types: one that was kept says which schema holds, one that was lost does not."""
    kept = Exchange("x1", Request("POST", RESPONSES), status=200, headers=HEADERS, body=b"{}")
    assert seen_of(replace(kept, lost=frozenset({Fact.HEADERS}))) == 1
    assert seen_of(replace(kept, headers=(), lost=frozenset({Fact.HEADERS}))) == 0


def test_other_operations_are_not_in_the_document() -> None:
    """What the document does not describe breaks nothing of it."""
    assert judged(200, [], f"{BASE}/embeddings")[0] == 0


def test_a_few_findings_of_an_answer_are_enough() -> None:
    """Three are looked at, each with its place."""
    found = judged(422, {"detail": [{"loc": 1, "msg": 1, "type": 1}, 5]})[1]
    assert [each.where for each in found] == ["body /detail/0/loc", "body /detail/0/msg", "body /detail/0/type"]

"""Shrinking: the smallest body that is still refused for the same reason, in six requests at most."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from conformance.checks.generated.answers import Sent, cause_of
from conformance.checks.generated.positive import canonical
from conformance.checks.generated.shrink import REQUESTS, RejectionCause, shrink
from conformance.engine import BudgetExhausted
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request

CONTROL = {"model": "m", "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 4}
LONG: dict[str, Any] = {
    **CONTROL,
    "messages": [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two"},
        {"role": "user", "content": "Three"},
    ],
    "temperature": 0.5,
    "top_p": 0.5,
    "stop": ["a", "b"],
    "seed": 7,
    "n": 2,
}
Server = Callable[[dict[str, Any]], str]


class Endpoint:
    """Refuses with the message that `server` gives; "" is an answer."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.asked: list[dict[str, Any]] = []

    def answer(self, body: dict[str, Any]) -> ChatReply:
        message = self.server(body)
        raw = json.dumps({"error": {"message": message}} if message else {"choices": [{"message": {"content": "Hi"}}]})
        return ChatReply(Exchange("x", Request("POST", "http://h"), status=400 if message else 200, body=raw.encode()))

    async def send(self, body: dict[str, Any]) -> ChatReply:
        self.asked.append(body)
        return self.answer(body)


def run(server: Server, body: dict[str, Any] = LONG, known: set[str] | None = None) -> tuple[RejectionCause, Endpoint]:
    endpoint = Endpoint(server)
    sent = Sent(body, endpoint.answer(body))
    name = cause_of(sent.reply.exchange)
    found = asyncio.run(shrink(name, [sent], CONTROL, endpoint.send, known or set(), lambda _: True))
    assert len(endpoint.asked) <= REQUESTS
    return found, endpoint


def test_a_field_that_the_error_names_is_tried_first() -> None:
    """The control with that field alone: two requests."""
    found, endpoint = run(lambda body: "stop is not supported" if "stop" in body else "")
    assert found.smallest.body == CONTROL | {"stop": ["a", "b"]}
    assert found.again
    assert endpoint.asked[:2] == [LONG, CONTROL | {"stop": ["a", "b"]}]


def test_a_field_that_nobody_names_is_found_by_halves() -> None:
    """The others go, as far as the requests reach."""
    found, _ = run(lambda body: "invalid request" if "seed" in body else "")
    assert "seed" in found.smallest.body
    assert len(found.smallest.body) <= len(CONTROL) + 2
    assert len(canonical(found.smallest.body)) < len(canonical(LONG)) / 1.5


def test_messages_become_few() -> None:
    """One message is enough to show a role that is refused."""
    found, _ = run(lambda body: "bad role" if any(m["role"] == "assistant" for m in body["messages"]) else "")
    assert "temperature" not in found.smallest.body
    assert len(found.smallest.body["messages"]) == 3  # an assistant's message has a user's before and after it


def test_another_reason_is_another_cause() -> None:
    """A smaller body that is refused for something else shows nothing."""
    found, _ = run(lambda body: "both" if {"top_p", "n"} <= body.keys() else "alone" if "n" in body else "")
    assert {"top_p", "n"} <= found.smallest.body.keys()


def test_no_body_with_a_known_answer_is_sent_again() -> None:
    """Only the refused body itself is repeated."""
    alone = canonical(CONTROL | {"stop": ["a", "b"]})
    _, endpoint = run(lambda body: "stop is wrong" if "stop" in body else "", known={alone})
    assert alone not in [canonical(body) for body in endpoint.asked]


def test_a_refusal_that_does_not_come_again_is_said_to_be_so() -> None:
    """One request finds out."""
    answers = iter(["overloaded"])
    found, endpoint = run(lambda _: next(answers, ""))
    assert not found.again
    assert len(endpoint.asked) == 1


def test_a_spent_budget_ends_it_with_what_was_found() -> None:
    """The refused body itself stays evidence."""
    endpoint = Endpoint(lambda body: "stop is wrong" if "stop" in body else "")
    first = Sent(LONG, endpoint.answer(LONG))

    async def once(body: dict[str, Any]) -> ChatReply:
        if endpoint.asked:
            raise BudgetExhausted("spent")
        return await endpoint.send(body)

    found = asyncio.run(shrink(cause_of(first.reply.exchange), [first], CONTROL, once, set(), lambda _: True))
    assert found.again
    assert found.smallest.body == LONG

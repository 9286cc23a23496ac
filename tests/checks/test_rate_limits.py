"""What a 429 says of when to come back, in the answer and in the tries before it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.wire import Attempt, Exchange, Fact
from tests.checks.examples import REFUSAL, REQUEST, answered, broken_by, finding, seen, whole

WHEN, READABLE = "http.rate-limited.when", "http.rate-limited.retry-after"
JSON = ("content-type", "application/json")
ID = ("x-request-id", "req_1")


def busy(*headers: tuple[str, str], error: dict[str, Any] | None = None, **more: Any) -> Exchange:
    body = {"error": {**REFUSAL["error"], **(error or {})}}
    return answered(json.dumps(body).encode(), REQUEST, status=429, headers=(JSON, ID, *headers), **more)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retry-after", "7"),
        ("retry-after", "Sat, 31 Jan 2026 12:00:05 GMT"),
        ("retry-after-ms", "250"),
        ("x-ratelimit-reset-requests", "1s"),
        ("x-ratelimit-reset-tokens", "6m0s"),
        ("x-ratelimit-reset", "1"),
    ],
)
def test_each_header_that_says_when_is_enough(name: str, value: str) -> None:
    """One of six forms; two of the headers are read, too."""
    exchange = busy((name, value))
    assert broken_by(exchange) == {}
    assert seen(exchange, WHEN)
    assert seen(exchange, READABLE) == name.startswith("retry-after")


def test_a_429_without_a_word_is_broken() -> None:
    """The finding shows the headers that came, and empty ones say nothing."""
    assert broken_by(busy()) == {WHEN: "retry-after"}
    assert finding(busy(), WHEN).observed == '["content-type", "x-request-id"]'
    assert broken_by(busy(("x-ratelimit-reset", ""))) == {WHEN: "retry-after"}


@pytest.mark.parametrize(("name", "wanted"), [("retry-after", "seconds, or an HTTP date"), ("retry-after-ms", "milliseconds")])  # fmt: skip
def test_words_are_no_wait(name: str, wanted: str) -> None:
    """What no client can read says nothing; each of the two headers is a separate fault."""
    found = finding(busy((name, "soon")), READABLE)
    assert (found.where, found.expected, found.observed, found.cause) == (name, wanted, '"soon"', f"{name} of words")
    assert broken_by(busy((name, "soon"))) == {READABLE: name}


def test_the_first_of_a_repeated_header_counts() -> None:
    """As for the client that waits."""
    assert broken_by(busy(("retry-after", "1"), ("retry-after", "soon"))) == {}
    assert broken_by(busy(("retry-after", "soon"), ("retry-after", "1"))) == {READABLE: "retry-after"}


@pytest.mark.parametrize("field", ["code", "type"])
def test_an_account_without_credit_need_not_come_back(field: str) -> None:
    """Waiting is of no use there, and the target says so."""
    assert not seen(busy(error={field: "insufficient_quota"}), WHEN)
    assert seen(busy(error={field: "rate_limit_exceeded"}), WHEN)


@pytest.mark.parametrize(("value", "judged"), [("false", False), (" FALSE ", False), ("true", True), ("", True)])
def test_who_is_told_not_to_try_again_need_not_know_when(value: str, judged: bool) -> None:
    """The header of the official clients, in any case."""
    assert seen(busy(("x-should-retry", value)), WHEN) == judged


def test_tries_that_were_given_up_are_judged_too() -> None:
    """Each by its number; those of another status, or kept without their headers, say nothing."""
    tries = (
        Attempt(503, None, 1.0, (JSON,)),
        Attempt(429, None, 1.0, (JSON, ("retry-after", "1"))),
        Attempt(429, None, 1.0),
        Attempt(429, None, 1.0, (JSON,)),
    )
    exchange = whole(attempts=tries)
    assert broken_by(exchange) == {WHEN: "try 4 retry-after"}
    assert not seen(whole(attempts=(tries[0], tries[2])), WHEN)
    assert not seen(whole(), WHEN)
    unread = (Attempt(429, None, 1.0, (("retry-after-ms", "soon"),)),)
    assert broken_by(whole(attempts=unread)) == {READABLE: "try 1 retry-after-ms"}


def test_a_recording_that_lost_headers_says_nothing_of_when() -> None:
    """They may have been there."""
    assert not seen(busy(lost=frozenset({Fact.HEADERS})), WHEN)

"""Stored and background responses on replies made to measure: what is late is looked for again, what is gone is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.checks.scenarios.responses import (
    conftest,
    test_background,
    test_store,
)
from conformance.config import Target, load_profile
from conformance.engine.clients import Http
from conformance.engine.probe import Transport, probes
from conformance.reply import ResponseReply
from conformance.wire import Exchange, Failure, FailureKind
from tests.checks.response_examples import right
from tests.checks.response_replies import BUSY, OOPS, Check, exchange_of, outcome, reply_of, streamed
from tests.checks.test_response_objects import RESPONSE

LOOKED_UP: dict[str, tuple[Check, dict[int | None, str]]] = {
    "what was not to be stored": (
        lambda it: test_store.test_store_false_is_not_stored(lookups(false=it)),
        {404: "pass", 403: "pass", 200: "broken", 429: "not answered", 500: "not answered", None: "not answered"},
    ),
    "an id that never was": (
        lambda it: test_store.test_an_unknown_id_is_a_404(lookups(unknown=it)),
        {404: "pass", 400: "broken", 200: "broken", 500: "broken", 429: "not answered", None: "not answered"},
    ),
    "what was deleted": (
        lambda it: test_store.test_a_deleted_response_is_gone((it, it, reply_of())),
        {404: "pass", 410: "pass", 200: "broken", 503: "not answered", None: "not answered"},
    ),
}


def lookups(**given: Exchange) -> test_store.Lookups:
    there = exchange_of(RESPONSE)
    found = {"default": there, "false": there, "unknown": there, **given}
    return test_store.Lookups(silent=reply_of(), chained=reply_of(), **found)


@pytest.mark.parametrize(
    ("check", "status", "found"),
    [(check, status, found) for check, statuses in LOOKED_UP.values() for status, found in statuses.items()],
)
def test_a_look_up_is_judged_only_where_it_was_answered(check: Check, status: int | None, found: str) -> None:
    """'Not now' and no answer at all are neither there nor gone."""
    assert outcome(check, exchange_of({}, status, "/resp_1")) == found


@pytest.mark.parametrize(
    ("identifier", "never"),
    [
        ("resp_05ab", "resp_0000"),
        ("resp_0f8fad5b-d9cb-469f-a165-70867728950e", "resp_00000000-0000-0000-0000-000000000000"),
        ("0f8fad5b-d9cb", "00000000-0000"),
        ("acme_resp_Zz9", "acme_resp_000"),
    ],
)
def test_an_id_that_never_was_has_the_shape_of_the_targets_own(identifier: str, never: str) -> None:
    """A server that knows its ids by their shape may say of others that they cannot be."""
    assert conftest.never_given(identifier) == never


class Shelf:
    """Answers a POST with a stored response, and a GET of it with these statuses, one after the other."""

    transport = Transport.JSON

    def __init__(self, *statuses: int, store: bool = True) -> None:
        self.left = list(statuses)
        self.body = {**RESPONSE, "store": store}

    async def __call__(self, *_: Any, **__: Any) -> ResponseReply:
        return ResponseReply(exchange_of(self.body))

    @property
    def http(self) -> Http:
        """A client that takes the next status for every request, and waits for nothing."""

        async def send(*_: Any, **__: Any) -> Exchange:
            status = self.left.pop(0)
            return exchange_of(self.body if status == 200 else {}, status, "/resp_1")

        async def pause(_: float) -> None:
            pass

        return Http(Target(url="https://a.test/v1", profile=load_profile("openai")), send, pause)


def kept(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> test_store.Kept:
    monkeypatch.setattr(test_store, "SETTLING", (0.0, 0.0))
    rejected = ResponseReply(exchange_of({}, 400))
    function = probes()["response_kept"].function
    found: test_store.Kept = asyncio.run(function(shelf, shelf.http, (rejected, rejected), rejected))
    return found


def test_what_is_stored_may_take_a_moment_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for again where the answer said that it is stored; what stays away is missing."""
    found = kept(Shelf(404, 404, 200), monkeypatch)
    assert outcome(test_store.test_a_stored_response_is_retrieved_as_it_was, found) == "pass"
    found = kept(Shelf(404, 404, 404), monkeypatch)
    assert outcome(test_store.test_a_stored_response_is_retrieved_as_it_was, found) == "broken"


def test_what_nobody_said_to_be_stored_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look would be a request for nothing."""
    shelf = Shelf(404, 200, store=False)
    found = kept(shelf, monkeypatch)
    assert shelf.left == [200]
    assert outcome(test_store.test_a_stored_response_is_retrieved_as_it_was, found) == "not answered"


# In the background


def test_a_background_response_that_fails_for_now_is_not_judged() -> None:
    """As one that is refused with 429 would not be."""
    begun = reply_of(status="queued", background=True)
    check = test_background.test_a_background_response_is_made
    assert outcome(check, test_background.Polled(begun, reply_of(**BUSY))) == "premise-not-met"
    assert outcome(check, test_background.Polled(begun, reply_of(**OOPS))) == "broken"
    cancelled = test_background.test_a_background_response_is_cancelled
    assert outcome(cancelled, (exchange_of({**RESPONSE, **BUSY}), exchange_of({}))) == "premise-not-met"
    assert outcome(cancelled, (exchange_of({**RESPONSE, **OOPS}), exchange_of({}))) == "broken"


def test_a_background_response_may_take_a_moment_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not found at first is looked for as one that is not made yet; what stays away was not answered."""
    monkeypatch.setattr(test_background, "PAUSES", (0.0, 0.0, 0.0, test_background.LATE))

    def polled(*statuses: int) -> test_background.Polled:
        shelf = Shelf(*statuses)
        begin = Shelf()
        begin.body = {**RESPONSE, "status": "queued"}
        return asyncio.run(probes()["response_background"].function(begin, shelf.http))

    assert outcome(test_background.test_a_background_response_is_made, polled(404, 404, 200)) == "pass"
    assert outcome(test_background.test_a_background_response_is_made, polled(404, 200)) == "pass"
    assert outcome(test_background.test_a_background_response_is_made, polled(404, 404, 404, 404)) == "not answered"


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("cancelled", "cancelled", "pass"),
        ("cancelled", "completed", "broken"),
        ("cancelled", "in_progress", "broken"),
        ("completed", "completed", "premise-not-met"),
        ("in_progress", "completed", "premise-not-met"),
    ],
)
def test_what_was_cancelled_does_not_end_otherwise(first: str, second: str, found: str) -> None:
    """Whatever it was told to be must stay; what was never cancelled shows nothing of that."""
    pair = (exchange_of({**RESPONSE, "status": first}), exchange_of({**RESPONSE, "status": second}))
    assert outcome(test_background.test_a_cancelled_response_stays_cancelled, pair) == found


def test_a_resumed_stream_goes_on_with_the_events_of_the_api() -> None:
    """What a vendor puts between them has no number; and what the suite itself broke off is not judged."""
    left, rest = streamed(right()[:5]), right()[5:]
    ping = {"type": "acme.ping"}
    go_on = test_background.test_a_stream_goes_on_after_the_last_event_seen
    whole = test_background.test_nothing_is_lost_between_the_two_streams
    assert outcome(go_on, test_background.Resumed(left, streamed([ping, *rest]))) == "pass"
    assert outcome(go_on, test_background.Resumed(left, streamed(rest[1:]))) == "broken"
    assert outcome(whole, test_background.Resumed(left, streamed(rest))) == "pass"
    assert outcome(whole, test_background.Resumed(left, streamed([*rest, ping]))) == "pass"
    assert outcome(whole, test_background.Resumed(left, streamed(rest[:-1]))) == "broken"
    slow = Failure(FailureKind.TIMEOUT_TOTAL, "60 s are over")
    assert outcome(whole, test_background.Resumed(left, streamed(rest[:-1], slow))) == "not answered"

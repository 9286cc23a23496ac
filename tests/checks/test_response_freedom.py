"""What a right server may do otherwise than the document says or lists, as the live API and vendors do: no invariant breaks."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from conformance.wire import Exchange
from tests.checks.examples import Damage, answered, both, broken_by, put
from tests.checks.response_examples import Events, changed, ended, faults, item_of, numbered, response, right
from tests.checks.test_response_objects import REQUEST, RESPONSE, URL
from tests.checks.test_response_streams import REQUEST as STREAMED
from tests.checks.test_response_streams import streamed

QUOTA = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "No more.", "param": None}
OOPS = {"type": "server_error", "code": None, "message": "Oops.", "param": None}
FLAT = {**OOPS, "type": "error"}
KEEPALIVE = {"type": "keepalive"}
COST = {"type": "acme.cost", "usd": 1}


def of(damage: Damage) -> Exchange:
    return answered(json.dumps(damage(copy.deepcopy(RESPONSE))).encode(), REQUEST, url=URL)


def failing(code: str) -> Damage:
    """A response that failed for this reason."""
    error = {"code": code, "message": "Oops."}
    return both(put("status", "failed"), put("error", error), put("output", []), put("usage", None))


def cut_because(reason: Any) -> Damage:
    """A response that is incomplete for this reason."""
    return both(put("status", "incomplete"), put("incomplete_details", {"reason": reason}))


@pytest.mark.parametrize("reason", ["length", "max_tokens", "", None, 7])
def test_another_word_for_the_limit_is_a_fault(reason: Any) -> None:
    """Chat's word is no reason of a response."""
    where = "/incomplete_details/reason"
    assert broken_by(of(cut_because(reason))) == {"responses.incomplete.reason": where}


def test_a_new_word_where_the_limit_was_reached_is_a_fault() -> None:
    """What the limit cut has a word in every version of the document."""
    body = cut_because("out_of_credit")(copy.deepcopy(RESPONSE))
    limit = body["usage"]["output_tokens"]
    told = answered(json.dumps(body).encode(), {**REQUEST, "max_output_tokens": limit}, url=URL)
    assert broken_by(told) == {"responses.incomplete.reason": "/incomplete_details/reason"}


@pytest.mark.parametrize(
    "damage",
    [
        failing("insufficient_quota"),
        failing("engine_crashed"),
        put("tools", [{"type": "programmatic_tool_calling"}]),
        put("tools", [{"type": "x_search"}]),
        put("tool_choice", {"type": "x_search"}),
        put("reasoning", {"effort": "max", "summary": None}),
        put(
            "text", {"format": {"type": "grammar", "syntax": "lark", "definition": "start: a"}, "verbosity": "highest"}
        ),
        put("prompt_cache_retention", "in-memory"),
        put("output/0/content/0/annotations", [{"type": "acme_citation", "page": 1}]),
        put("output/0/phase", "commentary"),
        put("output/0/phase", "afterthought"),
        put("tools", [{"type": "image_generation", "quality": "xhigh", "output_format": "svg"}]),
        cut_because("max_messages"),
        cut_because("steered"),
        cut_because("out_of_credit"),
        put("service_tier", "ultrafast"),
    ],
)
def test_a_word_that_is_newer_than_the_document_is_no_fault(damage: Damage) -> None:
    """Codes of errors, kinds of tools and citations, and what a response repeats of its request."""
    assert broken_by(of(damage)) == {}


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        (put("tools", [{"type": 1}]), "/tools/0/type"),
        (put("tools", [{"type": "function", "name": "get", "strict": True}]), "/tools/0/parameters"),
        (put("reasoning", {"effort": 3}), "/reasoning/effort"),
        (put("truncation", "sometimes"), "/truncation"),
    ],
)
def test_a_value_of_another_type_is_still_a_fault(damage: Damage, where: str) -> None:
    """As is a word where the document lists all that there can be."""
    assert broken_by(of(damage)) == {"responses.object": where}


def test_a_part_of_another_kind_is_still_a_fault() -> None:
    """The official client finds no text in a part of type text."""
    where = "/output/0/content/0/type"
    assert broken_by(of(put("output/0/content/0/type", "text"))) == {"responses.items": where}


def cut(*more: dict[str, Any]) -> Events:
    """A stream that has begun, and then these."""
    return numbered([*right()[:2], *more])


def inserted(place: int, event: dict[str, Any]) -> Events:
    """The right stream with one event more."""
    events = right()
    return numbered([*events[:place], event, *events[place:]])


def failed(error: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.failed", "response": response("failed", [], error=error, usage=None)}


def test_a_failure_may_be_told_twice() -> None:
    """The live API sends an error, its fields in an object, then the response that failed; the error is one fault."""
    told = cut({"type": "error", "error": OOPS}, failed({"code": "server_error", "message": "Oops."}))
    assert broken_by(streamed(told)) == {"responses.stream.no-error": "event 2"}


def test_nothing_else_follows_an_error() -> None:
    """A response that is completed after all is none."""
    told = [*cut(FLAT), right()[-1]]
    assert "responses.stream.terminal" in broken_by(streamed(numbered(told)))
    twice = cut(FLAT, failed(OOPS), failed(OOPS))
    assert broken_by(streamed(twice))["responses.stream.terminal"] == "event 4 /type"


def test_an_error_without_a_message_is_still_a_fault() -> None:
    """Wherever its fields stand."""
    told = cut({"type": "error", "error": {"type": "server_error", "code": None, "param": None}})
    assert "responses.stream.schema" in broken_by(streamed(told))


@pytest.mark.parametrize("nested", [True, False])
def test_an_error_that_says_not_now_is_no_error_of_the_stream(nested: bool) -> None:
    """What a plain 429 says to a request that is not streamed says nothing of the target."""
    told = cut({**({"error": QUOTA} if nested else QUOTA), "type": "error"}, failed(QUOTA))
    assert broken_by(streamed(told)) == {}
    assert broken_by(streamed(cut(failed(QUOTA)))) == {}


def test_a_fault_that_is_told_in_a_stream_is_not_an_error_of_a_right_request() -> None:
    """That it was told there is `responses.error.before-stream`."""
    told = streamed(cut(FLAT), STREAMED | {"input": 12345})
    assert "responses.stream.no-error" not in broken_by(told)


@pytest.mark.parametrize("place", [1, 2, 5, 8, 15])
@pytest.mark.parametrize("event", [KEEPALIVE, COST])
def test_an_event_that_is_not_of_the_api_may_come_anywhere_but_first(place: int, event: dict[str, Any]) -> None:
    """Clients must ignore what they do not know; one that comes after the end says nothing of the response."""
    assert broken_by(streamed(inserted(place, event))) == {}


def test_an_event_that_is_not_of_the_api_needs_no_number() -> None:
    """The document promises the number of its own events alone."""
    events = right()
    assert broken_by(streamed([*events[:5], COST, *events[5:]])) == {}
    assert broken_by(streamed([*events[:5], {**COST, "sequence_number": 5}, *events[5:]])) != {}


def test_a_response_inside_an_event_that_is_not_of_the_api_is_none() -> None:
    """Only the API's own events carry the response."""
    told = {"type": "acme.meta", "response": {"status": "ok", "milliseconds": 3}}
    assert broken_by(streamed(inserted(5, told))) == {}


def test_a_citation_of_another_kind_may_stand_in_a_part() -> None:
    """In events as in the object."""
    place = next(number for number, event in enumerate(right()) if event["type"] == "response.content_part.done")
    assert broken_by(streamed(changed(place, "part/annotations", [{"type": "acme_citation"}])(right()))) == {}


def test_the_live_api_renames_the_calls_of_its_own_tools() -> None:
    """A call_id that is there for the client stays; that of a tool which the API calls itself need not."""
    added, done = item_of("tool_search_call", arguments={}, call_id="call_2")
    added["item"]["call_id"] = "call_1"
    assert faults(ended(added, done)) == []

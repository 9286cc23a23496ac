"""What an invariant looks at: which exchanges are of its kind, and what each view says of one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.reply.reading import Reading
from conformance.reply.response_views import ResponseAnswer, ResponseObject, ResponseStream
from conformance.reply.views import ChatAnswer, Completion, Refusal, Stream, View, once
from conformance.wire import Exchange, Fact, Failure, FailureKind, Request
from tests.checks.examples import (
    COMPLETION,
    REFUSAL,
    REQUEST,
    SSE,
    STREAM_REQUEST,
    answered,
    insert,
    piece,
    put,
    refused,
    streamed,
    whole,
)
from tests.checks.response_examples import framed, right

LOST_BODY = {"lost": frozenset({Fact.BODY})}
LOST_TEXT = {"lost": frozenset({Fact.TEXT})}
CUT = Failure(FailureKind.CUT_OFF, "cut")
RESPONSES = "https://api.example.com/v1/responses"
EMBEDDINGS = "https://api.example.com/v1/embeddings"


def kinds(exchange: Exchange) -> set[str]:
    """The views that take an exchange."""
    views: tuple[type[View], ...] = (ChatAnswer, Completion, Stream, Refusal, ResponseAnswer, ResponseObject, ResponseStream)  # fmt: skip
    return {view.__name__ for view in views if view.of(Reading(exchange)) is not None}


def responses(body: bytes = b"{}", method: str = "POST", **more: Any) -> Exchange:
    exchange = answered(body, {"model": "m"}, url=RESPONSES, **more)
    return replace(exchange, request=replace(exchange.request, method=method))


KINDS: dict[str, tuple[Exchange, set[str]]] = {
    "a completion": (whole(), {"ChatAnswer", "Completion"}),
    "a completion with texts replaced": (whole(**LOST_TEXT), {"ChatAnswer", "Completion"}),
    "a completion whose body was lost": (whole(**LOST_BODY), set()),
    "a completion that was cut": (whole(failure=CUT), {"ChatAnswer"}),
    "a completion with another status": (whole(status=201), set()),
    "a list in a 200": (answered(b"[]", REQUEST), {"ChatAnswer"}),
    "no JSON in a 200": (answered(b"{", REQUEST), {"ChatAnswer"}),
    "a stream": (streamed(), {"ChatAnswer", "Stream"}),
    "a stream whose body was lost": (streamed(**LOST_BODY), set()),
    "a stream that was cut": (streamed(failure=CUT), {"ChatAnswer"}),
    "a stream that we left": (streamed(stopped=True), {"ChatAnswer"}),
    "a stream with an error": (streamed(insert(3, REFUSAL)), {"ChatAnswer"}),
    "a stream with another status": (streamed(status=201), set()),
    "a refusal": (refused(), {"Refusal"}),
    "a refusal with 399": (refused(status=399), set()),
    "a refusal that was cut": (refused(failure=CUT), set()),
    "a refusal whose body was lost": (refused(**LOST_BODY), set()),
    "no answer": (answered(b"", REQUEST, status=None, headers=(), failure=CUT), set()),
    "no answer and no failure": (answered(b"", REQUEST, status=None, headers=()), set()),
    "a refusal of no operation": (refused(url="https://api.example.com/v1/nothing"), set()),
    "an operation that is lacking": (refused(lambda _: {"detail": "Not Found"}, 404, url=EMBEDDINGS), set()),
    "a method that is lacking": (refused(lambda _: {"detail": "No"}, 405, url=EMBEDDINGS), set()),
    "an operation that refuses": (refused(status=404, url=EMBEDDINGS), {"Refusal"}),
    "an operation that refuses in other words": (refused(lambda _: {"detail": "No"}, 400, url=EMBEDDINGS), {"Refusal"}),
    "chat that is lacking": (refused(lambda _: {"detail": "Not Found"}, 404), {"Refusal"}),
    "embeddings": (answered(b"{}", REQUEST, url=EMBEDDINGS), set()),
    "a response": (responses(), {"ResponseAnswer", "ResponseObject"}),
    "a stored response": (
        replace(responses(), request=Request("GET", f"{RESPONSES}/resp_1")),
        {"ResponseAnswer", "ResponseObject"},
    ),
    "a response whose body was lost": (responses(**LOST_BODY), set()),
    "a response with another status": (responses(status=202), set()),
    "a stream of a response": (
        responses(framed(right()), headers=SSE),
        {"ResponseAnswer", "ResponseObject", "ResponseStream"},
    ),
    "a stream of a response that was cut": (
        responses(framed(right()), headers=SSE, failure=CUT),
        {"ResponseAnswer", "ResponseObject"},
    ),
    "a stream of a response that we left": (
        responses(framed(right()), headers=SSE, stopped=True),
        {"ResponseAnswer", "ResponseObject"},
    ),
    "a stream that goes on with a response": (
        replace(responses(framed(right()), headers=SSE), request=Request("GET", f"{RESPONSES}/resp_1?stream=true")),
        {"ResponseAnswer", "ResponseObject"},
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_exchange_is_of_its_kinds(name: str) -> None:
    """What is judged as what."""
    exchange, wanted = KINDS[name]
    assert kinds(exchange) == wanted


def test_one_reading_serves_all_views_of_an_exchange() -> None:
    """Each thing in an exchange is found once, and another exchange is read anew."""
    looked: list[View] = []

    @once
    def found(view: View) -> list[View]:
        """Words."""
        looked.append(view)
        return looked

    one, other = Reading(whole()), Reading(whole())
    for view in (View.of(one), ChatAnswer.of(one), Completion.of(one)):
        assert view is not None
        assert found(view) is looked
    assert len(looked) == 1
    again = View.of(other)
    assert again is not None
    found(again)
    assert len(looked) == 2
    assert found.__doc__ == "Words."


def test_what_was_asked_is_an_object_or_nothing() -> None:
    """A body that is none asked for nothing."""
    view = View.of(Reading(whole()))
    assert view is not None
    assert view.asked["n"] == 2
    bare = View.of(Reading(answered(b"{}", ["no", "object"])))
    assert bare is not None
    assert bare.asked == {}


def chat(exchange: Exchange) -> ChatAnswer:
    view = ChatAnswer.of(Reading(exchange))
    assert view is not None
    return view


def test_choices_are_those_of_a_completion() -> None:
    """Whole or put together; an error, or what is no completion, has none."""
    assert [choice.text for choice in chat(whole()).choices] == ["Hello", ""]
    assert [choice.text for choice in chat(streamed()).choices] == ["Hello", ""]
    assert chat(streamed(insert(3, REFUSAL))).choices == ()
    assert chat(answered(json.dumps(REFUSAL).encode(), REQUEST)).choices == ()
    assert chat(answered(b"[]", REQUEST)).choices == ()


def test_values_have_their_places() -> None:
    """In a body, or in each chunk that has one; null is no value."""
    assert list(chat(whole()).values_of("model")) == [("/model", "m-1")]
    assert list(chat(whole(put("model", None))).values_of("model")) == []
    assert list(chat(answered(b"[]", REQUEST)).values_of("model")) == []
    some = streamed(lambda _: [piece({}), {**piece({}), "x": 0}, {**piece({}), "x": None}])
    assert list(chat(some).values_of("x")) == [("event 1 /x", 0)]


@pytest.mark.parametrize(
    ("choices", "messages"),
    [
        (COMPLETION["choices"], [0, 1]),
        ([5, {"message": {}}, {"message": 5}, {}], [0]),
        ("none", []),
        (None, []),
    ],
)
def test_messages_are_objects(choices: Any, messages: list[int]) -> None:
    """Each with its place among the choices that are objects."""
    view = Completion.of(Reading(whole(put("choices", choices))))
    assert view is not None
    assert [place for place, _ in view.messages] == messages


@pytest.mark.parametrize(
    ("options", "asked"),
    [({"include_usage": True}, True), ({"include_usage": "yes"}, False), ({}, False), (None, False), (True, False)],
)
def test_usage_is_asked_for_by_true_alone(options: Any, asked: bool) -> None:
    """Anything else does not opt in."""
    view = Stream.of(Reading(streamed(request={**STREAM_REQUEST, "stream_options": options})))
    assert view is not None
    assert view.usage_asked == asked

"""What another account may get for an object that it did not create: any rejection, or an empty list."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.accounts import expect_hidden, expect_unusable, has_id, lists_anything, needed
from conformance.checks.language import NotApplicable
from conformance.reply import ResponseReply
from tests.checks.response_replies import BUSY, OOPS, exchange_of, outcome, reply_of, said, text

OWN = exchange_of({"data": [{"id": "msg_1"}]})
ANSWER = reply_of(said(text("Hello.")))


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (404, {"error": {"message": "conv_1 not found"}}, "pass"),
        (403, {"data": [{"id": "msg_1"}]}, "pass"),
        (400, {}, "pass"),
        (200, {"data": []}, "pass"),
        (200, {"data": None}, "pass"),
        (200, {"data": [{"id": "msg_1"}]}, "broken"),
        (500, {}, "premise-not-met"),
        (503, {}, "not answered"),
        (None, {}, "not answered"),
    ],
)
def test_a_list_of_another_account(status: int | None, body: dict[str, Any], found: str) -> None:
    foreign = exchange_of(body, status)
    shown = lists_anything(foreign)
    assert outcome(lambda: expect_hidden(OWN, foreign, "the conversation", shown=shown)) == found


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"id": "conv_1"}, True),
        ({"data": {"id": "conv_1"}}, True),
        ({"data": None}, False),
        ({"error": {"message": "conv_1 not found"}}, False),
        ([], False),
    ],
)
def test_an_error_that_names_the_id_reveals_nothing(body: Any, wanted: bool) -> None:
    assert has_id(exchange_of(body), "conv_1") is wanted


def test_what_the_owner_cannot_read_either_is_not_judged() -> None:
    own = exchange_of({}, 404)
    assert outcome(lambda: expect_hidden(own, OWN, "the conversation", shown=True)) == "premise-not-met"


@pytest.mark.parametrize(
    ("foreign", "found"),
    [
        (ResponseReply(exchange_of({"error": {"message": "not found"}}, 404)), "pass"),
        (ResponseReply(exchange_of({"detail": []}, 422)), "pass"),
        (reply_of(**OOPS), "pass"),
        (ANSWER, "broken"),
        (reply_of(**BUSY), "not answered"),
        (ResponseReply(exchange_of({}, 429)), "not answered"),
        (ResponseReply(exchange_of({}, 500)), "premise-not-met"),
    ],
)
def test_an_id_of_another_account(foreign: ResponseReply, found: str) -> None:
    assert outcome(expect_unusable, ANSWER, foreign, "the conversation") == found


def test_an_id_that_its_owner_cannot_use_is_not_judged() -> None:
    own = ResponseReply(exchange_of({}, 404))
    assert outcome(expect_unusable, own, ANSWER, "the conversation") == "not answered"


def test_without_a_second_key_nothing_applies() -> None:
    with pytest.raises(NotApplicable, match="--second-key-env"):
        needed(None)

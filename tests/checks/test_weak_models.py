"""What a weak model does is no fault of its server, and a request that failed is told before what was not counted."""

from __future__ import annotations

import pytest

from conformance.checks.scenarios.chat import test_messages as messages
from conformance.checks.scenarios.chat import test_recall as recalls
from conformance.checks.scenarios.responses import test_create as create
from conformance.reply import ChatReply, NotAnswered, ResponseReply
from tests.checks.examples import refused
from tests.checks.replies import said
from tests.checks.response_replies import exchange_of, reply_of
from tests.checks.response_replies import said as message
from tests.checks.response_replies import text as part
from tests.checks.test_odd_answers import verdict

PARIS, BANANA = said("The capital of France is Paris."), said("BANANA")
LISBON = said("Lisbon.")


@pytest.mark.parametrize(
    ("system", "user", "wanted"),
    [
        (BANANA, PARIS, "held"),
        (PARIS, BANANA, "broken"),
        (PARIS, PARIS, "undecided"),
        (LISBON, BANANA, "undecided"),
        (PARIS, ChatReply(refused()), "undecided"),
    ],
    ids=["obeyed", "only the user is obeyed", "nobody is obeyed", "something else", "no control"],
)
def test_a_rule_that_the_model_cannot_follow_shows_nothing(system: ChatReply, user: ChatReply, wanted: str) -> None:
    pair = (PARIS, system)
    assert verdict(messages.test_a_system_rule_changes_the_answer, [pair], pair, user) == wanted


def told(*texts: str) -> recalls.Told:
    return list(zip(("Zanzibar", "turquoise", "4711"), map(said, texts), strict=True))


@pytest.mark.parametrize(
    ("turns", "one", "wanted"),
    [
        (("It is Zanzibar.", "", ""), ("", "", ""), "held"),
        (("Four.", "Four.", "Four."), ("Zanzibar", "Turquoise.", "no idea"), "broken"),
        (("Four.", "Four.", "Four."), ("Zanzibar", "Four.", "Four."), "undecided"),
        (("", "", ""), ("Zanzibar", "turquoise", "4711"), "undecided"),
    ],
    ids=["recalled", "only in one message", "hardly in one message", "silent"],
)
def test_a_fact_that_the_model_cannot_find_shows_nothing(
    turns: tuple[str, ...], one: tuple[str, ...], wanted: str
) -> None:
    assert verdict(recalls.test_a_fact_from_an_earlier_turn_can_be_recalled, told(*turns), told(*one)) == wanted


def test_a_request_that_failed_is_told_before_what_is_not_counted() -> None:
    """A server that counts nothing hides no failure behind that."""
    crashed, uncounted = ChatReply(refused(status=500)), said("Hello.")
    with pytest.raises(NotAnswered, match="500"):
        messages.expect_counted((uncounted, crashed), "the turns", (uncounted, uncounted))


def test_a_response_that_failed_is_told_before_what_is_not_counted() -> None:
    crashed = ResponseReply(exchange_of({"error": {"message": "Oops."}}, 500))
    uncounted = reply_of(message(part("Hello.")), usage=None)
    forms = {"plain": uncounted, "string": uncounted, "parts": crashed}
    with pytest.raises(NotAnswered, match="500"):
        create.test_text_in_parts_reaches_the_model(forms)

"""Where a presence penalty decides a greedy text: from its log probabilities, and only where nothing else could."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.checks.scenarios.chat.penalties import must_change
from conformance.checks.scenarios.chat.test_sampling import test_a_presence_penalty_brings_in_new_words as check
from conformance.reply import ChatReply
from tests.checks.examples import REQUEST, put, whole

PROMPT = "Write of the sea."


def place(token: str, score: float, *others: tuple[str, float]) -> dict[str, Any]:
    listed = [{"token": text, "logprob": value} for text, value in ((token, score), *others)]
    return {"token": token, "logprob": score, "top_logprobs": listed}


FIRST = place("a", -0.1, ("b", -3.0))


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.5])
def test_a_word_that_is_used_again_gives_way_to_a_close_new_one(gap: float) -> None:
    """Less than the penalty ahead, with room for what two runs differ by."""
    assert list(must_change([FIRST, place("a", -0.5, ("c", -0.5 - gap))], PROMPT, 2)) == [("a", "c")]


@pytest.mark.parametrize(
    "entries",
    [
        [FIRST],
        [FIRST, place("c", -0.5, ("d", -0.6))],
        [FIRST, place("a", -0.1, ("c", -1.9))],
        [FIRST, place("b", -0.1), place("a", -0.5, ("b", -0.6))],
        [FIRST, place("a", -0.5, (" Sea", -0.6))],
        [FIRST, place("a", -0.5, ("", -0.6))],
        [FIRST, place("a", 0.6, ("c", 0.4))],
        [FIRST, place("a", -0.5)],
        [FIRST, {"token": "a", "logprob": -0.5, "top_logprobs": None}],
        [place("\ufffd", -0.1), place("\ufffd", -0.5, ("c", -0.6))],
        [FIRST, place("a", -0.5, ("\ufffd", -0.6))],
        [{}, "a", {"token": 1, "logprob": "x"}],
    ],
    ids=[
        "nothing used before", "a new word", "far ahead", "the other was used, too", "the other is in the prompt",
        "no text", "probabilities, not their logarithms", "no alternatives", "null", "half a character",
        "the other is half a character", "no tokens",
    ],
)  # fmt: skip
def test_where_something_else_could_decide_nothing_is_said(entries: list[Any]) -> None:
    """A place counts only when every way of counting what was used comes to the same."""
    assert list(must_change([entry for entry in entries if isinstance(entry, dict)], PROMPT, 2)) == []


def said(*tokens: dict[str, Any], text: str | None = None) -> ChatReply:
    """A completion of these tokens."""
    content = "".join(token["token"] for token in tokens) if text is None else text

    def damage(body: Any) -> Any:
        body = put("choices/0/message/content", content)(body)
        return put("choices/0/logprobs", {"content": list(tokens), "refusal": None})(body)

    return ChatReply(whole(damage, REQUEST))


TWICE = (FIRST, place("a", -0.5, ("xq", -0.6)), place("a", -0.5, ("zz", -0.6)))
GREEDY = [said(*TWICE), said(*TWICE)]


def test_a_text_that_stays_where_it_must_change_is_told() -> None:
    """With the words that the penalty decides."""
    with pytest.raises(Broken, match="must change 2 of 3 tokens"):
        check((said(*TWICE), said(*TWICE)), GREEDY)


def test_another_text_shows_the_effect() -> None:
    """Whatever the log probabilities say."""
    check((said(*TWICE), said(FIRST, text="abc")), GREEDY)


@pytest.mark.parametrize(
    ("free", "greedy"),
    [
        (said(*TWICE[:2]), GREEDY),
        (said(*TWICE, text="a a a"), GREEDY),
        (said(*TWICE), [said(*TWICE), said(FIRST)]),
    ],
    ids=["one place", "tokens of another text", "a greedy text that varies"],
)
def test_without_certainty_nothing_is_told(free: ChatReply, greedy: list[ChatReply]) -> None:
    """One place, tokens that are not the text's, or an engine that varies by itself."""
    with pytest.raises(Inconclusive):
        check((free, free), greedy)

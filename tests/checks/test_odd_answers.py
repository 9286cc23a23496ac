"""Answers that a right endpoint may give, however odd: no check fails them, and each still fails what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.checks.scenarios.chat import test_acceptance as acceptance
from conformance.checks.scenarios.chat import test_history as history
from conformance.checks.scenarios.chat import test_logprobs as logprobs
from conformance.checks.scenarios.chat import test_messages as messages
from conformance.checks.scenarios.chat import test_parameters as parameters
from conformance.checks.scenarios.chat import test_sampling as sampling
from conformance.checks.scenarios.chat import test_stop as stop
from conformance.checks.scenarios.chat import test_stop_forms as stop_forms
from conformance.checks.scenarios.chat import test_stream as stream
from conformance.reply import ChatReply
from tests.checks.replies import said, told

Check = Callable[..., None]
COUNTED = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
FREE = said(COUNTED, tokens=29)
GREEDY = [said("The sea is wide", tokens=12)] * 2
UNCUT = said("Once upon a time there was a lighthouse", "stop", 8)
THINKING = said("", "length", 32, reasoning_content="They want numbers.")


def verdict(check: Check, *given: Any) -> str:
    """How a check ends: `held`, `broken` or `undecided`."""
    try:
        check(*given)
    except Broken:
        return "broken"
    except Inconclusive:
        return "undecided"
    return "held"


def stopped(cut: ChatReply, word: str = "3,") -> tuple[ChatReply, ChatReply, str]:
    return FREE, cut, word


@pytest.mark.parametrize(
    ("cut", "wanted"),
    [
        (said("1, 2, ", tokens=6), "held"),
        (said("1, 2, ", "length", 6), "broken"),
        (said(COUNTED, "length", 29), "broken"),
        (said("Sure! Here is how one counts to ten:", "length", 32), "undecided"),
        (THINKING, "undecided"),
        (said("1,", "content_filter", 2), "undecided"),
    ],
    ids=["stopped", "stopped and says length", "went on", "another answer", "thought to the limit", "filtered"],
)
def test_only_an_answer_that_came_to_the_stop_sequence_must_say_stop(cut: ChatReply, wanted: str) -> None:
    """Answers differ at temperature 0, too, and a limit is a limit."""
    assert verdict(stop.test_a_stopped_answer_has_the_finish_reason_stop, stopped(cut)) == wanted


@pytest.mark.parametrize(
    ("cut", "wanted"),
    [(said("1, 2, ", tokens=6), "held"), (said("1", tokens=2), "broken"), (THINKING, "undecided")],
    ids=["up to the sequence", "too early", "thought to the limit"],
)
def test_only_a_stop_sequence_can_stop_too_early(cut: ChatReply, wanted: str) -> None:
    """What the limit ended was not stopped."""
    assert verdict(stop.test_the_text_before_the_stop_sequence_is_kept, stopped(cut)) == wanted


@pytest.mark.parametrize(
    ("cut", "wanted"),
    [
        (said("", tokens=2), "held"),
        (said(COUNTED, tokens=29), "broken"),
        (said("1", tokens=2), "broken"),
        (said("", "length", 2), "broken"),
        (said("4, 5, 6, 7, 8, 9, 10", tokens=20), "undecided"),
        (said("1\n", tokens=3), "undecided"),
        (THINKING, "undecided"),
    ],
    ids=[
        "empty",
        "never stopped",
        "its first letter",
        "says length",
        "another answer",
        "another end",
        "thought to the limit",
    ],
)
def test_only_an_answer_that_begins_with_the_stop_sequence_is_empty(cut: ChatReply, wanted: str) -> None:
    """One that begins otherwise has nothing to stop at."""
    check = stop_forms.test_an_answer_may_stop_before_its_first_token
    assert verdict(check, stopped(cut, "1,"), True) == wanted


@pytest.mark.parametrize(
    ("cut", "wanted"),
    [
        (said("Once upon a time there was a", "length", 8), "held"),
        (said("Once upon a time there was a", "stop", 8), "broken"),
        (said("Once. " * 40, "stop", 80), "undecided"),
        (said("Once upon a time there was a", "stop", 9), "broken"),
        (said("Once upon a time there was a", "stop", 10), "undecided"),
        (UNCUT, "undecided"),
        (said("I'm sorry, I can't help.", "stop", 8), "undecided"),
        (said("Once upon a time.", "stop", 9), "undecided"),
        (said("No.", "stop", 2), "undecided"),
        (told(["No", "."], "stop"), "undecided"),
        (said("Once", "content_filter", 8), "undecided"),
        (said(None, "stop", 8, refusal="I can't help with that."), "undecided"),
    ],
    ids=[
        "cut",
        "cut and says stop",
        "never cut",
        "cut and counts the end token",
        "cut too late",
        "the same with more room",
        "ends there",
        "end token",
        "short",
        "not counted",
        "filtered",
        "refused",
    ],
)
def test_only_an_answer_that_the_limit_cut_must_say_length(cut: ChatReply, wanted: str) -> None:
    """A short one may end by itself, on the last token that was allowed, too."""
    assert verdict(parameters.test_an_answer_cut_by_the_limit_says_length, (cut, UNCUT)) == wanted


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [({}, "broken"), ({"total_tokens": 40}, "held")],
    ids=["two tokens", "thoughts in the total"],
)
def test_tokens_that_only_the_total_counts_count_for_the_limit(usage: dict[str, int], wanted: str) -> None:
    """Some count thoughts in the total alone, and the limit cuts them."""
    check = acceptance.test_an_answer_that_ended_by_itself_does_not_say_length
    assert verdict(check, [said("Hi", "length", 2, usage=usage), said("Hello.", "stop", 3)]) == wanted


@pytest.mark.parametrize(
    ("counts", "wanted"), [((16, 16), "undecided"), ((16, 9), "broken"), ((9, 16), "broken"), ((31, 16), "broken")]
)
def test_a_server_may_have_a_limit_of_its_own(counts: tuple[int, int], wanted: str) -> None:
    """Which ends all answers at the same length, and none before it."""
    check = acceptance.test_an_answer_that_ended_by_itself_does_not_say_length
    assert verdict(check, [said("Hi", "length", count) for count in counts]) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (" ".join(["no"] * 20), "broken"),
        ("no no no no no No No No No No NO NO NO NO NO nO nO nO nO nO", "held"),
        ("no no no no, no, no. I will not go on.", "held"),
    ],
    ids=["as without", "other spellings", "other words"],
)
def test_a_penalised_word_may_give_way_to_another_spelling(text: str, wanted: str) -> None:
    """Each spelling is a token with a separate penalty."""
    check = sampling.test_a_frequency_penalty_reduces_repetition
    assert verdict(check, (said(" ".join(["no"] * 20)), said(text)), GREEDY) == wanted


def prompt_of(tokens: int) -> ChatReply:
    return said("Hello.", tokens=2, usage={"prompt_tokens": tokens, "total_tokens": tokens + 2})


@pytest.mark.parametrize(
    ("later", "wanted"), [(8, "held"), (9, "undecided"), (12, "broken"), (80, "broken"), (2, "undecided")]
)
def test_counts_that_differ_by_less_than_a_turn_show_no_memory(later: int, wanted: str) -> None:
    """A gateway may have back ends that count differently; another turn in the prompt is some tokens more, never less."""
    assert verdict(history.test_a_fresh_request_knows_nothing, [prompt_of(8), prompt_of(later)]) == wanted
    assert (
        verdict(history.test_a_fresh_request_knows_nothing, [prompt_of(80), prompt_of(8), prompt_of(later)]) != "held"
    )


@pytest.mark.parametrize(("count", "wanted"), [(4000, "held"), (900, "broken"), (None, "undecided")])
def test_a_prompt_of_unknown_length_may_have_fitted(count: int | None, wanted: str) -> None:
    """Answered and not counted: nobody knows whether it was cut."""
    answer = said("x", tokens=1, usage={"prompt_tokens": count})
    assert verdict(history.test_a_prompt_that_does_not_fit_is_refused, (2048, answer)) == wanted


SCRIPTS = "Hello, Grüße, 世界! 👩 é"


@pytest.mark.parametrize(
    ("text", "whole", "wanted"),
    [
        (SCRIPTS, SCRIPTS, "held"),
        (SCRIPTS + "\ufffd", SCRIPTS, "held"),
        ("Hello, Grüße, 世界! \ufffd\ufffd é", "Hello, Grüße, 世界! \ufffd\ufffd é", "undecided"),
        ("Hello, Grüße, 世界! \ufffd\ufffd é", SCRIPTS, "broken"),
        ("Hi, Grüße, \ufffd\ufffd é", "Guten Tag, Grüße! 世界", "undecided"),
        ("Hello, Gr\ufffd\ufffde, \ufffd!", "Hello, Gr\ufffd\ufffde, \ufffd!", "broken"),
        (SCRIPTS.encode().decode("latin-1"), SCRIPTS, "broken"),
        (SCRIPTS.encode().decode("latin-1")[:-1], SCRIPTS, "broken"),
        ("Grüße".encode().decode("cp1252"), SCRIPTS, "broken"),
        ("Hello, GrÃ¼ße, 世界!", SCRIPTS, "held"),
        ("1Ã¼ and Ã¼ once more", "1Ã¼ and Ã¼ once more", "held"),
        ("{\ufffd} and {\ufffd} again", "{\ufffd} and {\ufffd} again", "undecided"),
    ],
    ids=[
        "right", "cut within a character", "bytes that are none, both ways", "damaged in a stream", "another answer", "nothing is left",
        "bytes as letters", "bytes as letters, cut", "bytes as letters of Windows", "the model's own letters", "the model's own letters alone", "bytes that are none, and nothing else",
    ],
)  # fmt: skip
def test_a_small_model_may_write_what_is_no_character(text: str, whole: str, wanted: str) -> None:
    """Its tokens are bytes: what comes both ways, with other characters whole, is its own."""
    check = messages.test_unicode_is_accepted_and_comes_back_as_valid_utf8
    assert verdict(check, said(text), said(whole)) == wanted


def chosen(*likelier: bool) -> ChatReply:
    """An answer whose every place has another alternative that is likelier, or is not."""
    places = [
        {"token": "a", "logprob": -1.0, "top_logprobs": [{"token": "b", "logprob": -0.5 if each else -3.0}, {"token": "a", "logprob": -1.0}]}
        for each in likelier
    ]  # fmt: skip
    exchange = said("a" * len(places)).exchange
    body = json.loads(exchange.body)
    body["choices"][0]["logprobs"] = {"content": places}
    return ChatReply(replace(exchange, body=json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("likelier", "wanted"),
    [
        ((False, False, False), "held"),
        ((True, False, False), "undecided"),
        ((False, True, True), "broken"),
        ((True, False), "broken"),
    ],
)
def test_a_choice_that_a_penalty_moved_is_no_fault(likelier: tuple[bool, ...], wanted: str) -> None:
    """Servers take penalties from a model's own settings; alternatives of another place are wrong at most places."""
    assert verdict(logprobs.test_the_greedy_token_is_the_likeliest_alternative, chosen(*likelier)) == wanted


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (said("Once", "length", 1), "held"),
        (said("", "stop", 1), "held"),
        (said("", "stop", 0), "undecided"),
        (said("Once", "length", 0), "broken"),
        (said("", "length", 0), "broken"),
        (said("Once upon", "length", 2), "broken"),
    ],
)
def test_a_model_may_end_before_its_first_token(one: ChatReply, wanted: str) -> None:
    """Then none was made; where the limit ended it, one was."""
    assert verdict(acceptance.test_a_limit_of_one_token_is_kept, one, FREE) == wanted


@pytest.mark.parametrize(
    ("empty", "wanted"),
    [(said("1, 2", "length", 4), "held"), (said("", "stop", 0), "broken"), (THINKING, "undecided")],
)
def test_a_model_that_thinks_to_the_limit_was_not_stopped_by_nothing(empty: ChatReply, wanted: str) -> None:
    """An empty stop sequence and a limit of four tokens."""
    assert verdict(stop_forms.test_an_empty_stop_sequence_stops_nothing, (FREE, empty)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [("", "undecided"), ("Hello.", "broken")])
def test_an_answer_without_text_has_no_tokens_to_tell_of(text: str, wanted: str) -> None:
    """A model may end at once."""
    assert verdict(parameters.test_logprobs_has_an_entry_for_each_token, said(text, tokens=1)) == wanted


@pytest.mark.parametrize(
    ("whole", "streamed", "more"),
    [
        (["a"], ["a"], False),
        (["a"], ["b"], True),
        (["a", "a", "a"], ["b", "b", "b"], True),
        (["a", "b"], ["b", "b"], False),
        (["a", "a"], ["b", "a"], False),
    ],
)
def test_a_text_that_differs_by_its_way_is_asked_for_again(whole: list[str], streamed: list[str], more: bool) -> None:
    """As long as each way had one text of its own: two likely words fall out alike twice by chance."""
    assert stream.apart([said(text) for text in whole], [told([text]) for text in streamed]) is more


def test_a_text_that_always_differs_by_its_way_is_broken() -> None:
    """Four times each."""
    ways = [said("a")] * stream.TRIES, [told(["b"])] * stream.TRIES
    with pytest.raises(Broken, match="both repeated 4 times"):
        stream.test_the_streamed_text_is_the_text(ways)

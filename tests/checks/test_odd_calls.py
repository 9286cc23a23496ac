"""Calls, constrained text, legacy completions and HTTP: what a right endpoint may answer, however odd, is no failure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.language import Broken
from conformance.checks.scenarios.chat import test_tool_arguments as arguments
from conformance.checks.scenarios.chat import test_tool_choice as choice
from conformance.checks.scenarios.chat import test_tools as tools
from conformance.checks.scenarios.guided import test_formats as formats
from conformance.checks.scenarios.guided.asking import Asked, expect_obeyed
from conformance.checks.scenarios.guided.conftest import PLAIN
from conformance.checks.scenarios.http import test_requests as requests
from conformance.checks.scenarios.legacy import test_completions as completions
from conformance.checks.scenarios.legacy.test_completion_choices import (
    test_logprobs_are_arrays_of_one_length as arrays_of_one_length,
)
from conformance.reply import ChatReply
from conformance.wire import Exchange
from tests.checks.examples import answered
from tests.checks.replies import call, said, told
from tests.checks.test_odd_answers import verdict

PARIS = '{"city": "Paris"}'
WRITTEN = f'{{"name": "get_weather", "arguments": {PARIS}}}'


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"<tool_call>{WRITTEN}</tool_call>", "broken"),
        (f"I look.\n<tool_call>\n{WRITTEN}\n</tool_call>\n<tool_call>\n{WRITTEN}\n</tool_call>", "broken"),
        (f"[TOOL_CALLS] [{WRITTEN}]", "broken"),
        (f"[TOOL_CALLS]get_weather{PARIS}", "broken"),
        (f"<function=get_weather>{PARIS}</function>", "broken"),
        (WRITTEN, "broken"),
        (WRITTEN.replace("arguments", "parameters"), "broken"),
        (f"[{WRITTEN}]", "broken"),
        (f"You could send {WRITTEN} to it.", "undecided"),
        ("<tool_call>the weather in Paris</tool_call>", "undecided"),
        ('<tool_call>{"name": "get_weather", "arguments": {city: Paris}}</tool_call>', "undecided"),
        ('<tool_call>{"name": "get_weather", "arguments": {"ci', "undecided"),
        ('<tool_call>{"name": "fly", "arguments": {}}</tool_call>', "undecided"),
        ("It is sunny in Paris.", "undecided"),
        ("[1, 2]", "undecided"),
        ("[]", "undecided"),
    ],
)
def test_only_a_whole_call_is_a_call(text: str, wanted: str) -> None:
    """JSON in prose is prose, and what a small model left unfinished no parser takes for a call."""
    assert verdict(choice.test_a_call_is_not_left_in_the_text, said(text)) == wanted


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (said(None, "stop", tool_calls=[call("set_alarm", "{}")]), "held"),
        (said("No."), "broken"),
        (said("", "length"), "undecided"),
        (said(None, refusal="I can't help with that."), "undecided"),
    ],
    ids=["called", "said", "cut", "refused"],
)
def test_a_model_may_refuse_to_call(reply: ChatReply, wanted: str) -> None:
    """In the field for it, and not in prose."""
    assert verdict(tools.test_a_named_tool_choice_calls_that_function, reply) == wanted


def one_call(tokens: int, reason: str = "tool_calls", given: str = PARIS, **more: Any) -> ChatReply:
    return said(None, reason, tokens, tool_calls=[call("get_weather", given)], **more)


ALONE = one_call(20)
LONG = json.dumps({"city": "Paris, and after that Rome, which is another city"})


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (one_call(40), "broken"),
        (one_call(22), "undecided"),
        (one_call(96, "length"), "undecided"),
        (one_call(40, given=LONG), "undecided"),
        (one_call(60, reasoning_content="First Paris, then Rome."), "undecided"),
        (one_call(60, usage={"completion_tokens_details": {"reasoning_tokens": 40}}), "undecided"),
    ],
    ids=["twice the tokens", "one call", "cut", "long arguments", "thoughts", "thoughts that are counted"],
)
def test_only_tokens_that_nothing_explains_are_a_lost_call(reply: ChatReply, wanted: str) -> None:
    """Thoughts take tokens, long arguments do, and so does a second call that the limit cut."""
    check = choice.test_no_call_of_several_is_lost
    assert verdict(check, choice.Parallel((reply, reply), ALONE, ALONE, (ALONE, ALONE))) == wanted


@pytest.mark.parametrize(
    ("same", "wanted"),
    [
        ((ALONE, ALONE), "broken"),
        ((one_call(21), one_call(22)), "broken"),
        ((one_call(44), ALONE), "undecided"),
        ((ALONE, one_call(36)), "undecided"),
        ((ALONE, one_call(20, given=LONG)), "undecided"),
        ((ALONE, said("No.", tokens=20)), "undecided"),
    ],
    ids=["counted", "nearly", "at random", "from the prompt", "another call", "no call"],
)
def test_only_counts_that_follow_what_is_written_tell_of_a_lost_call(same: tuple[ChatReply, ...], wanted: str) -> None:
    """Some servers invent their usage."""
    lost = one_call(40)
    check = choice.test_no_call_of_several_is_lost
    assert verdict(check, choice.Parallel((lost, lost), ALONE, ALONE, same)) == wanted


def test_more_tokens_than_characters_are_no_count() -> None:
    check = choice.test_no_call_of_several_is_lost
    alone, lost = one_call(200), one_call(400)
    assert verdict(check, choice.Parallel((lost, lost), alone, alone, (alone, alone))) == "undecided"


def test_a_cut_call_does_not_hide_a_lost_one() -> None:
    """Each answer is judged on its own."""
    with pytest.raises(Broken, match="two calls"):
        choice.test_no_call_of_several_is_lost(
            choice.Parallel((one_call(96, "length"), one_call(40)), ALONE, ALONE, (ALONE, ALONE))
        )


RIGHT = json.dumps({"kind": "zorblax", "place": {"floor": 4711}, "note": arguments.NOTE})


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(RIGHT, "held"), (RIGHT[:-1], "broken"), (json.dumps(RIGHT), "broken"), ("{}", "broken"), ({}, "undecided")],
    ids=["right", "an end is missing", "encoded twice", "empty", "no string"],
)
def test_strict_arguments_are_json_in_the_first_place(given: Any, wanted: str) -> None:
    """Without `strict` nothing promises it; with it, the schema does."""
    reply = said(None, "tool_calls", 20, tool_calls=[call("book_room", given)])
    assert verdict(arguments.test_strict_arguments_satisfy_the_schema, reply) == wanted


BROKEN = '{"city": Paris'


@pytest.mark.parametrize(
    ("given", "strict", "whole", "wanted"),
    [
        (PARIS, RIGHT, (PARIS, RIGHT), "held"),
        (BROKEN, RIGHT, (BROKEN, RIGHT), "undecided"),
        (BROKEN, RIGHT, (PARIS, RIGHT), "broken"),
        (json.dumps(PARIS), RIGHT, (json.dumps(PARIS), RIGHT), "broken"),
        (PARIS, RIGHT[:-1], (PARIS, RIGHT[:-1]), "broken"),
        (BROKEN, None, (BROKEN, None), "undecided"),
        (None, None, (None, None), "undecided"),
    ],
    ids=["right", "the model's own", "damaged in a stream", "encoded twice", "strict", "strict is refused", "no call"],
)
def test_a_model_may_write_what_is_no_json(
    given: str | None, strict: str | None, whole: tuple[str | None, str | None], wanted: str
) -> None:
    """OpenAI says so of its own: only `strict` rules it out. What is JSON when it comes whole is JSON in a stream."""

    def called(name: str, text: str | None) -> ChatReply:
        return said("No.") if text is None else said(None, "stop", tool_calls=[call(name, text)])

    asked, wholes = (
        (called("get_weather", loose), called("book_room", tight)) for loose, tight in ((given, strict), whole)
    )
    assert verdict(arguments.test_the_arguments_are_a_json_object, *asked, wholes) == wanted


OBEYED = '{"colour": "vermilquorn", "count": 815}'


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (said(OBEYED), "held"),
        (said("The sea is wide."), "broken"),
        (said(""), "broken"),
        (said(None, refusal="I can't help with that."), "undecided"),
        (told([], refusal="I can't help with that."), "undecided"),
        (said('{"colour": "verm', "content_filter"), "undecided"),
        (said('{"colour": "verm', "length"), "undecided"),
        (said('{"colour": "verm\ufffd', "length"), "undecided"),
        (said('{"colour": "verm\ufffd"', "length"), "broken"),
        (said('{"colour": "red', "length"), "broken"),
    ],
    ids=[
        "obeyed", "prose", "nothing", "refused", "refused in a stream", "filtered", "cut", "cut within a character",
        "damaged", "cut and wrong",
    ],
)  # fmt: skip
def test_a_refusal_stands_in_place_of_what_the_schema_admits(reply: ChatReply, wanted: str) -> None:
    """As OpenAI's guide to structured outputs says; so does what a filter took away."""
    assert verdict(expect_obeyed, Asked(PLAIN, ("schema",), (reply,))) == wanted


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (said('{"text": "Once', "length"), "held"),
        (said('{"text": "Once', "stop"), "broken"),
        (said(None, refusal="No."), "undecided"),
    ],
)
def test_a_refusal_is_no_json_that_was_cut(reply: ChatReply, wanted: str) -> None:
    """It stopped by itself and says so."""
    check = formats.test_json_that_the_limit_cut_does_not_say_stop
    assert verdict(check, Asked(PLAIN, ("schema",), (said(OBEYED),)), reply) == wanted


def completion(text: str, reason: str = "length", usage: Any = None, logprobs: Any = None) -> Exchange:
    """A text completion."""
    choices = [{"index": 0, "text": text, "logprobs": logprobs, "finish_reason": reason}]
    body = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
    return answered(json.dumps(body).encode(), {}, url="https://api.example.com/v1/completions")


USAGE = {"prompt_tokens": 5, "completion_tokens": 12, "total_tokens": 17}
NOTHING = {"prompt_tokens": 5, "total_tokens": 5}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (completion(" 4", usage=USAGE), "held"),
        (completion("", "stop", NOTHING), "held"),
        (completion(" 4", "stop", NOTHING), "broken"),
        (completion("", "stop"), "broken"),
    ],
)
def test_a_completion_of_nothing_need_not_count_it(given: Exchange, wanted: str) -> None:
    """The live API leaves the count out there."""
    assert verdict(completions.test_the_usage_adds_up, given) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (completion(" 4", usage=USAGE), "held"),
        (completion(" 4", "stop", USAGE), "broken"),
        (completion(" 4.", "stop"), "undecided"),
        (completion(" 4", "eos", USAGE), "broken"),
    ],
)
def test_only_a_completion_that_is_known_to_be_cut_says_length(given: Exchange, wanted: str) -> None:
    """Known from its count."""
    assert verdict(completions.test_a_cut_completion_says_length, given) == wanted


def arrays(*scores: float) -> dict[str, Any]:
    names = ("tokens", "top_logprobs", "text_offset")
    return {"token_logprobs": list(scores), **{name: [0] * len(scores) for name in names}}


@pytest.mark.parametrize(
    ("text", "logprobs", "wanted"),
    [
        (" 4", arrays(-0.5, 1e-7), "held"),
        (" 4", arrays(0.5), "broken"),
        (" 4", arrays(), "broken"),
        (" 4", None, "broken"),
        ("", arrays(), "held"),
        ("", None, "undecided"),
    ],
)
def test_a_completion_of_nothing_has_no_tokens_to_tell_of(text: str, logprobs: Any, wanted: str) -> None:
    """And the logarithm of 1 may be a hair above 0."""
    given = completion(text, usage=USAGE, logprobs=logprobs)
    assert verdict(arrays_of_one_length, given) == wanted


@pytest.mark.parametrize(
    ("status", "wanted"), [(405, "held"), (404, "held"), (501, "held"), (500, "broken"), (200, "broken")]
)
def test_a_server_that_knows_a_method_nowhere_may_say_so(status: int, wanted: str) -> None:
    """RFC 9110 §15.6.2."""
    assert verdict(requests.test_a_wrong_method_is_a_4xx, answered(b"{}", {}, status=status)) == wanted

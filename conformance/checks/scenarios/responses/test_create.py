"""Creating responses: token counts show that input and instructions reach the model, and that limits are enforced."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import Inconclusive, Phrase, answer, shown
from conformance.checks.refusal import BUSY, Faulty, expect_accepted
from conformance.engine import Transport
from conformance.engine.responses import HELLO, Input, Responses
from conformance.reply import NotAnswered, ResponseReply, refuses_the_body
from conformance.verdict import Reason

from .conftest import FEW, LOGPROBS, LONG, STORY, WORDS, Sizes, counts, made, message, premise_growing, stored


@requirement("responses.answer")
def test_a_right_request_is_answered_with_a_message(response_plain: ResponseReply) -> None:
    if response_plain.put_off:
        raise Inconclusive(Reason.RATE_LIMITED, f"the target answered {shown(response_plain.object.get('error'))}")
    kinds = [item.get("type") for item in response_plain.output]
    premise(
        not response_plain.incomplete or "message" in kinds, "the token limit truncated the response before a message"
    )
    where = "/output"
    expect("message" in kinds, "a message in the output", got=kinds, where=where, on=response_plain)
    status = response_plain.status
    good = status in ("completed", "incomplete")
    expect(good, "completed (or incomplete)", got=status, where="/status", on=response_plain)


def limit_of(reply: ResponseReply) -> int:
    """Return the token limit that a request sets."""
    return int(reply.exchange.request.json["max_output_tokens"])


def is_cut(reply: ResponseReply) -> bool:
    """Return whether the token limit truncated the message, and the response has no more tokens than the limit."""
    if not reply.accepted or not reply.readable:
        return False
    usage, output = reply.object.get("usage"), reply.object.get("output")
    count = usage.get("output_tokens") if isinstance(usage, dict) else None
    last = output[-1] if isinstance(output, list) and output else None
    within = isinstance(count, int) and count <= limit_of(reply)
    spoken = isinstance(last, dict) and last.get("type") == "message"
    return within and spoken and reply.object.get("status") == "incomplete"


@probe(transports=("json", "sse"))
async def response_cut(responses: Responses, response_with_everything: ResponseReply) -> ResponseReply:
    """Request far more text than the token limit allows.

    Without streaming, nothing is sent if the token limit truncated the response to a request with more parameters. The
    streamed response is stored if the target accepts `store: true`, and has log probabilities if the target accepts the
    parameters for them.
    """
    ask: dict[str, Any] = {"max_output_tokens": 16}
    if responses.transport is Transport.JSON:
        return response_with_everything if is_cut(response_with_everything) else await responses(STORY, **ask)
    reply = await stored(lambda store: responses(STORY, **ask, **LOGPROBS, store=store))
    if not refuses_the_body(reply.exchange.status):
        return reply
    return await stored(lambda store: responses(STORY, **ask, store=store))


@requirement("responses.id-unique")
def test_two_responses_have_two_ids(response_plain: ResponseReply, response_cut: ResponseReply) -> None:
    first, second = response_plain.object.get("id"), response_cut.object.get("id")
    premise(first and second, "a response has no id", see="responses.object.id")
    expect(first != second, "a different id for the second response", got=second, where="/id", on=response_cut)


@requirement("responses.max-output-tokens")
def test_the_limit_limits(response_cut: ResponseReply) -> None:
    count, limit = made(response_cut), limit_of(response_cut)
    expect(count <= limit, f"at most {limit} tokens", got=count, where="/usage/output_tokens", on=response_cut)


@requirement("responses.incomplete.status")
def test_what_the_limit_cut_is_incomplete(response_cut: ResponseReply) -> None:
    count, status, limit = made(response_cut), response_cut.status, limit_of(response_cut)
    premise(count >= limit, "the model stopped by itself before the limit")
    # Some count the end token; a longer answer was not cut at all.
    ignored = status == "completed" and count > limit + 1
    premise(not ignored, f"the limit is ignored ({count} tokens)", see="responses.max-output-tokens")
    expect(status == "incomplete", "incomplete", got=status, where="/status", on=response_cut)


@requirement("responses.incomplete.item-status")
def test_the_item_that_the_limit_cut_is_incomplete(response_cut: ResponseReply) -> None:
    premise(response_cut.incomplete, "the response is not incomplete", see="responses.incomplete.status")
    details = response_cut.object.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    premise(reason in (None, "max_output_tokens"), f"the response is incomplete because of {reason}")
    output = response_cut.output
    last = output[-1] if output else {}
    premise(last.get("type") == "message", "the output does not end with a message")
    got, where = last.get("status"), f"/output/{len(output) - 1}/status"
    expect(
        got != "completed",
        "incomplete, because the limit truncated this message",
        got=got,
        where=where,
        on=response_cut,
    )


@probe(transports=("sse",))
async def response_both_ways(
    responses: Responses, response_plain: ResponseReply
) -> tuple[ResponseReply, ResponseReply]:
    """Send the simplest request twice: without streaming, and with streaming."""
    return await responses.offered(), response_plain


@requirement("responses.stream.offered", transport="sse")
def test_a_stream_is_answered_as_the_whole_is(response_both_ways: tuple[ResponseReply, ResponseReply]) -> None:
    streamed = response_both_ways[1]
    status = streamed.exchange.status
    if status is None or status in (*BUSY, 404, 405, 501):
        raise NotAnswered(streamed.exchange, f"the target answered {status} to the same request with stream: true")
    expect(status == 200, "200, as without stream: true", got=answer(streamed), where="status", on=streamed)


@requirement("responses.stream.same-usage")
def test_the_input_counts_the_same_when_streamed(response_both_ways: tuple[ResponseReply, ResponseReply]) -> None:
    whole, streamed = counts(*response_both_ways)
    expect(
        whole == streamed, f"{whole} input tokens", got=streamed, where="/usage/input_tokens", on=response_both_ways[1]
    )


Forms = dict[str, ResponseReply]
TIMES = 3
"""How often one request has the long text: its words are then far more than the tokens that messages add themselves."""


@probe
async def response_input_forms(responses: Responses) -> Forms:
    """Send a text in three forms: as a string, as a text part, and in a history of several messages.

    In the first request, one history of several messages contains the text several times, as content parts. If the
    target accepts the history and counts at least one token for each word of the text, every form in this history
    counts as accepted, and no other request is sent. If not every form in the history counts as accepted, the string,
    the text part and the history are sent in separate requests. If the target rejects the history, each kind of message
    is sent in a separate request.
    """
    text = {"type": "input_text", "text": LONG}
    part, several = ({"role": "user", "content": [text] * times} for times in (1, TIMES))
    rule, history = message("developer", "Be brief."), [message("user", LONG), message("assistant", "Hello.")]
    hello, plain = message("user", HELLO), await responses.offered()
    whole = (await sent(responses, {"all": [rule, several, history[1], hello]}))["all"]
    if whole.accepted and tokens_in(plain) and tokens_in(whole) - tokens_in(plain) >= TIMES * len(LONG.split()):
        return {"plain": plain, **dict.fromkeys(("parts", "history", "message", "developer"), whole)}
    forms = await sent(responses, {"string": LONG, "parts": [part], "history": [rule, *history, hello]})
    if forms["history"].accepted:
        apart = {"message": forms["history"], "developer": forms["history"]}
    else:
        apart = await sent(responses, {"message": [hello], "developer": [rule, hello], "history": [*history, hello]})
    return {"plain": plain, **forms, **apart}


def tokens_in(reply: ResponseReply) -> int:
    """Return the number of input tokens that a response reports; 0 if it reports none."""
    count = (reply.usage or {}).get("input_tokens") if reply.accepted and reply.readable else None
    return count if isinstance(count, int) else 0


async def sent(responses: Responses, inputs: dict[str, Input]) -> Forms:
    """Send a separate request for each input, and return the responses by the name of the input."""
    replies = await asyncio.gather(*(responses(form, max_output_tokens=16) for form in inputs.values()))
    return dict(zip(inputs, replies, strict=True))


@requirement("responses.input.message", acceptance=True)
def test_a_message_is_accepted(response_input_forms: Forms) -> None:
    expect_accepted(
        Faulty(response_input_forms["plain"], response_input_forms["message"]), "a message with role and content"
    )


@requirement("responses.input.developer", acceptance=True)
def test_a_developer_message_is_accepted(response_input_forms: Forms) -> None:
    expect_accepted(
        Faulty(response_input_forms["plain"], response_input_forms["developer"]), "a message with the role developer"
    )


def expect_counted(forms: Forms, name: str, what: str) -> None:
    """Expect about as many input tokens for the long text in the given form as for the long text as a string.

    If the long text was not sent as a string, the probe has seen that the target counts every word of the text.
    """
    reply = forms[name]
    if "string" not in forms:
        return
    short, long, got = counts(forms["plain"], forms["string"], reply)
    premise(
        long - short >= 2 * FEW, f"as a string, the {len(WORDS.split())} additional words count {long - short} tokens"
    )
    at_least = short + 3 * (long - short) // 4
    expect(
        got >= at_least,
        f"at least {at_least} input tokens with {what}, because a string has {long}",
        got=Phrase(f"{got}, where {short} is the count without the text"),
        where="/usage/input_tokens",
        on=reply,
    )


@requirement("responses.input.parts")
def test_text_in_parts_reaches_the_model(response_input_forms: Forms) -> None:
    expect_counted(response_input_forms, "parts", "the text in an input_text part")


@requirement("responses.input.history")
def test_earlier_messages_reach_the_model(response_input_forms: Forms) -> None:
    plain, history = response_input_forms["plain"], response_input_forms["history"]
    expect_accepted(Faulty(plain, history), "a list of user and assistant messages with role and content")
    expect_counted(response_input_forms, "history", "the text two messages earlier")


@requirement("responses.usage.input-grows")
def test_a_longer_input_counts_more(response_sizes: Sizes) -> None:
    short, long = counts(*response_sizes)
    expected = f"more than the {short} input tokens of the short input"
    expect(long > short, expected, got=long, where="/usage/input_tokens", on=response_sizes[1])


@requirement("responses.instructions")
def test_instructions_reach_the_model(
    response_instructed: tuple[ResponseReply, ResponseReply], response_sizes: Sizes
) -> None:
    without, with_them = counts(*response_instructed)
    premise_growing(*response_sizes)
    expect(
        with_them >= without + FEW,
        f"at least {without + FEW} input tokens: {without} without instructions, plus the instructions",
        got=with_them,
        where="/usage/input_tokens",
        on=response_instructed[1],
    )

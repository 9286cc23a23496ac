"""Compares streams with JSON responses: their text and their token counts must be the same."""

from __future__ import annotations

from dataclasses import replace

from conformance.checks import Inconclusive, expect, premise, probe, requirement
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.verdict import Reason

from .conftest import COUNT, counts, premise_counted

TRIES = 4
"""How often each transport must repeat its text before a difference counts: likely tokens may differ by chance."""


@probe
async def both_ways(chat: Chat) -> tuple[list[ChatReply], list[ChatReply]]:
    """Send the same request at temperature 0 as JSON and as a stream.

    While the text of the stream differs from the text of the JSON response, both requests are repeated, up to four
    times. If two tokens are equally likely, the text of the stream may differ from the JSON response by chance, without
    a fault.
    """
    stream = replace(chat, transport=Transport.SSE)
    whole, streamed = [await chat(COUNT, temperature=0)], [await stream(COUNT, temperature=0)]
    while len(whole) < TRIES and apart(whole, streamed):
        whole.append(await chat(COUNT, temperature=0, fresh=True))
        streamed.append(await stream(COUNT, temperature=0, fresh=True))
    return whole, streamed


def apart(whole: list[ChatReply], streamed: list[ChatReply]) -> bool:
    """Return whether all JSON responses share one text, and all streams share another text."""
    if len(whole) > 1 and not all(reply.accepted for reply in (*whole, *streamed)):
        return False
    texts, streams = ({reply.text if reply.accepted else None for reply in each} for each in (whole, streamed))
    return len(texts) == len(streams) == 1 and (texts != streams or None in texts)


@requirement("chat.stream.equals-json")
def test_the_streamed_text_is_the_text(both_ways: tuple[list[ChatReply], list[ChatReply]]) -> None:
    whole, streamed = both_ways
    texts = {reply.text for reply in whole}
    stream_texts = {reply.text for reply in streamed}
    if texts & stream_texts:
        return
    if len(texts) > 1 or len(stream_texts) > 1:
        raise Inconclusive(Reason.MODEL_NONDETERMINISM, "at temperature 0 the same request gets different responses")
    expect(
        texts == stream_texts,
        f"the text of the JSON response, {whole[0].text!r} (both repeated {len(whole)} times)",
        got=streamed[0].text,
        where="/choices/0/delta/content",
        on=streamed[0],
    )


@requirement("chat.stream.same-usage", transport="json")
def test_the_prompt_counts_the_same_when_streamed(plain: ChatReply, usage_in_stream: ChatReply) -> None:
    whole, streamed = counts(plain, usage_in_stream)
    expect(whole == streamed, f"{whole} prompt tokens", got=streamed, where="/usage/prompt_tokens", on=usage_in_stream)


@probe(transports=("sse",))
async def cut_in_stream(cut_short: ChatReply) -> ChatReply:
    """Return a streamed response that was truncated by its token limit."""
    return cut_short


@probe
async def cut_whole(cut_short: ChatReply) -> ChatReply:
    """Return a JSON response that was truncated by the same token limit as the stream."""
    return cut_short


@requirement("chat.stream.same-completion")
def test_the_same_limit_counts_the_same_when_streamed(cut_whole: ChatReply, cut_in_stream: ChatReply) -> None:
    replies = (cut_whole, cut_in_stream)
    premise(all(reply.finish_reason == "length" for reply in replies), "a response ended before its token limit")
    whole, streamed = (reply.completion_tokens for reply in replies)
    premise_counted(whole, cut_whole, "completion")
    premise_counted(streamed is not None, cut_in_stream, "completion")
    expected = f"{whole} completion tokens, as without streaming"
    expect(streamed == whole, expected, got=streamed, where="/usage/completion_tokens", on=cut_in_stream)


@requirement("chat.stream.usage-asked")
def test_usage_comes_when_it_is_asked_for(usage_in_stream: ChatReply) -> None:
    usage = usage_in_stream.usage if usage_in_stream.choices else None
    expect(usage, "a usage object in the stream", got=usage, where="/usage", on=usage_in_stream)

"""Cached tokens: JSON responses and streams count a repeated prompt alike, and a new prompt has no cached tokens."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.marks import standard
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.engine.responses import Responses
from conformance.reply import ChatReply, ResponseReply

WORDS = """about after again all also another any back because before book came city come could day down each even every
find first from get give good great hand have help here high home house into just keep know land large last left
life light line little live long look made make many men more most much must name need never new next night no
not now number of off old on one only open other our out over own page paper part people place plant play point"""
LENGTH = 1200
"""Words of a long prompt. OpenAI caches prompts of 1,024 tokens or more."""
TRIES = 4
"""How often a form of response may miss the cache: another replica may serve the request, and caches are best effort."""


def long_prompt(name: str) -> str:
    """Return a long prompt that begins like no other prompt. Different values of `name` give different prompts."""
    return " ".join(random.Random(name).choices(WORDS.split(), k=LENGTH))  # noqa: S311 - a text that can be repeated, not a secret


def name_of_run(reply: ChatReply) -> str:
    """Return a text that differs in each run.

    The text comes from a recorded response, so a replay of a run gets the same text as the run.
    """
    found = reply.body.get("id") if reply.accepted and not reply.streamed else None
    return f"{found} {reply.exchange.header('date')}"


def cached(reply: ChatReply | ResponseReply) -> tuple[int, int] | None:
    """Return the number of cached tokens and of all tokens in a prompt; None if the target does not report them."""
    if not reply.accepted:
        return None
    usage, kind = reply.usage or {}, "prompt_tokens" if isinstance(reply, ChatReply) else "input_tokens"
    details, total = usage.get(f"{kind}_details"), usage.get(kind)
    found = details.get("cached_tokens") if isinstance(details, dict) else None
    return (found, total) if isinstance(found, int) and isinstance(total, int) else None


def hit(reply: ChatReply | ResponseReply) -> bool:
    """Return whether at least half of the prompt is reported as cached.

    If only the chat template is cached, much less than half of the prompt is cached.
    """
    found = cached(reply)
    return found is not None and 2 * found[0] >= found[1] > 0


@dataclass(frozen=True, slots=True)
class Repeated:
    """The responses to a long prompt that was sent several times, and to another long prompt that was sent once."""

    first: ChatReply
    whole: tuple[ChatReply, ...] = ()
    streamed: tuple[ChatReply, ...] = ()
    other: ChatReply | None = None


@probe
async def long_prompts(chat: Chat, plain: ChatReply) -> Repeated:
    """Send a long prompt twice as JSON and once as a stream, and another long prompt once.

    If only JSON responses or only streams report cached tokens, the request for the form that reports none is sent up
    to four times. If neither the first response nor the stream counts cached tokens, no further request is sent.
    """
    name = name_of_run(plain)
    stream = replace(chat, transport=Transport.SSE)

    async def as_json(prompt: str = long_prompt(name)) -> ChatReply:
        return await chat(prompt, max_tokens=1, fresh=True)

    async def as_stream() -> ChatReply:
        usage: dict[str, Any] = {"include_usage": True}
        return await stream(long_prompt(name), max_tokens=1, stream_options=usage, fresh=True)

    first = await as_json()
    if not first.accepted:
        return Repeated(first)
    streamed = [await as_stream()]
    if cached(first) is None and cached(streamed[0]) is None:
        return Repeated(first, (), tuple(streamed))
    whole = [await as_json()]
    await _until_hit(streamed, as_stream, whole)
    await _until_hit(whole, as_json, streamed)
    return Repeated(first, tuple(whole), tuple(streamed), await as_json(long_prompt(f"another {name}")))


async def _until_hit(
    replies: list[ChatReply], ask: Callable[[], Awaitable[ChatReply]], others: list[ChatReply]
) -> None:
    """Ask again in one form while only the other form reports the prompt as cached."""
    while any(map(hit, others)) and not any(map(hit, replies)) and replies[-1].accepted and len(replies) < TRIES:
        replies.append(await ask())


def premise_answered(repeated: Repeated) -> None:
    """Make the check inconclusive if the long prompt is not answered: it may exceed the context window."""
    premise(repeated.first.accepted, f"a prompt of {LENGTH} words gets {answer(repeated.first)}")


def premise_reported(repeated: Repeated) -> None:
    """Make the check inconclusive unless a JSON response or a stream reports cached tokens for the repeated prompt."""
    premise_answered(repeated)
    shown = any(map(hit, (*repeated.whole, *repeated.streamed)))
    premise(shown, "the target does not report a repeated prompt as cached, in a JSON response or in a stream")


@requirement("chat.stream.cached-counted", transport="json")
@standard
def test_a_stream_counts_cached_tokens_as_a_json_response_does(long_prompts: Repeated) -> None:
    premise_reported(long_prompts)
    for replies, place in ((long_prompts.whole, "a JSON response"), (long_prompts.streamed, "a stream")):
        other = "a stream" if place == "a JSON response" else "a JSON response"
        last = replies[-1]
        premise(last.accepted, f"{place} to a prompt of {LENGTH} words: {answer(last)}")
        see = "chat.usage.present" if place == "a JSON response" else "chat.stream.usage-asked"
        premise(last.usage, f"{place} has no usage", see=see)
        wanted = f"cached tokens in {place}, as in {other} to the same prompt (sent {len(replies)} times as {place})"
        expect(any(map(hit, replies)), wanted, got=last.usage, where="/usage/prompt_tokens_details", on=last)


@requirement("chat.usage.cached-new", transport="json")
@standard
def test_a_new_prompt_is_not_cached(long_prompts: Repeated) -> None:
    premise_answered(long_prompts)
    new = [reply for reply in (long_prompts.first, long_prompts.other) if reply is not None and reply.accepted]
    # A request that was repeated after a lost answer may have filled the cache itself.
    judged = [(reply, found) for reply in new if not reply.exchange.attempts and (found := cached(reply)) and found[1]]
    premise(judged, "the target does not count cached tokens")
    for reply, (count, total) in judged:
        where = "/usage/prompt_tokens_details/cached_tokens"
        wanted = f"less than half of {total} prompt tokens, because no earlier prompt began like this one"
        expect(2 * count < total, wanted, got=count, where=where, on=reply)


@probe
async def long_inputs(responses: Responses, long_prompts: Repeated, plain: ChatReply) -> list[ResponseReply]:
    """Send the long prompt to the Responses API until it is reported as cached, at most four times.

    No request is sent if chat completions do not report the prompt as cached.
    """
    found: list[ResponseReply] = []
    if not any(map(hit, (*long_prompts.whole, *long_prompts.streamed))):
        return found
    while len(found) < TRIES and not any(map(hit, found)) and all(reply.accepted for reply in found):
        found.append(await responses(long_prompt(name_of_run(plain)), max_output_tokens=16, fresh=True))
    return found


@requirement("responses.usage.cached", transport="json")
@standard
def test_responses_count_cached_tokens_as_chat_completions_do(
    long_prompts: Repeated, long_inputs: list[ResponseReply]
) -> None:
    premise_reported(long_prompts)
    last = long_inputs[-1]
    premise(last.accepted, f"an input of {LENGTH} words gets {answer(last)}")
    premise(cached(last) is not None, "responses do not count cached tokens", see="responses.usage")
    wanted = f"cached tokens, as in chat completions with the same prompt (sent {len(long_inputs)} times)"
    expect(any(map(hit, long_inputs)), wanted, got=last.usage, where="/usage/input_tokens_details", on=last)

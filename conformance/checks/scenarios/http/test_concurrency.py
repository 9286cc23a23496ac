"""Concurrent requests: the response to one request must not depend on the other requests."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from conformance.checks import NotApplicable, expect, premise, probe, requirement
from conformance.checks.crosstalk import Left
from conformance.checks.language import Broken, shown
from conformance.config import Depth, Target
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered
from conformance.verdict import Finding
from conformance.wire import Exchange

# Words that no model says by itself.
NONCES = (
    "bravik", "cordul", "dunmer", "elsotn", "farqil", "gundop", "hesvar", "ilkomt",
    "jorbex", "kalwid", "lumtok", "morvaz", "nisgur", "ostrel", "pindaq", "quobar",
)  # fmt: skip
FILLER = " and then some more words"
QUICK = 8
"""The number of concurrent requests of a quick run: as many as run at the same time without `--concurrency`."""


@dataclass(frozen=True, slots=True)
class Own:
    """A concurrent request, whose prompt has the unique word `nonce` and is longer if `place` is higher."""

    place: int
    nonce: str
    reply: ChatReply


@probe
async def at_once(chat: Chat, target: Target, left_streams: tuple[Left, ...]) -> list[Own]:
    """Send concurrent requests, half of them streamed: eight in a quick run, or else sixteen.

    Each prompt has a different length and a unique word.

    The concurrent requests are sent after the client has abandoned other streams, to show whether the rest of an
    abandoned stream appears in other responses.
    """
    del left_streams  # only to come after them
    stream = replace(chat, transport=Transport.SSE)

    async def ask(place: int) -> Own:
        nonce = NONCES[place]
        prompt = f"Repeat the word {nonce}{FILLER * place}."
        if place % 2:
            reply = await stream(
                prompt, temperature=0, max_tokens=6, stream_options={"include_usage": True}, fresh=True
            )
        else:
            reply = await chat(prompt, temperature=0, max_tokens=6, fresh=True)
        return Own(place, nonce, reply)

    quick = target.depth.tests is Depth.QUICK and not target.deep
    count = QUICK if quick else len(NONCES)
    return list(await asyncio.gather(*(ask(7 * number % count) for number in range(count))))


def answered(owns: list[Own]) -> list[Own]:
    """Return the requests that were answered, sorted by the length of their prompts.

    Raises `NotAnswered` if fewer than two requests were answered.
    """
    found = sorted((own for own in owns if own.reply.accepted), key=lambda own: own.place)
    if len(found) < 2:
        refused = next(own for own in owns if not own.reply.accepted)
        raise NotAnswered(refused.reply.exchange, f"fewer than two of {len(owns)} concurrent requests were answered")
    return found


def _cross_talk(own: Own, foreign: Own) -> list[Finding]:
    """Both exchanges: the one whose answer has a word of the other's prompt, and the other."""
    mine, other = own.reply.exchange.id, foreign.reply.exchange.id
    expected = f"no word of another prompt (the word of this one is {own.nonce})"
    return [
        Finding(expected, shown(own.reply.text), "/choices/0/message/content", mine),
        Finding(
            f"the word {foreign.nonce} only in its own response",
            f"cross-talk: it is in the response to {mine}",
            "/choices/0/message/content",
            other,
        ),
    ]


@requirement("http.isolation")
def test_each_request_gets_its_own_answer(at_once: list[Own]) -> None:
    owns = answered(at_once)
    for own in owns:
        text = own.reply.text.lower()
        foreign = next((each for each in owns if each is not own and each.nonce in text), None)
        if foreign is not None:
            raise Broken(_cross_talk(own, foreign))
    counts = [(own, count) for own in owns if isinstance(count := (own.reply.usage or {}).get("prompt_tokens"), int)]
    if len({count for _, count in counts}) == 1:
        counts = []  # counts that are all alike tell nothing apart: see chat.usage.prompt-grows
    told = any(own.nonce in own.reply.text.lower() for own in owns)
    premise(
        len(counts) > 1 or told,
        "no prompt tokens are counted and no word is repeated, so the responses cannot be told apart",
    )
    # Five words more are at least two tokens more than any difference between two nonces.
    for (shorter, few), (longer, many) in pairwise(counts):
        words = 5 * (longer.place - shorter.place)
        expected = (
            f"more than the {few} prompt tokens of a prompt that is {words} words shorter ({shorter.reply.exchange.id})"
        )
        expect(many > few, expected, got=many, where="/usage/prompt_tokens", on=longer.reply)


def completion_id(reply: ChatReply) -> Any:
    """Return the id of a completion, streamed or not."""
    return (reply.chunks[0].data if reply.streamed else reply.body).get("id")


@requirement("http.isolation.ids")
def test_every_completion_has_its_own_id(at_once: list[Own]) -> None:
    met: dict[Any, Own] = {}
    for own in answered(at_once):
        found = completion_id(own.reply)
        if not found:
            continue  # a missing id is a requirement of its own
        before = met.setdefault(found, own)
        other = before.reply.exchange.id
        expect(before is own, f"an id other than that in {other}", got=found, where="/id", on=own.reply)
    premise(len(met) > 1, "the responses have no ids")


@requirement("http.request-id.unique")
def test_every_answer_has_its_own_request_id(at_once: list[Own]) -> None:
    met: dict[str, Exchange] = {}
    for own in at_once:
        exchange = own.reply.exchange
        found = exchange.header("x-request-id")
        if found:
            before = met.setdefault(found, exchange)
            fresh = before is exchange
            expect(fresh, f"an id other than that in {before.id}", got=found, where="x-request-id", on=exchange)
    premise(len(met) > 1, "the responses have no x-request-id", see="http.request-id")


_DURATION = re.compile(r"\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h|d))+")


@requirement("http.rate-limit.consistent")
def test_rate_limit_headers_make_sense(at_once: list[Own]) -> None:
    met = False
    for own in at_once:
        exchange = own.reply.exchange
        for kind in ("requests", "tokens"):
            limit, left, reset = (
                exchange.header(f"x-ratelimit-{part}-{kind}") for part in ("limit", "remaining", "reset")
            )
            if limit is not None and left is not None:
                met = True
                good = limit.isdecimal() and left.isdecimal() and int(left) <= int(limit)
                where = f"x-ratelimit-remaining-{kind}"
                expect(good, f"a number from 0 to the limit, {limit}", got=left, where=where, on=exchange)
            if reset is not None:
                met = True
                good = _DURATION.fullmatch(reset) is not None
                where = f"x-ratelimit-reset-{kind}"
                expect(good, "a duration such as 6m0s, or seconds", got=reset, where=where, on=exchange)
    if not met:
        raise NotApplicable("there are no rate-limit headers")

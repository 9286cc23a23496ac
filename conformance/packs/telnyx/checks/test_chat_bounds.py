"""Checks of values that Telnyx's chat completions must reject, and of `min_p: 0`, which must have no effect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from conformance.checks import expect, probe, requirement, requirements
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO, LENGTH, LONG
from conformance.checks.scenarios.chat.test_messages import user
from conformance.checks.scenarios.chat.test_sampling import (
    TEXT,
    NarrowSample,
    premise_choice,
    sampled,
    temperature_of,
    texts,
)
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

UNKNOWN = "conformance_member"
PARTS = [user([{"type": "text", "text": HELLO, UNKNOWN: "x"}])]


@probe
async def out_of_telnyx_bounds(
    chat: Chat,
    only_likeliest: NarrowSample,
    sampled_twice: list[ChatReply],
    short_and_long: tuple[ChatReply, ChatReply],
    as_parts: tuple[ChatReply, ChatReply],
) -> Mapping[str, tuple[Faulty, ...]]:
    """Send `min_p` below and above its range, a fractional `n`, and a content part with an unknown member.

    Each request is equal to an earlier request of the run, except for one field.
    """
    narrow: dict[str, Any] = {"temperature": temperature_of(sampled_twice), "max_tokens": LENGTH, "fault": True}
    above, below, half, part = await asyncio.gather(
        chat(LONG, **narrow, min_p=1.5),
        chat(LONG, **narrow, min_p=-0.1),
        chat(HELLO, max_tokens=4, n=1.5, fault=True),
        chat(PARTS, max_tokens=4, fault=True),
    )
    likeliest = only_likeliest.answers[0]
    return {
        "telnyx.chat.min-p-range": tuple(Faulty(likeliest, reply, ("min_p",)) for reply in (above, below)),
        "telnyx.chat.n-fraction": (Faulty(short_and_long[0], half, ("n",)),),
        "telnyx.chat.part-members": (Faulty(as_parts[1], part, (UNKNOWN, "content", "messages")),),
    }


@requirements("fault", ("telnyx.chat.min-p-range", "telnyx.chat.n-fraction", "telnyx.chat.part-members"))
def test_a_value_out_of_bounds_is_refused(out_of_telnyx_bounds: Mapping[str, tuple[Faulty, ...]], fault: str) -> None:
    for pair in out_of_telnyx_bounds[fault]:
        expect_refused(pair)


@probe
async def min_p_zero(chat: Chat, seeded: list[ChatReply], sampled_twice: list[ChatReply]) -> list[ChatReply]:
    """Send a seeded request with a `min_p` of 0.

    If the response differs from the response without `min_p`, send two more requests, at a high temperature.
    """
    same = await chat(LONG, seed=20260101, temperature=1, max_tokens=16, min_p=0)
    if not same.accepted or (seeded[0].accepted and same.text == seeded[0].text):
        return [same]
    return [same, *[await sampled(chat, temperature=temperature_of(sampled_twice), min_p=0) for _ in range(2)]]


@requirement("telnyx.chat.min-p-zero")
def test_a_min_p_of_zero_excludes_nothing(min_p_zero: list[ChatReply], sampled_twice: list[ChatReply]) -> None:
    min_p_zero[0].require_choices()
    premise_choice(sampled_twice)
    found = texts(min_p_zero[1:])
    expect(
        len(min_p_zero) == 1 or len(set(found)) > 1,
        "different texts at a high temperature, as without min_p",
        got=found,
        where=TEXT,
        on=min_p_zero[-1],
    )

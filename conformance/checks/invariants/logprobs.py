"""Invariants of log probabilities: their values, their sums, and whether the tokens joined together equal the text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.reply import Choice
from conformance.reply.views import ChatAnswer
from conformance.wire import Fact

ROUNDING = 0.05
"""By how much the sum of probabilities may exceed 1: some servers round the logarithm to two decimals."""
NOISE = 1e-3
"""By how much the logarithm of a probability of 1 may exceed 0 when computed with 16 or 32 bits."""


def entries(answer: ChatAnswer) -> Iterator[tuple[Choice, int, dict[str, Any]]]:
    """Yield each `logprobs` entry of each choice, with the choice and the position of the entry."""
    for choice in answer.choices:
        for number, entry in enumerate(choice.logprobs or ()):
            yield choice, number, entry


@invariant("chat.logprobs.values", on=ChatAnswer)
def values(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice, number, entry in entries(answer):
        value = entry.get("logprob")
        good = isinstance(value, (int, float)) and math.isfinite(value) and value <= NOISE
        place = f"/choices/{choice.index}/logprobs/content/{number}/logprob"
        yield OK if good else broken("a finite number, not above 0", got=value, where=place)


@invariant("chat.top-logprobs.sum", on=ChatAnswer)
def alternatives_share_one(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice, number, entry in entries(answer):
        listed = entry.get("top_logprobs")
        likeliest: dict[str, float] = {}
        for other in listed if isinstance(listed, list) else ():
            token, value = (other.get("token"), other.get("logprob")) if isinstance(other, dict) else (None, None)
            # A value above 0 is chat.logprobs.values. Of tokens that look alike one counts: it may be listed twice.
            if isinstance(token, str) and isinstance(value, (int, float)) and value <= NOISE:
                likeliest[token] = max(value, likeliest.get(token, -math.inf))
        if len(likeliest) > 1:
            total = sum(map(math.exp, likeliest.values()))
            place = f"/choices/{choice.index}/logprobs/content/{number}/top_logprobs"
            yield (
                OK
                if total <= 1 + ROUNDING
                else broken("probabilities that add up to at most 1", got=round(total, 3), where=place)
            )


@invariant("chat.logprobs.text", on=ChatAnswer, needs={Fact.TEXT, Fact.VALUES})
def text(answer: ChatAnswer) -> Iterator[Judgement]:
    for choice in answer.choices:
        if not choice.logprobs or choice.content is None or choice.tool_calls:
            continue
        pieces = [entry.get("bytes") for entry in choice.logprobs]
        if all(isinstance(piece, list) for piece in pieces):
            try:
                spelled = b"".join(bytes(piece) for piece in pieces if piece).decode("utf-8", errors="replace")
            except (ValueError, TypeError):
                yield broken(
                    "a list of byte values", got=pieces[:3], where=f"/choices/{choice.index}/logprobs/content/0/bytes"
                )
                continue
        else:
            spelled = "".join(str(entry.get("token", "")) for entry in choice.logprobs)
        # A stop sequence, or an end token without text, may be in the entries and not in the text.
        good = spelled.strip().startswith(choice.content.strip())
        yield (
            OK
            if good
            else broken(
                "tokens that spell the text",
                got=f"{spelled[:100]} / {choice.content[:100]}",
                where="/choices/*/logprobs",
            )
        )

"""Checks of Telnyx's beam search: its choices differ, and `length_penalty` and `early_stopping` have an effect.

All requests have temperature 0, so that a target that ignores `use_beam_search` returns the greedy text for each choice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.checks.scenarios.chat.test_sampling import only_greedy
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.reply.choice import Choice

BEAMS = 3
LENGTH = 8
"""The token limit: a greeting can be complete within the limit, and a longer greeting is truncated."""
STEEP = 10
CHOICES = "/choices"
LOWEST = -1e5
"""A log probability below the lowest that engines return."""
TINY = 1e-6
MOST_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class BeamSearches:
    """Beam searches for one prompt that prefer short candidates, long candidates, and long candidates with an early stop."""

    short: ChatReply
    long: ChatReply
    early: ChatReply

    @property
    def replies(self) -> tuple[ChatReply, ChatReply, ChatReply]:
        """All responses."""
        return self.short, self.long, self.early


async def searched(chat: Chat, **params: Any) -> ChatReply:
    """Request a beam search that returns all candidates, with a prompt whose answer is short."""
    ask: dict[str, Any] = {"use_beam_search": True, "best_of": BEAMS, "n": BEAMS, "temperature": 0}
    return await chat(HELLO, max_tokens=LENGTH, **(ask | params))


@probe
async def beam_searches(chat: Chat) -> BeamSearches:
    """Send three beam searches with log probabilities, or without them if the target does not return them for beams."""
    short = await searched(chat, length_penalty=-STEEP, logprobs=True)
    logprobs = True if short.accepted else None
    if not logprobs:
        short = await searched(chat, length_penalty=-STEEP)
    long = await searched(chat, length_penalty=STEEP, logprobs=logprobs)
    early = await searched(chat, length_penalty=STEEP, early_stopping=True, logprobs=logprobs)
    return BeamSearches(short, long, early)


def candidates(reply: ChatReply) -> tuple[Choice, ...]:
    """Return the candidates of a beam search; the check is inconclusive if there are not as many as requested."""
    found = reply.choices
    premise(len(found) == BEAMS, f"there are not {BEAMS} choices", see="chat.n.count")
    premise(any(choice.text.strip() for choice in found), "the model returned no text")
    return found


def texts_of(reply: ChatReply) -> list[str]:
    """Return the texts of all choices of a beam search, in the order in which the response lists them."""
    return [choice.text for choice in candidates(reply)]


@requirement("telnyx.chat.beams-distinct")
def test_the_beams_differ(beam_searches: BeamSearches, greedy: list[ChatReply]) -> None:
    found = [texts_of(reply) for reply in beam_searches.replies]
    only_greedy(greedy)
    # Two candidates can be the same text, spelled with other tokens; three of each search cannot.
    distinct = any(len(set(each)) > 1 for each in found)
    expect(
        distinct, "different texts in the choices of one request", got=found[0], where=CHOICES, on=beam_searches.short
    )


def visible(choice: Choice) -> list[tuple[str, float]] | None:
    """Return the tokens that spell the text of a candidate, each with its log probability; None if they are unknown."""
    found: list[tuple[str, float]] = []
    spelled = ""
    for entry in choice.logprobs or ():
        if spelled == choice.text and spelled:
            break
        token, logprob = entry.get("token"), entry.get("logprob")
        if not isinstance(token, str) or not isinstance(logprob, (int, float)) or not LOWEST < logprob < 1:
            return None
        spelled += token
        found.append((token, float(logprob)))
    return found if found and spelled == choice.text else None


def continues(short: Choice, long: Choice) -> tuple[list[float], list[float]] | None:
    """Return the log probabilities of two candidates; None unless the second continues the first and is truncated."""
    one, other = visible(short), visible(long)
    if short.finish_reason != "stop" or long.finish_reason != "length" or not one or not other:
        return None
    spelled_alike = [token for token, _ in one] == [token for token, _ in other[: len(one)]]
    alike = spelled_alike and len(other) > len(one) and other[len(one)][1] < -TINY
    return ([logprob for _, logprob in one], [logprob for _, logprob in other]) if alike else None


def scores_worse(short: list[float], long: list[float], offset: int) -> bool:
    """Return whether the first candidate certainly scores worse with the high length penalty.

    The token that ends the first candidate is missing from the log probabilities of the candidate. The probability of
    the end token is at most 1 minus the probability of the token with which the second candidate continues. `offset` is
    the number of prompt tokens for engines that count the prompt as part of a candidate's length, and 0 for other
    engines. The first score must be less than twice the second score, because log probabilities may be rounded.
    """
    end = math.log1p(-math.exp(long[len(short)]))
    first = (sum(short) + end) / math.pow(len(short) + 1 + offset, STEEP)
    second = sum(long) / math.pow(len(long) + offset, STEEP)
    return first < 2 * second


def wrongly_first(reply: ChatReply) -> Iterator[tuple[str, str]]:
    """Yield the texts of two candidates in the wrong order.

    With a high length penalty, the second candidate, which is longer, has the better score.
    """
    count = (reply.usage or {}).get("prompt_tokens")
    known = isinstance(count, int) and 0 <= count < MOST_TOKENS
    premise(known, "the target does not count prompt tokens", see="chat.usage.counts")
    for before, after in combinations(reply.choices, 2):
        pair = continues(before, after)
        if pair and all(scores_worse(*pair, offset) for offset in (0, int(count or 0))):
            yield before.text, after.text


@requirement("telnyx.chat.length-penalty")
def test_a_length_penalty_prefers_other_lengths(beam_searches: BeamSearches, greedy: list[ChatReply]) -> None:
    short, long = texts_of(beam_searches.short), texts_of(beam_searches.long)
    only_greedy(greedy)
    premise(len(set(long)) > 1, "the candidates are all the same", see="telnyx.chat.beams-distinct")
    if short != long:
        return
    wrong = list(wrongly_first(beam_searches.long))
    premise(wrong, "the candidates and their order are the same, and may be so with any length penalty")
    one, other = wrong[0]
    expected = f"{other!r} before {one!r} with a length_penalty of {STEEP}, as its log probability per token is higher"
    expect(False, expected, got=long, where=CHOICES, on=beam_searches.long)


def lengths(reply: ChatReply) -> list[int]:
    """Return the number of tokens of each candidate; the check is inconclusive if the response does not show them."""
    found = [visible(choice) for choice in candidates(reply)]
    premise(all(found), "the log probabilities do not spell the candidates", see="chat.logprobs.text")
    return [len(tokens or ()) for tokens in found]


@requirement("telnyx.chat.early-stopping")
def test_early_stopping_ends_the_search(beam_searches: BeamSearches, greedy: list[ChatReply]) -> None:
    early = lengths(beam_searches.early)
    short, long = lengths(beam_searches.short), lengths(beam_searches.long)
    only_greedy(greedy)
    complete = all(choice.finish_reason == "stop" for choice in beam_searches.short.choices)
    premise(complete, f"fewer than {BEAMS} candidates are complete within {LENGTH} tokens")
    # The search finds these candidates whatever the length penalty, so an early stop comes at their length.
    most = max(short) + 1
    expect(
        max(early) <= most,
        f"candidates of at most {most} tokens: {BEAMS} candidates of at most {max(short)} tokens are complete",
        got=[choice.text for choice in beam_searches.early.choices],
        where=CHOICES,
        on=beam_searches.early,
    )
    premise(max(long) > most, "the search ends as early without early_stopping")


@probe
async def too_few_beams(chat: Chat, beam_searches: BeamSearches) -> Faulty:
    """Send a beam search with fewer candidates than choices."""
    logprobs = beam_searches.short.exchange.request.json.get("logprobs")
    few = await searched(chat, best_of=BEAMS - 1, length_penalty=-STEEP, logprobs=logprobs)
    return Faulty(beam_searches.short, few, ("best_of",))


@requirement("telnyx.chat.best-of-below-n")
def test_fewer_beams_than_choices_are_refused(too_few_beams: Faulty) -> None:
    expect_refused(too_few_beams)

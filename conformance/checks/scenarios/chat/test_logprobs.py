"""Log probabilities are returned only on request; their alternatives are sorted, and twenty can be requested."""

from __future__ import annotations

from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import COUNT, MOST_ALTERNATIVES

ENTRIES = "/choices/0/logprobs/content"
# Two kernels, or two batch sizes, may give the same token a slightly different probability.
SAME = 0.05


def numbers(listed: Any) -> list[float]:
    """Return the log probabilities in a list of alternative tokens, without values that are not numbers."""
    items = listed if isinstance(listed, list) else []
    values = (item.get("logprob") for item in items if isinstance(item, dict))
    return [value for value in values if isinstance(value, (int, float))]


@requirement("chat.logprobs.top-order")
def test_alternatives_come_likeliest_first(logprobs_asked: ChatReply) -> None:
    entries = logprobs_asked.choices[0].logprobs or []
    found = [numbers(entry.get("top_logprobs")) for entry in entries]
    premise(any(len(values) > 1 for values in found), "no position lists two alternatives")
    for number, values in enumerate(found):
        # A token that was drawn from further below may be added at either end of the list.
        ordered = values == sorted(values, reverse=True) or values[1:] == sorted(values[1:], reverse=True)
        where = f"{ENTRIES}/{number}/top_logprobs"
        expect(ordered, "alternatives in descending order", got=values, where=where, on=logprobs_asked)


@requirement("chat.logprobs.unasked")
def test_logprobs_come_only_when_asked_for(plain: ChatReply) -> None:
    found = plain.choices[0].logprobs
    expect(not found, "no log probabilities", got=(found or [])[:2], where=ENTRIES, on=plain)


@probe
async def most_alternatives(chat: Chat, logprobs_asked: ChatReply) -> ChatReply:
    """Request log probabilities with the documented maximum of alternative tokens.

    Nothing is sent if an earlier response to such a request lists more than five alternatives for a token.
    """
    if has_many_alternatives(logprobs_asked):
        return logprobs_asked
    return await chat(COUNT, logprobs=True, top_logprobs=MOST_ALTERNATIVES, temperature=0, max_tokens=12)


def has_many_alternatives(reply: ChatReply) -> bool:
    """Return whether the request asked for the maximum of alternatives, and the response lists 6 to 20 for a token."""
    if not reply.accepted or reply.exchange.request.json.get("top_logprobs") != MOST_ALTERNATIVES:
        return False
    counts = [len(numbers(entry.get("top_logprobs"))) for entry in reply.choices[0].logprobs or ()]
    return 5 < max(counts, default=0) <= MOST_ALTERNATIVES


@requirement("chat.top-logprobs.twenty")
def test_twenty_alternatives_are_listed(most_alternatives: ChatReply) -> None:
    reply = most_alternatives
    entries = reply.choices[0].logprobs
    premise(entries, "there are no logprobs", see="chat.logprobs.shape")
    counts = [len(numbers(entry.get("top_logprobs"))) for entry in entries or ()]
    premise(any(counts), "there are no alternatives", see="chat.top-logprobs.count")
    expect(
        max(counts) <= MOST_ALTERNATIVES,
        "at most 20 alternatives",
        got=counts,
        where=f"{ENTRIES}/*/top_logprobs",
        on=reply,
    )
    # Fewer are allowed where fewer are possible; a list that is always this short was cut without a word.
    expect(max(counts) > 5, "20 alternatives", got=counts, where=f"{ENTRIES}/*/top_logprobs", on=reply)


def alternatives(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alternative tokens at one position; an empty list if none has a numeric log probability."""
    listed = entry.get("top_logprobs")
    found = [item for item in (listed if isinstance(listed, list) else ()) if isinstance(item, dict)]
    return found if numbers(found) else []


def greedy(entry: dict[str, Any]) -> bool:
    """Return whether the generated token is one of the listed alternatives, and no alternative is more likely."""
    listed, own = alternatives(entry), entry.get("logprob")
    named = any(item.get("token") == entry.get("token") for item in listed)
    return named and isinstance(own, (int, float)) and own >= max(numbers(listed)) - SAME


@requirement("chat.logprobs.greedy-first")
def test_the_greedy_token_is_the_likeliest_alternative(logprobs_asked: ChatReply) -> None:
    reply = logprobs_asked
    entries = reply.choices[0].logprobs
    premise(entries, "there are no logprobs", see="chat.logprobs.shape")
    premise(
        all(alternatives(entry) for entry in entries or ()), "there are no alternatives", see="chat.top-logprobs.count"
    )
    wrong = [number for number, entry in enumerate(entries or ()) if not greedy(entry)]
    if not wrong:
        return
    told = f"at {len(wrong)} of {len(entries or ())} positions"
    # A penalty of the server's own, or one that came with the model, moves a choice now and then; alternatives of
    # another place are wrong at most places.
    premise(2 * len(wrong) >= len(entries or ()), f"another token is more likely {told}, as with a built-in penalty")
    entry = (entries or ())[wrong[0]]
    expect(
        False,
        f"the chosen token {entry.get('token')!r} as the most likely alternative at its position (it is not, {told})",
        got=[(item.get("token"), item.get("logprob")) for item in alternatives(entry)[:3]],
        where=f"{ENTRIES}/{wrong[0]}/top_logprobs",
        on=reply,
    )

"""Pairs of parameters: what works alone must work together, in JSON responses and in streams."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import Broken, premise, probe, requirement, standard
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered, points_at, read_error
from conformance.verdict import Finding

from .pairs import EFFECTS, NAMES, PLAIN, Row, body_of, rows, used, without

MOST_DROPPED = 3
"""The most parameters that are left out of a combination because the target rejects them."""
MOST_REDUCED = 2
"""The most failing combinations that are reduced."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination of parameters with its response, and what is wrong with the response ("" if nothing is)."""

    row: Row
    reply: ChatReply
    fault: str


@dataclass(frozen=True, slots=True)
class Combinations:
    """The responses to all combinations, and the smallest combinations that fail although each part of them works."""

    sent: tuple[Combination, ...]
    smallest: tuple[Combination, ...]


def fault_of(row: Row, reply: ChatReply) -> str:
    """Return what is wrong with a response; "" for a right response, a 4xx, and a response that cannot be judged."""
    status = reply.exchange.status
    if status in BUSY or reply.exchange.failure is not None or (status is not None and 400 <= status < 500):
        return ""
    if status is None or status >= 500:
        return f"a server error: {answer(reply, 80)}"
    try:
        return next((fault for effect in EFFECTS if (fault := effect(row, reply))), "")
    except NotAnswered as why:
        return f"a response that cannot be read: {why}"


def rejected(row: Row, reply: ChatReply) -> str:
    """Return the parameter that a 4xx names; "" if there is none."""
    status = reply.exchange.status
    if status is None or not 400 <= status < 500 or status in BUSY:
        return ""
    error = read_error(reply.exchange)
    return next((name for name in used(row) if points_at(error, NAMES.get(name, (name,)))), "")


async def ask(chat: Chat, row: Row, *, fresh: bool = False) -> Combination:
    """Send the request for a combination."""
    reply = await chat.post(body_of(chat, row), fresh=fresh)
    return Combination(row, reply, await asyncio.to_thread(fault_of, row, reply))


async def ask_supported(chat: Chat, row: Row) -> Combination:
    """Send the request for a combination, without the parameters that the target rejects."""
    sent = await ask(chat, row)
    for _ in range(MOST_DROPPED):
        name = rejected(sent.row, sent.reply)
        if not name:
            break
        sent = await ask(chat, without(sent.row, name))
    return sent


async def reduced(chat: Chat, failing: Combination) -> Combination | None:
    """Return the smallest part of a failing combination that still fails.

    Returns None if a single parameter fails alone, or if the failure does not repeat.
    """
    smallest = failing
    for name in used(failing.row):
        smaller = await ask(chat, without(smallest.row, name))
        if smaller.fault:
            smallest = smaller
    names = used(smallest.row)
    if len(names) < 2:
        return None
    again = await ask(chat, smallest.row, fresh=True)
    parts = [await ask(chat, without(smallest.row, name), fresh=True) for name in names]
    stable = again.fault and all(part.reply.accepted and not part.fault for part in parts)
    return again if stable else None


@probe
async def combinations(chat: Chat, plain: ChatReply) -> Combinations:
    """Send each row of the covering array, and reduce the first combinations that fail."""
    if not plain.accepted:
        return Combinations((), ())
    sent = await asyncio.gather(*(ask_supported(chat, row) for row in rows()))
    smallest = [await reduced(chat, each) for each in [each for each in sent if each.fault][:MOST_REDUCED]]
    return Combinations(tuple(sent), tuple(each for each in smallest if each is not None))


@requirement("generated.pairs", transport="json")
@standard
def test_parameters_work_together(plain: ChatReply, combinations: Combinations) -> None:
    plain.require_choices()
    if combinations.smallest:
        raise Broken([_finding(each) for each in combinations.smallest])
    judged = [each for each in combinations.sent if each.reply.accepted]
    premise(judged, f"none of {len(combinations.sent)} combinations of parameters was answered")


def _finding(failing: Combination) -> Finding:
    names = [f"{name} ({value})" for name, value in failing.row.items() if value != PLAIN]
    expected = f"{' and '.join(names)} to work together, because each works without the other"
    return Finding(expected, failing.fault, "", failing.reply.exchange.id)

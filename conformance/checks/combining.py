"""Sends combinations of request parameters, and reduces a failing combination to the smallest one that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.checks.language import Broken, Reply, answer, premise
from conformance.checks.refusal import BUSY, not_now
from conformance.reply import NotAnswered, points_at, read_error
from conformance.verdict import Finding

PLAIN = "-"
"""The value of a parameter that is absent from the request."""
MOST_DROPPED = 3
"""The most parameters that are left out of a combination because the target rejects them."""
MOST_REDUCED = 2
"""The most failing combinations that are reduced."""
Row = Mapping[str, str]
"""A combination: the name of the value of each parameter."""
Effect = Callable[[Row, Any], str]
"""Returns what is wrong with a response to a combination; "" if nothing is."""


class Sending(Protocol):
    """Sends the request with a combination of parameter values.

    If `fresh` is true, the request is sent even if an equal request was sent before.
    """

    def __call__(self, row: Row, *, fresh: bool = False) -> Awaitable[Reply]:
        """Return the response."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters that are tested in pairs.

    `values` maps each parameter to its tested values, and each tested value to the members of the request body that set
    it. `names` are words by which an error may refer to a parameter, in addition to the parameter's own name. `effects`
    show whether a response honours the parameters.
    """

    values: Mapping[str, Mapping[str, Mapping[str, Any]]]
    excluded: Callable[[Row], bool]
    effects: Sequence[Effect]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def body(self, row: Row) -> dict[str, Any]:
        """Return the body parameters for a combination of parameter values."""
        return {key: given for name, value in row.items() for key, given in self.values[name][value].items()}


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination of parameters, and its response; `fault` describes a fault in the response, or is ""."""

    row: Row
    reply: Reply
    fault: str


@dataclass(frozen=True, slots=True)
class Combinations:
    """The responses to all combinations, and the smallest combinations that fail although each part of them works."""

    sent: tuple[Combination, ...]
    smallest: tuple[Combination, ...]


def used(row: Row) -> tuple[str, ...]:
    """Return the parameters that are present in the request for a combination."""
    return tuple(name for name, value in row.items() if value != PLAIN)


def without(row: Row, name: str) -> Row:
    """Return the combination of parameters without the parameter `name`."""
    return {**row, name: PLAIN}


def fault_of(parameters: Parameters, row: Row, reply: Reply) -> str:
    """Return what is wrong with a response; "" for a right response, a 4xx, and a response that cannot be judged."""
    status = reply.exchange.status
    if not_now(reply) or reply.exchange.failure is not None or (status is not None and 400 <= status < 500):
        return ""
    if status is None or status >= 500:
        return f"a server error: {answer(reply, 80)}"
    try:
        return next((fault for effect in parameters.effects if (fault := effect(row, reply))), "")
    except NotAnswered as why:
        return f"a response that cannot be read: {why}"


def rejected(parameters: Parameters, row: Row, reply: Reply) -> str:
    """Return the parameter that a 4xx names; "" if there is none."""
    status = reply.exchange.status
    if status is None or not 400 <= status < 500 or status in BUSY:
        return ""
    error = read_error(reply.exchange)
    return next((name for name in used(row) if points_at(error, parameters.names.get(name, (name,)))), "")


async def ask(parameters: Parameters, send: Sending, row: Row, *, fresh: bool = False) -> Combination:
    """Send the request with a combination of parameter values; return the combination with its response and fault."""
    reply = await send(row, fresh=fresh)
    return Combination(row, reply, await asyncio.to_thread(fault_of, parameters, row, reply))


async def ask_supported(parameters: Parameters, send: Sending, row: Row) -> Combination:
    """Send the request for a combination of parameter values, without the parameters that the target rejects."""
    sent = await ask(parameters, send, row)
    for _ in range(MOST_DROPPED):
        name = rejected(parameters, sent.row, sent.reply)
        if not name:
            break
        sent = await ask(parameters, send, without(sent.row, name))
    return sent


async def reduced(parameters: Parameters, send: Sending, failing: Combination) -> Combination | None:
    """Return the smallest part of a failing combination that still fails.

    Returns None if a single parameter fails alone, or if the failure does not repeat.
    """
    smallest = failing
    for name in used(failing.row):
        smaller = await ask(parameters, send, without(smallest.row, name))
        if smaller.fault:
            smallest = smaller
    names = used(smallest.row)
    if len(names) < 2:
        return None
    again = await ask(parameters, send, smallest.row, fresh=True)
    parts = [await ask(parameters, send, without(smallest.row, name), fresh=True) for name in names]
    stable = again.fault and all(part.reply.accepted and not part.fault for part in parts)
    return again if stable else None


async def ask_all(parameters: Parameters, send: Sending, rows: Sequence[Row]) -> Combinations:
    """Send each combination, and reduce the first combinations that fail."""
    sent = await asyncio.gather(*(ask_supported(parameters, send, row) for row in rows))
    failing = [each for each in sent if each.fault][:MOST_REDUCED]
    smallest = [await reduced(parameters, send, each) for each in failing]
    return Combinations(tuple(sent), tuple(each for each in smallest if each is not None))


def expect_together(combinations: Combinations) -> None:
    """Expect each combination of parameters to work if its parameters work separately.

    The check is inconclusive if no combination was answered.
    """
    if combinations.smallest:
        raise Broken([finding_of(each) for each in combinations.smallest])
    judged = [each for each in combinations.sent if each.reply.accepted]
    premise(judged, f"none of {len(combinations.sent)} combinations of parameters was answered")


def finding_of(failing: Combination) -> Finding:
    """Return the finding that names the parameters of the smallest failing combination."""
    names = [f"{name} ({value})" for name, value in failing.row.items() if value != PLAIN]
    expected = f"{' and '.join(names)} to work together, because each works without the other"
    return Finding(expected, failing.fault, "", failing.reply.exchange.id)

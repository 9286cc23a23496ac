"""Judges whether the target still answers valid requests after hostile ones, and names the request that broke it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from conformance.checks.language import Reply, answer, expect, premise
from conformance.checks.patience import patiently, tells_of_the_target
from conformance.checks.refusal import BUSY
from conformance.reply import NotAnswered

Answer = TypeVar("Answer", bound=Reply)


@dataclass(frozen=True, slots=True)
class Survival:
    """The responses to a valid request before and after hostile requests, and the responses to the hostile requests."""

    before: Reply
    hostile: tuple[Reply, ...]
    after: Reply


async def canary(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Send a valid request; if it is not answered with success, send it once more, because any target may fail once."""
    reply = await patiently(ask)
    return reply if reply.accepted or reply.exchange.status in BUSY else await ask()


def expect_serving(survival: Survival) -> None:
    """Expect a response to the valid request after the hostile requests.

    The check is inconclusive if the valid request was rejected even before the hostile requests, or if the suite
    stopped waiting for the response.
    """
    before, after = survival.before, survival.after
    premise(before.accepted, "the valid request was rejected before the faulty requests too")
    status = after.exchange.status
    if status in BUSY:
        raise NotAnswered(after.exchange, f"the target answered {status}")
    if not tells_of_the_target(after.exchange):
        why = f"no response after the faulty requests, twice: {answer(after)}; --timeout waits longer"
        raise NotAnswered(after.exchange, why)
    expected = f"a response, as before {suspect(survival.hostile)}"
    expect(after.accepted, expected, got=answer(after), where="status", on=after)


def suspect(hostile: Sequence[Reply]) -> str:
    """Name the hostile request that most likely broke the target.

    The returned text names the first hostile request that got a server error or no response. If every hostile request
    got a response without a server error, the text names all hostile requests.
    """
    for reply in hostile:
        status = reply.exchange.status
        if status is None or (status >= 500 and status not in BUSY):
            return f"{reply.exchange.id}, a faulty request with the response {answer(reply, 80)!r}"
    names = [reply.exchange.id for reply in hostile]
    return f"the faulty requests {', '.join(names[:6])}{f' and {len(names) - 6} more' if len(names) > 6 else ''}"

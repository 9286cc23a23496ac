"""Detects whether the target is still alive when connections fail; a dead target gets no more requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from conformance.engine.spending import BudgetExhausted
from conformance.wire import Exchange, FailureKind, Request

LOOKS = (0.0, 1 / 15, 2 / 15, 4 / 15, 8 / 15)
"""The wait before each test request, as a fraction of the grace time: 0, 1, 2, 4 and 8 of 15 seconds."""

GONE = frozenset({FailureKind.CONNECT, FailureKind.CUT_OFF, FailureKind.TIMEOUT_CONNECT, FailureKind.DNS})
"""Failures of a target that is gone or drops every connection. A target that sends nothing is slow, not dead."""

Look = Callable[[int], Awaitable[Exchange]]


class TargetDied(BudgetExhausted):
    """The target stopped answering during the run, so no more requests are sent."""


@dataclass(frozen=True, slots=True)
class Death:
    """How the target died during a run.

    `last` is the id of the exchange that most probably killed the target. `others` are the ids of the other exchanges
    that were in progress when the target died. `refused` are the ids of exchanges whose requests never reached the
    target. `answered` is true if no request was in progress when the target died; in this case, `last` is the exchange
    with the last response.
    """

    last: str
    others: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    answered: bool = False
    why: str = ""
    looks: int = 0
    seconds: float = 0.0

    @property
    def lost(self) -> frozenset[str]:
        """The ids of the exchanges that failed only because the target died."""
        return frozenset((*(() if self.answered else (self.last,)), *self.others, *self.refused))


@dataclass(frozen=True, slots=True)
class _Lost:
    """An exchange that failed in a way that a dead target causes."""

    exchange: Exchange
    began: float
    novel: bool


class Liveness:
    """Detects from failed exchanges, and by test requests, whether the target is alive.

    A `Liveness` object must be used within one event loop. `look` is a function that sends a harmless test request
    without retries. `look` gets the number of the test request as its argument, and chooses one of two kinds of test
    request by this number. `died` describes how the target of a recorded run died, that is, why it stopped answering.
    """

    def __init__(
        self,
        look: Look,
        grace_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        died: Death | None = None,
    ) -> None:
        self._died = died
        self._look = look
        self._grace_s = grace_s
        self._clock = clock
        self._sleep = sleep
        self._answered: set[tuple[str, str, bytes]] = set()
        self._last_answer = ""
        self._lost: list[_Lost] = []
        self._examining: asyncio.Task[bool] | None = None
        self._dead: tuple[str, int, float] | None = None
        self.away: list[str] = []

    @property
    def death(self) -> Death | None:
        """How the target died; None while the target is alive."""
        if self._dead is None:
            return self._died
        why, looks, seconds = self._dead
        handled = sorted((each for each in self._lost if _was_handled(each.exchange)), key=_suspicion, reverse=True)
        refused = tuple(each.exchange.id for each in self._lost if not _was_handled(each.exchange))
        names = [each.exchange.id for each in handled]
        if not names:
            return Death(self._last_answer, refused=refused, answered=True, why=why, looks=looks, seconds=seconds)
        return Death(names[0], tuple(names[1:]), refused, why=why, looks=looks, seconds=seconds)

    def died(self, death: Death | None) -> None:
        """Record how the target of a recorded run died."""
        self._died = death

    async def door(self) -> None:
        """Wait until any test requests in progress have ended.

        Raises `TargetDied` if the target turns out to be dead.
        """
        if self._examining is not None:
            await asyncio.shield(self._examining)
        self.expect_life()

    async def examined(self, exchange: Exchange, began: float) -> bool:
        """Examine a finished exchange; return whether it failed because the target was temporarily unreachable.

        Raises `TargetDied` if the exchange failed because the target died.
        """
        failure = exchange.failure
        if failure is None or failure.kind not in GONE or not self._last_answer:
            if exchange.status is not None:
                self._last_answer = exchange.id
                self._answered.add(_asked(exchange.request))
            return False
        novel = _asked(exchange.request) not in self._answered
        self._lost.append(_Lost(exchange, began, novel))
        if self._dead is None:
            if self._examining is None:
                self._examining = asyncio.ensure_future(self._examine(failure.message))
            await asyncio.shield(self._examining)
        self.expect_life()
        return True

    def expect_life(self, recorded: Exchange | None = None) -> None:
        """Raise `TargetDied` if the target is dead.

        In a replay, no exception is raised for an exchange that was recorded before the target died.
        """
        death = self.death
        if death is not None and (recorded is None or recorded.id in death.lost):
            raise TargetDied(f"the target died after {death.last}, so nothing more was sent")

    async def _examine(self, why: str) -> bool:
        """Send test requests until the target answers or the grace time ends; return whether it is alive."""
        began, after = self._clock(), self._last_answer
        try:
            for number, part in enumerate(LOOKS):
                await self._sleep(part * self._grace_s)
                seen = await self._look(number)
                if seen.status is not None or seen.failure is None or seen.failure.kind not in GONE:
                    if number:
                        seconds = self._clock() - began
                        self.away.append(
                            f"The target answered nothing for {seconds:.1f} s after {after}, and was there again: it"
                            " may have restarted, and lost what it had stored."
                        )
                    self._lost.clear()
                    return True
                why = seen.failure.message
            self._dead = (why, len(LOOKS), round(self._clock() - began, 1))
            return False
        finally:
            self._examining = None


def _asked(request: Request) -> tuple[str, str, bytes]:
    return request.method, request.url, request.body


def _was_handled(exchange: Exchange) -> bool:
    """Return whether the request had reached the target: its first try failed in the middle, not at the connection."""
    first = exchange.attempts[0].failure if exchange.attempts else exchange.failure
    return exchange.status is not None or first is None or first.kind is FailureKind.CUT_OFF


def _suspicion(lost: _Lost) -> tuple[bool, bool, float]:
    """Rank how likely a request killed the target: never answered before, no response yet, sent last."""
    return lost.novel, lost.exchange.status is None, lost.began


def was_refused(exchange: Exchange) -> bool:
    """Return whether all tries of a request failed to connect, so that it is safe to send the request again."""
    tries = (*(tried.failure for tried in exchange.attempts), exchange.failure)
    return all(failure is not None and failure.kind is FailureKind.CONNECT for failure in tries)

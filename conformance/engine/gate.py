"""Admits requests one by one: limits concurrency, request rate and budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar

from conformance.config import Budget, Pace, Prices
from conformance.engine.slots import HeldSlot, Slots, Urgency
from conformance.engine.spending import BudgetExhausted, CostMeter, Interrupted, Spent, TokenPlan

T = TypeVar("T")


class Admission:
    """Represents a request that was admitted and holds one of the concurrency slots.

    When the request has ended, call the `Admission` object with the numbers of output and input tokens that the request
    cost.
    """

    def __init__(self, gate: Gate, place: HeldSlot, output_tokens: int, input_tokens: int) -> None:
        self._gate = gate
        self._place = place
        self.cost = output_tokens
        self.input_tokens = input_tokens
        self.busy = False

    def __call__(self, output_tokens: int | None, input_tokens: int | None = None) -> None:
        """Report the actual cost of the request; None if a number is unknown."""
        self.cost = self.cost if output_tokens is None else output_tokens
        self.input_tokens = self.input_tokens if input_tokens is None else input_tokens

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Release the slot of a request during the `with` block.

        A request that got a busy response waits for its next try inside this `with` block.

        While the request waits before its next try, another request can use its slot. The limit on concurrent requests
        is also reduced by one, because the target was busy.
        """
        self.busy = True
        self._gate.slow_down()
        self._place.give_back()
        self._gate.in_flight -= 1
        try:
            yield
            await self._place.take()
        finally:
            self._gate.in_flight += 1


PROBING = 0.9
"""The fraction of the time in which probes may send; the rest is for deleting their objects and for judging."""
CALM = 20
"""After this many consecutive requests that did not meet a busy target, concurrency grows by one."""
CLEANING: ContextVar[bool] = ContextVar("cleaning", default=False)
"""Whether the task deletes objects that the run created."""


class Gate:
    """Admits requests within limits of concurrency, rate and budget.

    The methods of a `Gate` must all be called in the same event loop.

    `started` is the time at which the time budget starts, as `clock` measures it (default: now). `door` is an async
    function that is called before each request; if `door` raises an exception, the request is neither sent nor counted.
    `owed` returns how many requests are needed to delete the run's objects; the budget reserves that many requests.
    `tokens` detects whether the target ignores token limits; if so, requests are no longer admitted.
    """

    def __init__(
        self,
        pace: Pace,
        budget: Budget,
        clock: Callable[[], float] = time.monotonic,
        *,
        door: Callable[[], Awaitable[None]] | None = None,
        owed: Callable[[], int] = lambda: 0,
        tokens: TokenPlan | None = None,
        started: float | None = None,
    ) -> None:
        self._slots = Slots(pace.concurrency)
        self._interval = 1 / pace.rate if pace.rate else 0.0
        self._budget = budget
        self._door = door
        self._owed = owed
        self._tokens = tokens or TokenPlan()
        self._cost = CostMeter(budget.prices, budget.cost)
        self._clock = clock
        self._started = clock() if started is None else started
        self._next_start = clock()
        self._requests = 0
        self._tokens_spent = 0
        self._tokens_reserved = 0
        self.in_flight = 0
        self._calm = 0
        self._closed = False

    def close(self) -> None:
        """Admit no more requests, except those that delete the objects of the run."""
        self._closed = True

    @property
    def spent(self) -> Spent:
        """The requests, tokens and cost that the run has used so far."""
        return Spent(self._requests, self._tokens_spent, self._cost.spent)

    @property
    def has_prices(self) -> bool:
        """Whether the cost of requests is counted."""
        return self._cost.prices != Prices()

    @property
    def seconds_left(self) -> float | None:
        """Return the seconds left for probes, or for deletions during deletion; None if the run has no time budget."""
        if self._budget.seconds is None:
            return None
        share = 1 if CLEANING.get() else PROBING
        return share * self._budget.seconds - (self._clock() - self._started)

    @asynccontextmanager
    async def admit(
        self, output_tokens: int, urgency: Urgency | None = None, input_tokens: int = 0
    ) -> AsyncIterator[Admission]:
        """Wait until the limits of concurrency, rate and budget allow another request.

        `output_tokens` is the maximum number of output tokens that the request may cost, and `input_tokens` is an
        estimate. Requests with a higher `urgency` are admitted first. When the request has ended, call the returned admission with the actual cost;
        otherwise the maximum cost counts as spent. Raises `BudgetExhausted` if the request could exceed a limit.
        """
        async with self._slots.hold(urgency or Urgency(0)) as place:
            await self._wait_for_turn()
            if self._door is not None:
                await self._door()
            self._check(output_tokens)
            cost = self._cost.prices.cost(input_tokens, output_tokens)
            self._cost.check(cost)
            self._cost.reserve(cost)
            self._requests += 1
            self._tokens_reserved += output_tokens
            self.in_flight += 1
            admission = Admission(self, place, output_tokens, input_tokens)
            try:
                yield admission
                if not admission.busy:
                    self._speed_up()
            finally:
                self.in_flight -= 1
                self._tokens_reserved -= output_tokens
                self._tokens_spent += admission.cost
                self._cost.pay(cost, admission.input_tokens, admission.cost)
                self._tokens.add(output_tokens, admission.cost)

    async def in_time(self, awaited: Awaitable[T]) -> T:
        """Await the result, but not longer than the time budget allows. Raises `BudgetExhausted`."""
        try:
            return await asyncio.wait_for(awaited, self.seconds_left)
        except TimeoutError:
            raise self._time_is_up() from None

    def _time_is_up(self) -> BudgetExhausted:
        return BudgetExhausted(f"the budget of {self._budget.seconds:g} seconds is spent")

    def slow_down(self) -> None:
        """Reduce concurrency by one because the target is busy.

        After `CALM` consecutive requests have succeeded at the first try, concurrency grows by one again.
        """
        self._slots.shrink()
        self._calm = 0

    def _speed_up(self) -> None:
        self._calm += 1
        if self._calm >= CALM:
            self._calm = 0
            self._slots.grow()

    async def _wait_for_turn(self) -> None:
        if not self._interval:
            return
        now = self._clock()
        turn = max(self._next_start, now)
        self._next_start = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)

    def _check(self, output_tokens: int) -> None:
        if self._closed and not CLEANING.get():
            raise Interrupted
        budget = self._budget
        kept_back = 0 if CLEANING.get() else self._owed()
        if budget.requests is not None and self._requests + kept_back >= budget.requests:
            raise BudgetExhausted(f"the budget of {budget.requests} requests is spent")
        committed = self._tokens_spent + self._tokens_reserved + output_tokens
        if budget.output_tokens is not None and committed > budget.output_tokens:
            raise BudgetExhausted(f"the budget of {budget.output_tokens} output tokens is spent")
        left = self.seconds_left
        if left is not None and left <= 0:
            raise self._time_is_up()
        self._tokens.check(output_tokens)

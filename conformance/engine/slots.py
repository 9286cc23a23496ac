"""Limits how many requests are in progress at once; the most urgent waiting request gets the next free slot."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Urgency:
    """The urgency of a waiting request.

    The urgency of a request may grow while the request waits, because a more urgent probe may need the same request.
    """

    def __init__(self, value: int) -> None:
        self.value = value
        self.grown: Callable[[], None] | None = None
        """Called when the urgency has grown."""

    def grow(self, value: int) -> None:
        """Raise the urgency of the request to `value`, unless its urgency is already higher."""
        if value > self.value:
            self.value = value
            if self.grown is not None:
                self.grown()


class Slots:
    """A semaphore that serves the most urgent request first, and equally urgent requests in order of arrival."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._most = self._size = free
        self._surplus = 0  # slots that are held, and are not passed on
        self._arrivals = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def hold(self, urgency: Urgency) -> AsyncIterator[HeldSlot]:
        """Wait for a slot and hold it during the block; code in the block may release the slot temporarily."""
        place = HeldSlot(self, urgency)
        await place.take()
        try:
            yield place
        finally:
            place.give_back()

    async def take(self, urgency: Urgency) -> None:
        """Wait for a free concurrency slot and take it."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()

        def queue() -> None:
            heapq.heappush(self._waiting, (-urgency.value, next(self._arrivals), turn))

        queue()
        urgency.grown = queue  # the earlier place in the queue is skipped when its turn comes
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.pass_on()
            raise
        finally:
            urgency.grown = None

    def shrink(self) -> None:
        """Allow one simultaneous request fewer, but at least one."""
        if self._size > 1:
            self._size -= 1
            if self._free:
                self._free -= 1
            else:
                self._surplus += 1

    def grow(self) -> None:
        """Allow one more simultaneous request, up to the original limit."""
        if self._size < self._most:
            self._size += 1
            if self._surplus:
                self._surplus -= 1
            else:
                self.pass_on()

    def pass_on(self) -> None:
        """Give a slot to the most urgent waiting request, or count the slot as free if no request waits."""
        if self._surplus:
            self._surplus -= 1
            return
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class HeldSlot:
    """The concurrency slot of one request, which may be released temporarily while the request waits."""

    def __init__(self, slots: Slots, urgency: Urgency) -> None:
        self._slots = slots
        self._urgency = urgency
        self._held = False

    async def take(self) -> None:
        """Wait for a free concurrency slot and take it."""
        await self._slots.take(self._urgency)
        self._held = True

    def give_back(self) -> None:
        """Release the slot for the next waiter; a second call has no effect."""
        if self._held:
            self._held = False
            self._slots.pass_on()

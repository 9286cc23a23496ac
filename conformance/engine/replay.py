"""Replays a run that is still in progress.

A request in the replay waits until the engine that sends the requests has recorded the exchange of the request.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

from conformance.config import Target
from conformance.engine.engine import Engine
from conformance.engine.liveness import Death
from conformance.engine.probe import ProbeKey
from conformance.wire import Exchange

Want = Callable[[int, dict[str, Any]], None]
"""Asks the sending engine for more: a number, and a control request (operation, body) or repeated probes (`probes`)."""


class GrowingReplay(Engine):
    """A replaying engine: it receives the exchanges of a sending engine while the sending engine still sends requests.

    `want` is a function that forwards control requests of checks to the sending engine. `idle` returns a context
    manager that is active while the replaying engine waits for exchanges. After the engine is entered as a context
    manager, any thread may call the methods that add exchanges.
    """

    def __init__(
        self,
        target: Target,
        want: Want,
        idle: Callable[[], AbstractContextManager[None]],
        check: Callable[[Any], None],
    ) -> None:
        super().__init__(target, lambda _: None, recorded=(), check=check)
        self._recorded = self._awaited
        self._want = want
        self._idle = idle
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}
        self._errors: dict[str, Exception] = {}
        self._missing: Exception | None = None
        self._complete = threading.Event()
        self._wants: dict[int, asyncio.Future[None]] = {}

    def add(self, exchange: Exchange) -> None:
        """Add one recorded exchange to the replay."""
        self._loop.call_soon_threadsafe(self._added, exchange)

    def fail(self, identity: str, error: Exception) -> None:
        """Record that a request, which the recorded run also sent, got no response.

        The probe that sends this request gets the exception `error`, even if the recording has a response to the
        request.
        """
        self._loop.call_soon_threadsafe(self._failed_with, identity, error)

    def complete(self, death: Death | None, missing: Exception | None) -> None:
        """Record that all probes of the sending engine have ended.

        After this call, a request without a recorded response raises `missing`, or `NotRecorded` if `missing` is None.
        """
        self._loop.call_soon_threadsafe(self._completed, death, missing)

    def answered(self, number: int) -> None:
        """Record that the sending engine has sent the control request with the given number.

        Before this call, the exchange of the control request must have been passed to `add`.
        """
        self._loop.call_soon_threadsafe(self._was_answered, number)

    def settled(self, future: Future[Any]) -> Any:
        """Return the result of a coroutine that was passed to `call`, or raise its exception, when it has ended.

        While the function waits for the coroutine, the context manager `idle` is active.
        """
        if future.done():
            return future.result()
        with self._idle():
            return future.result()

    def wait(self) -> None:
        """Wait until all probes have ended in the replaying engine and in the sending engine."""
        with self._idle():
            self._complete.wait()
            super().wait()

    def repeat(self, keys: Iterable[ProbeKey]) -> None:
        """Tell the sending engine to execute probes again, and replay the exchanges of the new executions."""
        new = [key for key in keys if key not in self._results]
        if new:
            self.settled(self.call(lambda: self.wanted(probes=new)))
            self.start(new)

    async def wanted(self, **request: Any) -> None:
        """Forward a request to the sending engine, and return when that engine has sent it."""
        number = len(self._wants)
        self._wants[number] = asyncio.get_running_loop().create_future()
        self._want(number, request)
        await self._wants[number]

    async def _awaited(self, identity: str) -> Exchange | None:
        while True:
            if identity in self._errors:
                raise self._errors[identity]
            known = self._memory.recall(identity)
            if known is not None:
                return known
            if self._complete.is_set():
                if self._missing is not None:
                    raise self._missing
                return None
            came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(identity, []).append(came)
            await came

    def _added(self, exchange: Exchange) -> None:
        if exchange.id not in self.exchanges:
            self.exchanges[exchange.id] = exchange
            self._memory.add(exchange)
            self._wake(exchange.identity)

    def _failed_with(self, identity: str, error: Exception) -> None:
        self._errors[identity] = error
        self._wake(identity)

    def _completed(self, death: Death | None, missing: Exception | None) -> None:
        self._liveness.died(death)
        self._missing = missing
        self._complete.set()
        for identity in list(self._waiting):
            self._wake(identity)

    def _was_answered(self, number: int) -> None:
        waits = self._wants.get(number)
        if waits is not None and not waits.done():
            waits.set_result(None)

    def _wake(self, identity: str) -> None:
        for waits in self._waiting.pop(identity, ()):
            if not waits.done():
                waits.set_result(None)

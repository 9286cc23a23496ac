"""Tells a judging process what an engine sent so far and sends: the lines of a run file that is still growing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from conformance.auditing.channel import complete_line, error_line, exchange_line
from conformance.auditing.judging_process import JudgingProcess
from conformance.engine import Death
from conformance.wire import Exchange, Redactor


class Feed:
    """Keeps what was told, for a judging process that takes the place of another. Any thread may call it.

    `redactor` takes the credentials out of what is told.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._lock = threading.Lock()
        self._told: list[Callable[[], bytes]] = []
        self._process: JudgingProcess | None = None
        self.completed_at: float | None = None

    def exchange(self, exchange: Exchange) -> None:
        """An exchange was recorded."""
        self._tell(partial(exchange_line, exchange, self._redactor))

    def unanswered(self, identity: str, error: BaseException) -> None:
        """A request was not answered."""
        self._tell(partial(error_line, identity, error))

    def complete(self, death: Death | None, *, interrupted: bool) -> None:
        """All probes have ended."""
        self.completed_at = time.monotonic()
        self._tell(partial(complete_line, death, interrupted=interrupted))

    def attach(self, process: JudgingProcess) -> None:
        """Tell this process all that was told before, and whatever comes."""
        with self._lock:
            self._process = process
            for make in self._told:
                process.tell(make)

    def _tell(self, make: Callable[[], bytes]) -> None:
        with self._lock:
            self._told.append(make)
            if self._process is not None:
                self._process.tell(make)

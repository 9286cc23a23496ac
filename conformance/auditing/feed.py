"""Sends the exchanges of an engine to a judging process, as lines of a run file."""

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
    """Sends lines to the judging process, and keeps them in case another judging process must replace it.

    The methods of a `Feed` are thread-safe. `redactor` removes credentials from each line before the line is sent.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._lock = threading.Lock()
        self._told: list[Callable[[], bytes]] = []
        self._process: JudgingProcess | None = None
        self.completed_at: float | None = None

    def exchange(self, exchange: Exchange) -> None:
        """Report a recorded exchange to the judging process."""
        self._tell(partial(exchange_line, exchange, self._redactor))

    def unanswered(self, identity: str, error: BaseException) -> None:
        """Report to the judging process that a request got no response."""
        self._tell(partial(error_line, identity, error))

    def complete(self, death: Death | None, *, interrupted: bool) -> None:
        """Report to the judging process that all probes have ended."""
        self.completed_at = time.monotonic()
        self._tell(partial(complete_line, death, interrupted=interrupted))

    def attach(self, process: JudgingProcess) -> None:
        """Send all messages of the run to the judging process.

        Messages that already exist are sent at once, and each later message is sent when it is created.
        """
        with self._lock:
            self._process = process
            for make in self._told:
                process.tell(make)

    def _tell(self, make: Callable[[], bytes]) -> None:
        with self._lock:
            self._told.append(make)
            if self._process is not None:
                self._process.tell(make)

"""Reports to a judging process what an engine sends, in the lines of a run file."""

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
    """Keeps reported lines for a replacement of the judging process. Any thread may call it.

    `redactor` removes credentials from the lines.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._lock = threading.Lock()
        self._told: list[Callable[[], bytes]] = []
        self._process: JudgingProcess | None = None
        self.completed_at: float | None = None

    def exchange(self, exchange: Exchange) -> None:
        """Report a recorded exchange."""
        self._tell(partial(exchange_line, exchange, self._redactor))

    def unanswered(self, identity: str, error: BaseException) -> None:
        """Report a request without an answer."""
        self._tell(partial(error_line, identity, error))

    def complete(self, death: Death | None, *, interrupted: bool) -> None:
        """Report that all probes have ended."""
        self.completed_at = time.monotonic()
        self._tell(partial(complete_line, death, interrupted=interrupted))

    def attach(self, process: JudgingProcess) -> None:
        """Report everything so far to this process, and everything that follows."""
        with self._lock:
            self._process = process
            for make in self._told:
                process.tell(make)

    def _tell(self, make: Callable[[], bytes]) -> None:
        with self._lock:
            self._told.append(make)
            if self._process is not None:
                self._process.tell(make)

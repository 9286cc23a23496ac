"""Ends whatever the main thread does when the seconds of a run are over: judging may take longer than asking."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN_S = 0.1
"""After so many seconds it is tried again, should somebody have caught the first `TimeIsUp`."""


class TimeIsUp(BaseException):
    """The run has no more seconds. No `Exception`: what looks for faults of a check must not take it for one."""


class Deadline:
    """The end of a run's time, `seconds` after `started` (by `time.monotonic`); without seconds there is none.

    A timer of the kernel interrupts the main thread, even in a long regular expression; only within `interruptible`,
    so that no file is left half written.
    """

    def __init__(self, seconds: float | None, started: float) -> None:
        self.seconds = seconds
        self.started = started
        self._until = None if seconds is None else started + seconds
        self._armed = False

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self._until is not None and time.monotonic() >= self._until

    @property
    def said(self) -> str:
        """What a verdict says that did not come in time."""
        return f"the budget of {self.seconds:g} seconds is spent"

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Let the timer run for the block. Where there is none (another thread, another system) nothing is interrupted."""
        main = threading.current_thread() is threading.main_thread()
        if self._until is None or not main or not hasattr(signal, "setitimer"):
            yield
            return
        handler = signal.signal(signal.SIGALRM, self._rings)
        timer = signal.setitimer(signal.ITIMER_REAL, max(self._until - time.monotonic(), 0.001), AGAIN_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, *timer)
            signal.signal(signal.SIGALRM, handler)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Within the block `TimeIsUp` may be raised anywhere."""
        self._armed = True
        try:
            if self.over:
                raise TimeIsUp(self.said)
            yield
        finally:
            self._armed = False

    def _rings(self, _number: int, _frame: FrameType | None) -> None:
        if self._armed:
            self._armed = False
            raise TimeIsUp(self.said)

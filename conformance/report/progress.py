"""What a person sees while a run works: a live line on a terminal, a plain line now and then anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from conformance.report.wording import count, duration


class Progress:
    """Shows how far a run is. A context manager; `update` may be called as often as one likes.

    On a terminal: one line that is redrawn, and gone at the end. Elsewhere: a line at most every `every_s` seconds.
    With `quiet`: nothing. `clock` counts seconds.
    """

    def __init__(
        self,
        console: Console,
        *,
        quiet: bool = False,
        every_s: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._quiet = quiet
        self._every_s = every_s
        self._clock = clock
        self._began = self._said = clock()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        self._began = self._said = self._clock()
        if not self._quiet and self._console.is_terminal and not self._console.is_dumb_terminal:
            self._bar = Bar(
                BarColumn(bar_width=24),
                TextColumn("{task.description}", markup=False),
                console=self._console,
                transient=True,
                refresh_per_second=8,
            )
            self._bar.add_task("starting", total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def update(self, done: int, total: int, requests: int, in_flight: int, fails: int) -> None:
        """Say how far the run is: checks judged and planned, requests sent and open, requirements failed so far."""
        if self._quiet:
            return
        now = self._clock()
        if self._bar is not None:
            line = describe(done, total, requests, in_flight, fails, elapsed_s=now - self._began)
            self._bar.update(self._bar.task_ids[0], completed=done, total=total or None, description=line)
        elif now - self._said >= self._every_s:
            self._said = now
            line = describe(done, total, requests, in_flight, fails, elapsed_s=now - self._began)
            self._console.print(line, markup=False, highlight=False)


def describe(done: int, total: int, requests: int, in_flight: int, fails: int, *, elapsed_s: float) -> str:
    """One line about a run: `12/80 checks, 31 requests (8 open), 2 fails, about 40 s left`."""
    parts = [
        f"{done}/{total} checks",
        f"{count(requests, 'request')} ({in_flight} open)",
        count(fails, "fail"),
    ]
    left = time_left(done, total, elapsed_s)
    if left is not None:
        parts.append(f"about {duration(left)} left")
    return ", ".join(parts)


def time_left(done: int, total: int, elapsed_s: float) -> float | None:
    """Seconds until the end at the pace so far; None while a guess would mislead (a tenth done, and two seconds)."""
    if done >= total or done < max(3, total // 10) or elapsed_s < 2:
        return None
    return elapsed_s / done * (total - done)

"""Shows progress during a run.

On a terminal, one line is redrawn; in any other output, a new line is printed from time to time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from conformance.report.safe_text import error_line
from conformance.report.wording import count, duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

JUDGING_S = 0.007
"""Estimated seconds for judging one check, mostly after the last request."""
_RECENT_S = 10.0
_RECENT_REQUESTS = 10
"""Least seconds and requests from which a recent rate is computed."""
FINISH_S = 1.0
"""Estimated seconds for writing the reports."""
_SHOWN = 12
"""Maximum number of failures that are printed immediately; others are only counted."""


class Progress:
    """The progress display of a run. The display is a context manager; `update` may be called as often as needed.

    On a terminal, the display is one line that is redrawn and finally removed. If the output is not a terminal, a line
    is printed at most every `every_s` seconds. With `quiet`, no progress is printed. `clock` returns seconds.
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
        self._first: float | None = None
        self._rate = RecentRate()
        self._told = 0
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        self._began = self._said = self._clock()
        if not self._quiet and self._console.is_terminal and not self._console.is_dumb_terminal:
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                BarColumn(bar_width=24),
                TextColumn("{task.description}", markup=False),
                console=self._console,
                transient=True,
                refresh_per_second=8,
            )
            self._bar.add_task("looking at the target", total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def update(
        self,
        done: int,
        total: int,
        requests: int,
        in_flight: int,
        fails: int,
        planned: int = 0,
        failed: Sequence[str] = (),
    ) -> None:
        """Show the numbers of judged and planned checks, of sent and open requests, and of failed requirements.

        `planned` is the number of requests that the run will send, 0 if unknown. `failed` has a line of text for each
        failure so far, in order; each line is printed once.
        """
        if self._quiet:
            return
        now = self._clock()
        if self._first is None and requests:
            self._first = now
        for line in failed[self._told : _SHOWN]:
            self._console.print(
                error_line(f"broken: {line}"), markup=False, highlight=False, no_wrap=True, overflow="ellipsis"
            )
        if len(failed) > _SHOWN >= self._told:
            self._console.print("more is broken; the summary has it all", markup=False, highlight=False)
        self._told = max(self._told, len(failed))
        planned = max(planned, requests) if planned else 0
        elapsed = now - (self._first if self._first is not None else now)
        elapsed = self._rate.comparable(requests - in_flight, elapsed)
        if self._bar is not None:
            line = describe(done, total, requests, planned, in_flight, fails, elapsed_s=elapsed)
            self._bar.update(
                self._bar.task_ids[0], completed=requests - in_flight, total=planned or None, description=line
            )
        elif now - self._said >= self._every_s:
            self._said = now
            line = describe(done, total, requests, planned, in_flight, fails, elapsed_s=elapsed)
            self._console.print(line, markup=False, highlight=False)


class RecentRate:
    """The rate at which requests were answered in the last third of a run, and at least in the last ten seconds.

    The recent rate soon becomes lower if the target becomes slower, for example under load or when the long requests
    come last.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def comparable(self, answered: int, elapsed_s: float) -> float:
        """Return how many seconds all answered requests would have taken at the recent rate."""
        samples = self._samples
        if not samples or answered > samples[-1][1]:
            samples.append((elapsed_s, answered))
        window = max(elapsed_s / 3, _RECENT_S)
        while len(samples) > 1 and samples[1][0] <= elapsed_s - window:
            samples.popleft()
        began, before = samples[0]
        if answered - before < _RECENT_REQUESTS or elapsed_s - began < window / 2:
            return elapsed_s
        return (elapsed_s - began) / (answered - before) * answered


def describe(
    done: int, total: int, requests: int, planned: int, in_flight: int, fails: int, *, elapsed_s: float
) -> str:
    """Describe the progress of a run in one line, such as `168/439 requests (8 open), 12/537 checks, 2 broken`."""
    answered = requests - in_flight
    parts = [
        f"{answered:,}/{count(planned or requests, 'request')} ({in_flight} open)",
        f"{done}/{total} checks",
        f"{fails:,} broken",
    ]
    left = time_left(answered, planned, elapsed_s)
    if left is not None:
        left += JUDGING_S * (total - done) + FINISH_S
        parts.append(f"about {duration(left)} left")
    return ", ".join(parts)


def time_left(answered: int, planned: int, elapsed_s: float) -> float | None:
    """Return the estimated seconds until the last request is answered; None if an estimate would be misleading.

    The remaining time is estimated only after a tenth of the requests was answered and two seconds have passed. If the
    number of planned requests is unknown (0), the progress line has no estimate of the time left.
    """
    if not planned or answered < max(3, planned // 10) or elapsed_s < 2:
        return None
    return elapsed_s / answered * (planned - answered)

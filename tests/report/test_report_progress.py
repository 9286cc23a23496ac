"""The time left is estimated from the rate of the last requests, with a clock that the test sets."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import pytest
from rich.console import Console

from conformance.report.progress import Progress

REQUESTS = 300


def estimates(waits: list[float]) -> list[tuple[float, float]]:
    """The time left in truth and as shown, for each request from a third of the requests on."""
    ends = [sum(waits[: number + 1]) for number in range(len(waits))]
    now = [0.0]
    screen = io.StringIO()
    progress = Progress(Console(file=screen, width=200), every_s=0.0, clock=lambda: now[0])
    with progress:
        progress.update(0, 0, 1, 1, 0, planned=len(waits))
        shown = []
        for number, end in enumerate(ends, 1):
            now[0] = end
            screen.truncate(screen.seek(0))
            progress.update(0, 0, number, 0, 0, planned=len(waits))
            said = re.search(r"about (?:(\d+) min )?([\d.]+) s left", screen.getvalue())
            if said and len(waits) / 3 <= number < len(waits) - 20:
                shown.append((ends[-1] - end, 60 * int(said[1] or 0) + float(said[2])))
    assert shown
    assert all(one >= two for (one, _), (two, _) in pairwise(shown))
    return shown


@pytest.mark.parametrize("wait", [0.2, 1.0, 5.0])
def test_a_steady_target_has_a_right_time_left(wait: float) -> None:
    """Within a second for the reports, and a tenth."""
    assert all(abs(said - left) <= 1.5 + 0.1 * left for left, said in estimates([wait] * REQUESTS))


def test_a_target_that_becomes_slower_is_noticed() -> None:
    """Twice as slow after a quarter of the requests: within 30 % after a third of the time more."""
    slower = [1.0] * (REQUESTS // 4) + [2.0] * (REQUESTS - REQUESTS // 4)
    late = [(left, said) for left, said in estimates(slower) if left <= sum(slower) * 0.6]
    assert late
    assert all(abs(said - left) <= 0.3 * left for left, said in late)


def test_a_target_that_becomes_slowly_slower_stays_within_a_third() -> None:
    """The last request takes 60 % longer than the first: a mean of the whole run would be 27 % too low."""
    waits = [1.0 + 0.6 * number / REQUESTS for number in range(REQUESTS)]
    assert all(abs(said - left) <= 0.3 * left for left, said in estimates(waits))

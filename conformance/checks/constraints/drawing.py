"""Generates random objects from a seed, and shrinks an object that fails a test to a smaller one that also fails."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from conformance.checks.repeatable import repeatable_backend

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def drawn(strategy: SearchStrategy[T], count: int, number: int, text: Callable[[T], str]) -> list[T]:
    """Generate `count` random objects, each with a different text.

    The same seed (`number`) always gives the same objects.
    """
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import HypothesisWarning

    found: dict[str, T] = {}

    @seed(number)
    @settings(
        max_examples=4 * count,
        backend=repeatable_backend(),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(each: T) -> None:
        found.setdefault(text(each), each)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        keep()
    # The first that hypothesis draws are the plainest ones; those in the middle say more.
    kept = [found[name] for name in sorted(found, key=len)]
    step = max(len(kept) // count, 1)
    return kept[step - 1 :: step][:count]


async def shrunk(
    worst: T, smaller: Callable[[T], Iterable[T]], fails: Callable[[T], Awaitable[bool]], budget: int
) -> tuple[T, int]:
    """Return the smallest failing object that was found, and how many objects were tried (at most `budget`).

    `smaller` yields smaller variants of an object. If a smaller variant also fails, the search continues with smaller
    variants of that variant.
    """
    tried = 0
    again = True
    while again:
        again = False
        for candidate in smaller(worst):
            if tried == budget:
                return worst, tried
            tried += 1
            if await fails(candidate):
                worst, again = candidate, True
                break
    return worst, tried

"""Define invariants: pure functions that judge every exchange of one kind, live or recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks.index import declare
from conformance.checks.language import shown
from conformance.reply.views import View
from conformance.verdict import Finding
from conformance.wire import Fact

OK = None


@dataclass(frozen=True, slots=True)
class Unjudged:
    """One exchange could not be judged, with the reason: the verdict is inconclusive unless another exchange is a violation."""

    why: str


Judgement = Finding | Unjudged | None
Judge = Callable[[Any], Iterator[Judgement]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A requirement that every exchange seen through `view` must meet.

    The function yields `OK` or `broken(…)` for each fact it judges, and nothing if the exchange has nothing to judge.
    `needs` are the facts that a recording must have kept for the exchange to be judged.
    """

    requirement: str
    view: type[View]
    function: Judge
    needs: frozenset[Fact] = frozenset()


_INVARIANTS: dict[str, Invariant] = {}


def invariant(requirement: str, *, on: type[View], needs: Collection[Fact] = ()) -> Callable[[Judge], Judge]:
    """Register a generator function as the invariant of a requirement; recordings that lost a fact in `needs` are not judged."""

    def decorate(function: Judge) -> Judge:
        if requirement in _INVARIANTS:
            raise ValueError(f"two invariants for {requirement}")
        declare(requirement, function, invariant=True)
        _INVARIANTS[requirement] = Invariant(requirement, on, function, frozenset(needs))
        return function

    return decorate


def registered() -> dict[str, Invariant]:
    """The invariants of imported modules, by requirement id. `conformance.checks.invariants` imports all modules."""
    return dict(_INVARIANTS)


def broken(expected: str, *, got: Any, where: str = "", cause: str = "") -> Finding:
    """A violation; the judge adds the exchange and the default cause."""
    return Finding(expected, shown(got), where, "", cause)

"""Defines invariants: functions that judge every exchange of one kind, live or recorded."""

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
    """One exchange could not be judged, for the given reason.

    If an exchange could not be judged, the verdict is inconclusive, unless another exchange violates the requirement.
    """

    why: str


Judgement = Finding | Unjudged | None
Judge = Callable[[Any], Iterator[Judgement]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A requirement for every exchange of one kind; `view` is the class of this kind, such as chat streams.

    The function of an invariant yields `OK` or `broken(…)` for each fact that it judges. The function of an invariant
    yields nothing if the invariant does not apply to the exchange. `needs` lists details of an exchange that the
    invariant reads, but that a recording may lack.
    """

    requirement: str
    view: type[View]
    function: Judge
    needs: frozenset[Fact] = frozenset()


_INVARIANTS: dict[str, Invariant] = {}


def invariant(requirement: str, *, on: type[View], needs: Collection[Fact] = ()) -> Callable[[Judge], Judge]:
    """Register a generator function as the invariant of a requirement.

    `needs` lists the details of an exchange that the invariant reads. If a recording lacks a detail in `needs`, its
    exchanges are not judged.
    """

    def decorate(function: Judge) -> Judge:
        if requirement in _INVARIANTS:
            raise ValueError(f"two invariants for {requirement}")
        declare(requirement, function, invariant=True)
        _INVARIANTS[requirement] = Invariant(requirement, on, function, frozenset(needs))
        return function

    return decorate


def registered() -> dict[str, Invariant]:
    """Return the invariants that were registered so far, by requirement id.

    `conformance.checks.invariants` imports all modules with invariants.
    """
    return dict(_INVARIANTS)


def broken(expected: str, *, got: Any, where: str = "", cause: str = "") -> Finding:
    """Create a finding for a violation; the code that calls the invariant adds the exchange and the default cause."""
    return Finding(expected, shown(got), where, "", cause)

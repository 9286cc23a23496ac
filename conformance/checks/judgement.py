"""What an invariant is and what it yields: a pure function that judges every exchange of a kind, live or recorded."""

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
    """What could not be seen of one exchange, and why: the verdict is then inconclusive, unless another shows a break."""

    why: str


Judgement = Finding | Unjudged | None
Judge = Callable[[Any], Iterator[Judgement]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One requirement that every exchange seen through `view` must meet.

    The function yields `OK` or `broken(…)` for each thing it judged; yielding nothing says that there was nothing
    to judge in this exchange. `needs` are the facts without which a recording of an exchange proves nothing.
    """

    requirement: str
    view: type[View]
    function: Judge
    needs: frozenset[Fact] = frozenset()


_INVARIANTS: dict[str, Invariant] = {}


def invariant(requirement: str, *, on: type[View], needs: Collection[Fact] = ()) -> Callable[[Judge], Judge]:
    """Make a generator function the invariant of a requirement; a recording that lost what it `needs` is not judged."""

    def decorate(function: Judge) -> Judge:
        if requirement in _INVARIANTS:
            raise ValueError(f"two invariants for {requirement}")
        declare(requirement, function, invariant=True)
        _INVARIANTS[requirement] = Invariant(requirement, on, function, frozenset(needs))
        return function

    return decorate


def registered() -> dict[str, Invariant]:
    """The invariants whose modules are imported, by requirement id. All of them: `conformance.checks.invariants`."""
    return dict(_INVARIANTS)


def broken(expected: str, *, got: Any, where: str = "", cause: str = "") -> Finding:
    """A broken expectation; the exchange and the default cause are filled in by the judge."""
    return Finding(expected, shown(got), where, "", cause)

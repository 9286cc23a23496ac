"""Invariants: pure functions that hold on every exchange of a kind, whoever staged it, live or recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.index import declare
from conformance.checks.language import describe, shown
from conformance.checks.views import View
from conformance.contract import Registry
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict, outcome_of_break
from conformance.wire import Exchange, Fact

__all__ = [
    "HELD",
    "Documented",
    "Invariant",
    "Judging",
    "Tally",
    "Unjudged",
    "broken",
    "describe",
    "invariant",
    "invariants",
]

HELD = None


@dataclass(frozen=True, slots=True)
class Unjudged:
    """What could not be seen of one exchange, and why: the verdict is then inconclusive, unless another shows a break."""

    why: str


Judgement = Finding | Unjudged | None
Judge = Callable[[Any], Iterator[Judgement]]
Documented = Callable[[str, str], str | None]
"""Of a requirement and a cause: the profile's reason why the target may differ there, or None."""

MAX_FINDINGS = 5
# A stream that is wrong in every chunk is wrong once: after so many breaks in one exchange no more are looked for.
MAX_BREAKS = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """One requirement that every exchange seen through `view` must meet.

    The function yields `HELD` or `broken(…)` for each thing it judged; yielding nothing says that there was nothing
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


def invariants() -> dict[str, Invariant]:
    """All invariants by requirement id."""
    import conformance.checks.invariants  # noqa: F401 - importing registers them

    return dict(_INVARIANTS)


def broken(expected: str, *, got: Any, where: str = "", cause: str = "") -> Finding:
    """A broken expectation; the exchange and the default cause are filled in by the judge."""
    return Finding(expected, shown(got), where, "", cause)


_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Tally:
    """What one invariant found over the exchanges judged so far; bounded, whatever their number.

    A break that the profile documents takes no place from one that it does not, and does not count beside it.
    """

    requirement: str
    level: Level
    documented: Documented | None = None
    seen: int = 0
    broken: int = 0
    differed: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    differences: dict[str, Finding] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    trouble: str = ""
    unjudged: list[str] = field(default_factory=list)

    def add(self, exchange: Exchange, judgements: Iterator[Judgement]) -> bool:
        """Count one exchange; keep the first finding of each cause. A check that raises is its own error alone.

        True when the verdict may cite the exchange.
        """
        applied = False
        breaks = 0
        differed = False
        cited = False
        try:
            for judgement in judgements:
                applied = True
                if isinstance(judgement, Unjudged):
                    self.unjudged.append(f"{exchange.id}: {judgement.why}")
                elif judgement is not None:
                    cause = judgement.cause or f"{self.requirement} {_DIGITS.sub('*', judgement.where)}"
                    if self.documented is not None and self.documented(self.requirement, cause) is not None:
                        differed = True
                        cited |= _keep(self.differences, cause, exchange, judgement)
                        continue
                    breaks += 1
                    cited |= _keep(self.findings, cause, exchange, judgement)
                    if breaks == MAX_BREAKS:
                        break
        except Exception as error:  # noqa: BLE001 - whatever a check raises is our fault, and no other check's
            self.trouble = self.trouble or f"{type(error).__name__}: {error} (on {exchange.id})"
            return False
        if not applied:
            return False
        self.seen += 1
        if len(self.examples) < MAX_FINDINGS:
            self.examples.append(exchange.id)
            cited = True
        self.broken += breaks > 0
        self.differed += differed
        return cited

    def verdict(self) -> Verdict:
        """The verdict over all that was seen.

        Its findings are those that nobody documents; only when there are none, the documented ones.
        """
        if self.trouble:
            detail = f"the check itself failed: {self.trouble}"
            return Verdict(self.requirement, self.level, Outcome.ERROR, detail=detail, seen=self.seen)
        if not self.seen:
            return Verdict(
                self.requirement, self.level, Outcome.NOT_APPLICABLE, detail="no exchange of this run shows it"
            )
        broken, found = (self.broken, self.findings) if self.broken else (self.differed, self.differences)
        if not broken and self.unjudged:
            return Verdict(
                self.requirement,
                self.level,
                Outcome.INCONCLUSIVE,
                reason=Reason.PREREQUISITE_FAILED,
                detail=f"not seen on {len(self.unjudged)} of {self.seen} exchanges: {self.unjudged[0]}",
                exchanges=tuple(each.partition(":")[0] for each in self.unjudged[:MAX_FINDINGS]),
                seen=self.seen,
            )
        if not broken:
            return Verdict(
                self.requirement,
                self.level,
                Outcome.PASS,
                detail=f"held on {self.seen} exchanges",
                exchanges=tuple(self.examples),
                seen=self.seen,
            )
        findings = tuple(found.values())
        return Verdict(
            self.requirement,
            self.level,
            outcome_of_break(self.level),
            detail=f"broken on {broken} of {self.seen} exchanges",
            findings=findings,
            exchanges=tuple(dict.fromkeys(finding.exchange for finding in findings)),
            seen=self.seen,
        )


def _keep(findings: dict[str, Finding], cause: str, exchange: Exchange, judgement: Finding) -> bool:
    """Keep the finding if it is the first of its cause, and there is room for one more."""
    if cause in findings or len(findings) == MAX_FINDINGS:
        return False
    findings[cause] = Finding(judgement.expected, judgement.observed, judgement.where, exchange.id, cause)
    return True


class Judging:
    """Judges exchanges one by one with many invariants, in memory bounded by one exchange."""

    def __init__(self, registry: Registry, only: set[str] | None = None, documented: Documented | None = None) -> None:
        """`only` are the requirements to judge, all when None; `documented` knows the profile's differences."""
        chosen = [item for name, item in invariants().items() if only is None or name in only]
        self.tallies = {
            item.requirement: Tally(item.requirement, registry[item.requirement].level, documented) for item in chosen
        }
        self._by_view: dict[type[View], list[tuple[Invariant, Tally]]] = {}
        for item in chosen:
            self._by_view.setdefault(item.view, []).append((item, self.tallies[item.requirement]))

    def add(self, exchange: Exchange) -> bool:
        """Judge one exchange; true when a verdict may cite it."""
        cited = False
        lost = exchange.lost
        for view_type, chosen in self._by_view.items():
            view = view_type.of(exchange)
            if view is not None:
                for item, tally in chosen:
                    if not lost or lost.isdisjoint(item.needs):
                        cited |= tally.add(exchange, item.function(view))
        return cited

    def verdicts(self) -> list[Verdict]:
        """One verdict for each invariant."""
        return [tally.verdict() for tally in self.tallies.values()]

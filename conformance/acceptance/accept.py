"""Decides for each violation of a run whether a waiver accepts it, and finds the waivers that are no longer needed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from conformance.acceptance.violation import Violation
from conformance.acceptance.waiver import Origin, Waiver
from conformance.verdict import Outcome, Verdict


class Status(StrEnum):
    """The status of a violation according to the waivers."""

    ACCEPTED = "accepted"
    """A waiver that applies covers it."""
    NEW = "new"
    """No waiver covers it."""
    EXPIRED = "expired"
    """Only waivers whose last day is over cover it."""
    UNSEEN = "first judged"
    """No waiver covers it, and the baseline's runs did not judge its requirement: it may not be new."""
    UNSCORED = "unscored"
    """Its requirement is newer than the edition, so it does not count."""


_WORST = (Status.UNSCORED, Status.ACCEPTED, Status.UNSEEN, Status.EXPIRED, Status.NEW)


def worst_status(statuses: Iterable[Status]) -> Status | None:
    """Return the worst of the given statuses; None if `statuses` is empty.

    The statuses of a violation are, from worst to best: new, expired, first judged, accepted, unscored.
    """
    return max(statuses, key=_WORST.index, default=None)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One violation, whether a waiver accepts it, and this waiver."""

    violation: Violation
    status: Status
    waiver: Waiver | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether a baseline, and no other waiver, accepts the violation."""
        return self.waiver is not None and self.waiver.origin is Origin.BASELINE


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The decision about each violation of a run, and the waivers that are no longer needed.

    `fixed` lists the entries of a baseline that this run shows to be no longer needed. `stale` lists the waivers of the
    team that this run shows to be no longer needed. `unjudged` lists the waivers whose requirement this run did not
    judge.
    """

    rulings: tuple[Ruling, ...] = ()
    fixed: tuple[Waiver, ...] = ()
    stale: tuple[Waiver, ...] = ()
    unjudged: tuple[Waiver, ...] = ()

    def of(self, requirement: str) -> tuple[Ruling, ...]:
        """Return the violations of one requirement, each with its status and its waiver."""
        return tuple(ruling for ruling in self.rulings if ruling.violation.requirement == requirement)

    @property
    def by_requirement(self) -> dict[str, Status]:
        """The status of each broken requirement, which is the worst status of its violations."""
        found: dict[str, Status] = {}
        for ruling in self.rulings:
            name = ruling.violation.requirement
            found[name] = worst_status((found.get(name, ruling.status), ruling.status)) or ruling.status
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements have the status accepted, new or expired, and how many waivers are fixed or stale."""
        statuses = list(self.by_requirement.values())
        return {
            "accepted": statuses.count(Status.ACCEPTED),
            "new": statuses.count(Status.NEW),
            "fixed": len(self.fixed),
            "expired": statuses.count(Status.EXPIRED),
            "stale": len(self.stale),
        }


def accept(
    violations: Sequence[Violation],
    waivers: Iterable[Waiver],
    verdicts: Mapping[str, Verdict],
    today: date,
    *,
    whole: bool,
    scored: Callable[[str], bool] = lambda _: True,
    unseen: Container[str] = (),
) -> Acceptance:
    """Decide for each violation whether a waiver accepts it, and find waivers that are no longer needed.

    `verdicts` has one verdict for each requirement. `whole` is true if the run was complete, that is, nothing ended the
    run early. A cause without findings counts as fixed only if the run was complete. `scored` is a function that
    returns whether a requirement is in the edition; other requirements do not count. `unseen` lists the requirements
    that were not judged in the runs from which the baseline was written.
    """
    waivers = tuple(waivers)
    rulings = tuple(
        _rule(violation, waivers, today, Status.UNSEEN if violation.requirement in unseen else Status.NEW)
        if scored(violation.requirement)
        else Ruling(violation, Status.UNSCORED)
        for violation in violations
    )
    needed = {waiver for waiver in waivers if any(map(waiver.covers, violations))}
    idle = [waiver for waiver in waivers if waiver not in needed]
    gone = [waiver for waiver in idle if _is_gone(waiver, verdicts, whole=whole)]
    return Acceptance(
        rulings,
        fixed=tuple(each for each in gone if each.origin is Origin.BASELINE),
        stale=tuple(each for each in gone if each.origin is Origin.TEAM),
        unjudged=tuple(each for each in idle if each not in gone),
    )


def _rule(violation: Violation, waivers: Sequence[Waiver], today: date, uncovered: Status) -> Ruling:
    covering = sorted(
        (each for each in waivers if each.covers(violation)), key=lambda each: each.origin is not Origin.TEAM
    )
    valid = [each for each in covering if not each.is_expired(today)]
    if valid:
        return Ruling(violation, Status.ACCEPTED, valid[0])
    return Ruling(violation, Status.EXPIRED, covering[0]) if covering else Ruling(violation, uncovered)


def _is_gone(waiver: Waiver, verdicts: Mapping[str, Verdict], *, whole: bool) -> bool:
    """Return whether the run shows that what an unneeded waiver accepts is no longer there."""
    if not (waiver.id or waiver.area):
        return whole
    named = [verdict for name, verdict in verdicts.items() if waiver.names(name)]
    return bool(named) and all(map(_shows, named))


def _shows(verdict: Verdict) -> bool:
    """Return whether a verdict says what became of the requirement, so that a violation would have been seen."""
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        return bool(verdict.difference)
    return verdict.outcome not in (Outcome.INCONCLUSIVE, Outcome.ERROR)

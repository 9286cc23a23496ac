"""Compares two runs of one target.

The comparison finds new, fixed and known violations, and requirements that are no longer judged or offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.acceptance import Configuration, FailOn, Violation, violations_of
from conformance.causes import find_causes
from conformance.verdict import Level, Outcome, Verdict, combine

if TYPE_CHECKING:
    from conformance.contract import Requirement
    from conformance.contract.editions import Edition
    from conformance.record import RedactedRun


class ChangeKind(StrEnum):
    """The ways in which a requirement can change between two runs, the worst first."""

    NEW = "new"
    """It is broken, or by another cause than before."""
    LOST = "no longer offered"
    """It passed, and the target now rejects the feature."""
    UNJUDGED = "no longer judged"
    """It was judged, and this run does not show it: no regression."""
    FIRST = "first judged"
    """It is broken, and the earlier run did not judge it: it need not be new."""
    FIXED = "fixed"
    """It was broken, and is not any more."""
    KNOWN = "known"
    """It is broken by the same causes as before."""


_BROKEN = (Outcome.FAIL, Outcome.WARN)
_JUDGED = (Outcome.PASS, *_BROKEN)


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement with its outcome in both runs.

    The outcome in a run is None if the run has no verdict on the requirement.

    `violations` lists the violations of the requirement in the later run. If some of the violations are new,
    `violations` lists only the new ones.
    """

    requirement: str
    level: Level
    kind: ChangeKind
    before: Outcome | None
    after: Outcome | None
    violations: tuple[Violation, ...] = ()
    verdict: Verdict | None = None

    def fails(self, fail_on: FailOn) -> bool:
        """Return whether the gate fails because of this change between two runs."""
        levels = (Level.MUST, Level.SHOULD) if fail_on is FailOn.SHOULD else (Level.MUST,)
        regressed = self.kind in (ChangeKind.NEW, ChangeKind.LOST)
        return fail_on is not FailOn.NEVER and regressed and self.level in levels


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes between two runs, the worst first.

    If the runs cannot be compared, `refused` lists the reasons; otherwise `refused` is empty.
    """

    changes: tuple[Change, ...] = ()
    refused: tuple[str, ...] = ()

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """Return the changes between the two runs that are of the given kind."""
        return tuple(change for change in self.changes if change.kind is kind)

    @property
    def counts(self) -> dict[str, int]:
        """The number of changes between the two runs, for each kind of change."""
        return {str(kind): len(self.of(kind)) for kind in ChangeKind}

    def failing(self, fail_on: FailOn) -> tuple[Change, ...]:
        """Return those changes between the two runs that make a gate fail."""
        return tuple(change for change in self.changes if change.fails(fail_on))


def compare_runs(
    old: RedactedRun, new: RedactedRun, registry: Mapping[str, Requirement], edition: Edition | None = None
) -> Changes:
    """Return what changed.

    Runs with different configurations are not compared. If an edition is given, only the requirements of the edition
    are compared.
    """
    refused = list(Configuration.of(new.header).differences(Configuration.of(old.header)))
    versions = (new.header.suite_version, old.header.suite_version)
    if edition is None and versions[0] != versions[1]:
        refused.append(f"version {versions[0]} of the suite, not {versions[1]}: name an edition, which both know")
    if refused:
        return Changes(refused=tuple(refused))
    before, after = _Side(old, registry), _Side(new, registry)
    names = [name for name in dict.fromkeys([*registry, *before.verdicts, *after.verdicts]) if _counts(name, edition)]
    found = [_change(name, before, after, edition) for name in names]
    order = list(ChangeKind)
    return Changes(tuple(sorted((each for each in found if each), key=lambda each: order.index(each.kind))))


class _Side:
    """The verdicts and violations of one run."""

    def __init__(self, run: RedactedRun, registry: Mapping[str, Requirement]) -> None:
        self.verdicts = combine(run.verdicts)
        levels = {name: verdict.level for name, verdict in self.verdicts.items()}
        self._violations: dict[str, list[Violation]] = {}
        for each in violations_of(find_causes(self.verdicts.values(), registry, run.exchanges), levels):
            self._violations.setdefault(each.requirement, []).append(each)

    def outcome(self, name: str) -> Outcome | None:
        return self.verdicts[name].outcome if name in self.verdicts else None

    def violations(self, name: str) -> Sequence[Violation]:
        return self._violations.get(name, [])


def _counts(name: str, edition: Edition | None) -> bool:
    return edition is None or edition.has(name)


def _change(name: str, before: _Side, after: _Side, edition: Edition | None) -> Change | None:
    old, new = before.outcome(name), after.outcome(name)
    verdict = after.verdicts.get(name) or before.verdicts.get(name)
    if verdict is None:
        return None
    kind, violations = _kind(name, before, after)
    if kind is None:
        return None
    frozen = edition.levels if edition is not None else {}
    return Change(name, frozen.get(name, verdict.level), kind, old, new, violations, after.verdicts.get(name))


def _kind(name: str, before: _Side, after: _Side) -> tuple[ChangeKind | None, tuple[Violation, ...]]:
    old, new = before.outcome(name), after.outcome(name)
    now = tuple(after.violations(name))
    if new in _BROKEN:
        if old not in (*_JUDGED, Outcome.UNSUPPORTED):
            return ChangeKind.FIRST, now
        if old not in _BROKEN:
            return ChangeKind.NEW, now
        known = {key for each in before.violations(name) for key in each.keys}
        fresh = tuple(each for each in now if known.isdisjoint(each.keys))
        return (ChangeKind.NEW, fresh) if fresh else (ChangeKind.KNOWN, now)
    if old in _BROKEN and new in (Outcome.PASS, Outcome.UNSUPPORTED):
        return ChangeKind.FIXED, ()
    if old is Outcome.PASS and new is Outcome.UNSUPPORTED:
        return ChangeKind.LOST, ()
    return (ChangeKind.UNJUDGED, ()) if old in _JUDGED and new not in _JUDGED else (None, ())

"""A violation: one requirement that is broken by one cause, in the terms of waivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.causes import Cause
from conformance.verdict import Level


@dataclass(frozen=True, slots=True)
class Violation:
    """A requirement and a symptom that breaks it.

    `keys` has the names by which a waiver may refer to the cause: `symptom`, which does not depend on other faults, and
    `cause`, which explains the symptom in this run.
    """

    requirement: str
    level: Level
    cause: str
    symptom: str
    title: str = ""
    observed: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """The names by which a waiver may refer to the cause."""
        return frozenset((self.cause, self.symptom))


def violations_of(causes: Iterable[Cause], levels: Mapping[str, Level]) -> tuple[Violation, ...]:
    """Return the violations of all causes, in their order; `levels` has the level of each requirement."""
    return tuple(
        Violation(
            requirement, levels.get(requirement, cause.level), cause.key, symptom, cause.title, cause.finding.observed
        )
        for cause in causes
        for requirement, symptom in cause.shown_by
    )

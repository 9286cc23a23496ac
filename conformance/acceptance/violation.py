"""A violation: one requirement that is broken by one cause. Waivers accept violations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.causes import Cause
from conformance.verdict import Level


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken requirement, with the symptom that breaks it and the cause that explains the symptom.

    `keys` has the two names by which a waiver may refer to the cause. `symptom` does not depend on other faults of the
    target. `cause` is the name of the cause that explains the symptom in this run.
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
    """Return the violations of all causes, in the order of the causes; `levels` has the level of each requirement."""
    return tuple(
        Violation(
            requirement, levels.get(requirement, cause.level), cause.key, symptom, cause.title, cause.finding.observed
        )
        for cause in causes
        for requirement, symptom in cause.shown_by
    )

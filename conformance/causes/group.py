"""A group: the sightings of one symptom, and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from conformance.causes.sighting import Sighting
from conformance.causes.symptom import Symptom, SymptomKind


@dataclass(frozen=True, eq=False)
class Group:
    """The sightings of one symptom; the rules compare each group with each, so what they ask of one is computed once."""

    symptom: Symptom
    sightings: tuple[Sighting, ...]

    @property
    def kind(self) -> SymptomKind:
        """The kind of its symptom."""
        return self.symptom.kind

    @cached_property
    def exchanges(self) -> set[str]:
        """The exchanges that its findings cite."""
        return {each.finding.exchange for each in self.sightings if each.finding.exchange}

    @cached_property
    def shown(self) -> int:
        """On how many exchanges the fault was seen, at least."""
        return max(each.shown for each in self.sightings)

    @cached_property
    def causes(self) -> set[str]:
        """The causes that checks gave to findings; the default of an invariant, its requirement and place, is none."""
        return {each.finding.cause for each in self.sightings if not each.finding.cause.startswith(each.id)} - {""}

    @cached_property
    def specific(self) -> bool:
        """Whether anything names what is at fault: a parameter, a field."""
        return all(each.id != self.symptom.subject for each in self.sightings)

    @cached_property
    def operations(self) -> set[str]:
        """The operations that show it."""
        return {each.operation for each in self.sightings}

    @cached_property
    def streamed(self) -> bool:
        """Whether only streams show it."""
        return all(each.streamed for each in self.sightings)

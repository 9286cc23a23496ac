"""A group: all sightings of one symptom, and their common properties."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from conformance.causes.sighting import Sighting
from conformance.causes.symptom import Symptom, SymptomKind
from conformance.reply import read_error


@dataclass(frozen=True, eq=False)
class Group:
    """All sightings of one symptom; properties are cached, because the rules compare each group with every other group."""

    symptom: Symptom
    sightings: tuple[Sighting, ...]

    @property
    def kind(self) -> SymptomKind:
        """The kind of the group's symptom."""
        return self.symptom.kind

    @cached_property
    def ids(self) -> set[str]:
        """The requirements that the fault breaks."""
        return {each.id for each in self.sightings}

    @cached_property
    def exchanges(self) -> set[str]:
        """The exchanges that the findings of the group cite."""
        return {each.finding.exchange for each in self.sightings if each.finding.exchange}

    @cached_property
    def said(self) -> set[tuple[int, object]]:
        """The status and error message of the responses."""
        return {(each.status, read_error(each.exchange).message) for each in self.sightings if each.exchange}

    @cached_property
    def shown(self) -> int:
        """The minimum number of exchanges that show the fault."""
        return max(each.shown for each in self.sightings)

    @cached_property
    def causes(self) -> set[str]:
        """The causes that checks assigned to the findings.

        The default cause of an invariant (its requirement and location) is excluded.
        """
        return {each.finding.cause for each in self.sightings if not each.finding.cause.startswith(each.id)} - {""}

    @cached_property
    def specific(self) -> bool:
        """Whether a finding names the parameter or field at fault."""
        return all(each.id != self.symptom.subject for each in self.sightings)

    @cached_property
    def operations(self) -> set[str]:
        """The operations whose exchanges show the fault."""
        return {each.operation for each in self.sightings}

    @cached_property
    def streamed(self) -> bool:
        """Whether only streamed responses show the fault."""
        return all(each.streamed for each in self.sightings)

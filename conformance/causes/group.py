"""Defines a group: all findings that show one symptom, each with its context."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from conformance.causes.sighting import Sighting
from conformance.causes.symptom import Symptom, SymptomKind
from conformance.reply import read_error


@dataclass(frozen=True, eq=False)
class Group:
    """All findings that show one symptom, each with its exchange.

    The properties of a group are cached, because they are read in each comparison with another group.
    """

    symptom: Symptom
    sightings: tuple[Sighting, ...]

    @property
    def kind(self) -> SymptomKind:
        """The kind of the symptom that all findings of the group show."""
        return self.symptom.kind

    @cached_property
    def ids(self) -> set[str]:
        """The ids of the requirements that the findings of the group violate."""
        return {each.id for each in self.sightings}

    @cached_property
    def exchanges(self) -> set[str]:
        """The ids of the exchanges that the findings of the group cite."""
        return {each.finding.exchange for each in self.sightings if each.finding.exchange}

    @cached_property
    def said(self) -> set[tuple[int, object]]:
        """The pairs of HTTP status and error message in the responses that the group's findings cite."""
        return {(each.status, read_error(each.exchange).message) for each in self.sightings if each.exchange}

    @cached_property
    def shown(self) -> int:
        """The number of exchanges that show the fault, as far as the findings of the group state the number."""
        return max(each.shown for each in self.sightings)

    @cached_property
    def causes(self) -> set[str]:
        """The texts with which the checks name the cause of the findings in the group.

        Default causes are left out; a default cause consists of the requirement's id and the location of the finding.
        """
        return {each.finding.cause for each in self.sightings if not each.finding.cause.startswith(each.id)} - {""}

    @cached_property
    def specific(self) -> bool:
        """Whether the symptom names the parameter or field at fault, not only the id of a requirement."""
        return all(each.id != self.symptom.subject for each in self.sightings)

    @cached_property
    def operations(self) -> set[str]:
        """The operations whose exchanges show the fault."""
        return {each.operation for each in self.sightings}

    @cached_property
    def paths(self) -> set[str]:
        """The paths of the group's operations, without the host and without ids: `/v1/responses`."""
        return {each.path for each in self.sightings}

    @cached_property
    def streamed(self) -> bool:
        """Whether the fault appears only in streamed responses."""
        return all(each.streamed for each in self.sightings)

"""A waiver: one accepted violation, with its reason, its owner and its last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.acceptance.violation import Violation


class Origin(StrEnum):
    """The author of a waiver: a person or a baseline."""

    TEAM = "team"
    """A person, who accepts the violation for a reason."""
    BASELINE = "baseline"
    """`conformance baseline`, because a run showed the violation."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver accepts the violations of one requirement (`id`), of one area (`area`), or with one cause (`cause`).

    If a requirement or an area is given together with a cause, both must match the violation.

    `until` is the last day on which the waiver applies; None if the waiver does not expire. `place` is the file and
    line of the waiver.

    """

    id: str = ""
    area: str = ""
    cause: str = ""
    reason: str = ""
    owner: str = ""
    link: str = ""
    until: date | None = None
    origin: Origin = Origin.TEAM
    place: str = ""

    @property
    def subject(self) -> str:
        """What the waiver accepts, as text for people: `chat.stop.excluded by ignored-stop`."""
        named = self.id or (f"area {self.area}" if self.area else "")
        if not named:
            return f"cause {self.cause}"
        return f"{named} by {self.cause}" if self.cause else named

    def names(self, requirement: str) -> bool:
        """Return whether the waiver names the requirement or its area.

        A waiver that names only a cause applies to all requirements.
        """
        if self.id:
            return requirement == self.id
        return not self.area or requirement == self.area or requirement.startswith(f"{self.area}.")

    def covers(self, violation: Violation) -> bool:
        """Return whether the waiver accepts this violation; the last day of the waiver is ignored."""
        return self.names(violation.requirement) and (not self.cause or self.cause in violation.keys)

    def is_expired(self, today: date) -> bool:
        """Return whether the last day of the waiver is over."""
        return self.until is not None and today > self.until

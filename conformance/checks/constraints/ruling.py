"""What a constraint says of a text: yes, or no and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ruling:
    """Truthy when the constraint has nothing against the text; `why` says what it has."""

    why: str = ""

    def __bool__(self) -> bool:
        return not self.why


FINE = Ruling()

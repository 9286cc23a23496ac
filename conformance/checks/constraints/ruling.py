"""The judgement of a text by a constraint: yes, or no with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ruling:
    """True if the constraint accepts the text; otherwise `why` is the reason."""

    why: str = ""

    def __bool__(self) -> bool:
        return not self.why


FINE = Ruling()

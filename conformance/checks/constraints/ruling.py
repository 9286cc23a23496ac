"""The judgement whether a text satisfies a constraint, with the reason if it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ruling:
    """True if the constraint accepts the text; otherwise `why` gives the reason."""

    why: str = ""

    def __bool__(self) -> bool:
        return not self.why


FINE = Ruling()

"""The decision whether a text satisfies a constraint, with the reason if it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision about one text: true if the text satisfies the constraint; otherwise, `why` gives the reason."""

    why: str = ""

    def __bool__(self) -> bool:
        return not self.why


FINE = Ruling()

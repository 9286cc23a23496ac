"""How much a run asks beyond the scenarios: the number of generated cases, and whether what is long is asked, too."""

from __future__ import annotations

from enum import StrEnum

from conformance.options import OPTIONS

SEED: int = OPTIONS["seed"].default
"""The seed of generated cases where the user names none; a fixed one, so that two runs ask the same."""


class Depth(StrEnum):
    """How many generated cases a run sends. `DEEP` also asks what is long or many: large schemas, hundreds of choices."""

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"

    @property
    def valid(self) -> int:
        """Right bodies at most."""
        return {Depth.QUICK: 12, Depth.STANDARD: 40, Depth.DEEP: 120}[self]

    @property
    def faulty(self) -> int:
        """Bodies with one fault at most."""
        return {Depth.QUICK: 24, Depth.STANDARD: 120, Depth.DEEP: 400}[self]

    def includes(self, other: Depth) -> bool:
        """Whether a run of this depth asks what needs at least the other."""
        order = list(Depth)
        return order.index(other) <= order.index(self)

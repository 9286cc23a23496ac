"""The depth of a run: the number of generated cases, and whether expensive cases are included."""

from __future__ import annotations

from enum import StrEnum

from conformance.options import OPTIONS

SEED: int = OPTIONS["seed"].default
"""The default seed of generated cases; it is fixed, so that two runs send the same requests."""


class Depth(StrEnum):
    """How many generated cases a run sends.

    `DEEP` also includes expensive cases: large schemas and hundreds of choices.
    """

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"

    @property
    def valid(self) -> int:
        """Maximum number of valid bodies that are generated per operation."""
        return {Depth.QUICK: 12, Depth.STANDARD: 40, Depth.DEEP: 120}[self]

    @property
    def faulty(self) -> int:
        """Maximum number of generated bodies with one fault, per operation."""
        return {Depth.QUICK: 24, Depth.STANDARD: 120, Depth.DEEP: 400}[self]

    def includes(self, other: Depth) -> bool:
        """Return whether a run of this depth includes the cases that require the given depth."""
        order = list(Depth)
        return order.index(other) <= order.index(self)

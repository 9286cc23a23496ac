"""The depth of a run: the number of generated cases, and whether expensive cases are included."""

from __future__ import annotations

from enum import StrEnum

from conformance.options import OPTIONS

SEED: int = OPTIONS["seed"].default
"""The default seed of generated cases; it is fixed, so that two runs send the same requests."""

SMOKE_REQUESTS = 40
"""The most requests of a smoke run, with those of the first look and those that delete objects."""


class Depth(StrEnum):
    """The depth of a run, which determines how much of the suite it tests.

    `SMOKE` is the part of `QUICK` that finds the most faults with few requests. `STANDARD` and `DEEP` send more
    generated cases than `QUICK`. `DEEP` also includes expensive cases: large schemas and hundreds of choices.
    """

    SMOKE = "smoke"
    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"

    @property
    def tests(self) -> Depth:
        """The depth whose checks and cases the run uses: `QUICK` for a smoke run, which runs a part of a quick run."""
        return Depth.QUICK if self is Depth.SMOKE else self

    @property
    def valid(self) -> int:
        """Maximum number of valid bodies that are generated per operation."""
        return {Depth.QUICK: 6, Depth.STANDARD: 40, Depth.DEEP: 120}[self.tests]

    @property
    def faulty(self) -> int:
        """Maximum number of generated bodies with one fault, per operation."""
        return {Depth.QUICK: 16, Depth.STANDARD: 120, Depth.DEEP: 400}[self.tests]

    def includes(self, other: Depth) -> bool:
        """Return whether a run of this depth includes the cases that require the given depth."""
        order = list(Depth)
        return order.index(other) <= order.index(self.tests)

"""Mutants that honour two parameters apart, and lose one of them if a request has both."""

from __future__ import annotations

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.mutants.registry import mutant


@mutant("seed-loses-choices", breaks={"generated.pairs"}, source="plausible: one seeded generator for all choices")
class SeedLosesChoices(Generations):
    """A request with `seed` and `n: 2` gets one choice."""

    def choice_count(self, request: ChatRequest) -> int:
        return 1 if request.get("seed", None) is not None else super().choice_count(request)

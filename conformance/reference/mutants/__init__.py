"""Endpoints that are wrong in one way each: the proof that a check can fail, and only when it should."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants.registry import ALSO, MUTANTS, Mutant, beside, load, mutant
from conformance.reference.part import Kind
from conformance.reference.settings import Settings

load(sys.modules[__name__])


def endpoint_with(*names: str, settings: Settings | None = None, parts: Sequence[Kind] = ()) -> Endpoint:
    """An endpoint with these mutants; where several replace one part, the first is asked first; with no names, the right one.

    `parts` are those of packs; mutants are asked before them.

    Raises:
        KeyError: a name that is not in MUTANTS; the message lists similar ones.

    """
    unknown = [name for name in names if name not in MUTANTS]
    if unknown:
        raise KeyError(f"No mutant is called {unknown[0]!r}. Known: {', '.join(sorted(MUTANTS))}")
    return Endpoint(settings, [cls for name in names for cls in MUTANTS[name].classes], parts)


__all__ = ["ALSO", "MUTANTS", "Mutant", "beside", "endpoint_with", "load", "mutant"]

"""Mutants: endpoints with one fault each, which prove that a check can fail, and only when it should."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants.registry import ALSO, MUTANTS, Mutant, beside, load, mutant
from conformance.reference.part import Kind
from conformance.reference.settings import Settings

load(sys.modules[__name__])


def endpoint_with(*names: str, settings: Settings | None = None, parts: Sequence[Kind] = ()) -> Endpoint:
    """Return an endpoint with these mutants; without names, the reference endpoint itself.

    If several mutants replace one part, the first has precedence. `parts` are parts of packs; mutants precede them.

    Raises:
        KeyError: a name that is not in MUTANTS; the message lists similar ones.

    """
    unknown = [name for name in names if name not in MUTANTS]
    if unknown:
        raise KeyError(f"No mutant is called {unknown[0]!r}. Known: {', '.join(sorted(MUTANTS))}")
    return Endpoint(settings, [cls for name in names for cls in MUTANTS[name].classes], parts)


__all__ = ["ALSO", "MUTANTS", "Mutant", "beside", "endpoint_with", "load", "mutant"]

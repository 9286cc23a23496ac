"""Mutants: endpoints with one fault each, which show that a check fails when it should, and only then."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants.registry import ALSO, MUTANTS, Mutant, beside, load, mutant
from conformance.reference.part import Kind
from conformance.reference.settings import Settings

load(sys.modules[__name__])


def endpoint_with(*names: str, settings: Settings | None = None, parts: Sequence[Kind] = ()) -> Endpoint:
    """Return an endpoint with these mutants; without names, return the reference endpoint itself.

    If several mutants replace the same part, the first mutant has precedence. `parts` lists the parts of packs; mutants
    have precedence over them.

    Raises `KeyError` for a name that is not in MUTANTS; the message lists similar names.

    """
    unknown = [name for name in names if name not in MUTANTS]
    if unknown:
        raise KeyError(f"No mutant is called {unknown[0]!r}. Known: {', '.join(sorted(MUTANTS))}")
    return Endpoint(settings, [cls for name in names for cls in MUTANTS[name].classes], parts)


__all__ = ["ALSO", "MUTANTS", "Mutant", "beside", "endpoint_with", "load", "mutant"]

"""A mutant is the reference endpoint with one fault.

Mutants show whether each check fails if its requirement is violated, and passes if its requirement is met.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants.registry import ALSO, MUTANTS, Mutant, beside, load, mutant
from conformance.reference.part import Kind
from conformance.reference.settings import Settings

load(sys.modules[__name__])


def endpoint_with(*names: str, settings: Settings | None = None, parts: Sequence[Kind] = ()) -> Endpoint:
    """Return an endpoint with the faults of the given mutants.

    If no names of mutants are given, the endpoint is the reference endpoint without faults.

    If several mutants replace the same part, the first one takes precedence. `parts` lists the parts of packs; if a
    pack and a mutant replace the same part, the mutant takes precedence.

    Raises `KeyError` for a name that is not in MUTANTS; the message lists the known names.
    """
    unknown = [name for name in names if name not in MUTANTS]
    if unknown:
        raise KeyError(f"No mutant is called {unknown[0]!r}. Known: {', '.join(sorted(MUTANTS))}")
    return Endpoint(settings, [cls for name in names for cls in MUTANTS[name].classes], parts)


__all__ = ["ALSO", "MUTANTS", "Mutant", "beside", "endpoint_with", "load", "mutant"]

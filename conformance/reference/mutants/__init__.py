"""Endpoints that are wrong in one way each: the proof that a check can fail, and only when it should."""

from __future__ import annotations

import importlib
import pkgutil

from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants.also import FILE
from conformance.reference.mutants.registry import ALSO, MUTANTS, Mutant, load_also, mutant
from conformance.reference.settings import Settings

load_also(FILE)
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def endpoint_with(*names: str, settings: Settings | None = None) -> Endpoint:
    """An endpoint with these mutants; where several replace one part, the first is asked first; with no names, the right one.

    Raises:
        KeyError: a name that is not in MUTANTS; the message lists similar ones.

    """
    unknown = [name for name in names if name not in MUTANTS]
    if unknown:
        raise KeyError(f"No mutant is called {unknown[0]!r}. Known: {', '.join(sorted(MUTANTS))}")
    return Endpoint(settings, [cls for name in names for cls in MUTANTS[name].classes])


__all__ = ["ALSO", "MUTANTS", "Mutant", "endpoint_with", "mutant"]

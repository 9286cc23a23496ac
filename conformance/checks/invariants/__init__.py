"""All invariants, in modules by what they look at. A module that is added here is found."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from conformance.checks.judgement import Invariant, registered


def all_invariants() -> dict[str, Invariant]:
    """All invariants by requirement id."""
    _load()
    return registered()


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("test_"):
            import_module(f"{__name__}.{module.name}")

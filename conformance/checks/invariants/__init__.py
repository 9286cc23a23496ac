"""All invariants, in one module per subject.

New modules in the folder `invariants` are found automatically; packs have separate folders.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from conformance.checks.judgement import Invariant, registered
from conformance.contract.pack import Pack
from conformance.contract.pack_code import import_checks
from conformance.contract.packs import packs


def all_invariants() -> dict[str, Invariant]:
    """Return all invariants by requirement id, including the invariants of packs.

    Raises `SpecError` if the code of a pack cannot be imported.
    """
    _load(packs())
    return registered()


@cache
def _load(known: tuple[Pack, ...]) -> None:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("test_"):
            import_module(f"{__name__}.{module.name}")
    for pack in known:
        import_checks(pack)

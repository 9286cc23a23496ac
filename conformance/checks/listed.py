"""Lists all checks and probes without importing their modules, if an earlier process has imported the same modules."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from conformance.cached import kept
from conformance.checks.index import ROOT, Check, CheckKind, are_imported, checks
from conformance.config import Depth
from conformance.contract.pack import Pack
from conformance.contract.packs import packs, suite_packs
from conformance.engine import Probe, Transport, probes
from conformance.engine.probe import register
from conformance.specs import SPECS


def listed_checks() -> tuple[Check, ...]:
    """Return the same as `checks`, but import no modules if an earlier process imported them and they are unchanged.

    A module that is not imported at once is imported when one of its checks or probes is first needed. Packs that do
    not come with the suite are always imported.
    """
    return _listed(packs())


@cache
def _listed(known: tuple[Pack, ...]) -> tuple[Check, ...]:
    if known != suite_packs() or are_imported():
        return checks()
    found, staged = kept("checks", _sources(known), _plain)
    for name, transports, module, needs in staged:
        register(Probe(name, None, tuple(map(Transport, transports)), module, needs))
    return tuple(
        Check(
            name, CheckKind(kind), module, function, Path(file), line, used, tuple(map(Transport, by)), ok, Depth(depth)
        )
        for name, kind, module, function, file, line, used, by, ok, depth in found
    )


def _plain() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return all checks and all probes as plain data."""
    found = [
        (
            *(each.requirement, str(each.kind), each.module, each.function, str(each.file), each.line, each.probes),
            *(tuple(map(str, each.transports)), each.acceptance, str(each.depth)),
        )
        for each in checks()
    ]
    staged = [each for each in probes().values() if each.module.startswith("conformance.")]
    return found, [(each.name, tuple(map(str, each.transports)), each.module, each.needs) for each in staged]


def _sources(known: tuple[Pack, ...]) -> list[Path]:
    """Return the files on which the list of checks and probes may depend."""
    code = [ROOT.parent / room for room in ("api", "checks", "config", "contract", "engine", "reply", "verdict")]
    code += [pack.code for pack in known if pack.code]
    return [*sorted(file for room in code for file in room.rglob("*.py")), *sorted(SPECS.rglob("*.yaml"))]

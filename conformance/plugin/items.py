"""What a collected test says about itself: its requirement, its case, its probes."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Registry
from conformance.engine import ProbeKey, Transport, probes
from conformance.target import Depth, Target

_CHECKS = Path(__file__).resolve().parent.parent / "checks"


def _params(item: pytest.Item) -> dict[str, Any]:
    return getattr(getattr(item, "callspec", None), "params", {})


def requirement_of(item: pytest.Item) -> str:
    """The requirement that a test proves; "" for a test that proves none."""
    mark = item.get_closest_marker("requirement")
    return str(mark.args[0]) if mark else str(_params(item).get("invariant", ""))


def required_by(function: object) -> str:
    """The requirement that a test function is marked with; "" for anything else."""
    marks = getattr(function, "pytestmark", None)
    named = (mark.args[0] for mark in marks if mark.name == "requirement") if isinstance(marks, list) else ()
    return str(next(iter(named), ""))


def tests_of(file: Path) -> list[str]:
    """The requirements of the tests in a file of the suite's own; [] when it is not loaded, or has tests of any."""
    if not file.is_relative_to(_CHECKS):
        return []
    name = ".".join(("conformance", "checks", *file.relative_to(_CHECKS).with_suffix("").parts))
    module = sys.modules.get(name)
    tests = [each for key, each in vars(module).items() if key.startswith("test_")] if module else []
    found = [required_by(each) for each in tests]
    return found if all(found) else []


def is_invariant(item: pytest.Item) -> bool:
    """Whether a test judges all exchanges of the run."""
    fixtures = getattr(item, "fixturenames", ())
    return "invariant" in _params(item) or "tallied" in fixtures or "all_exchanges" in fixtures


def case_of(item: pytest.Item) -> str:
    """What tells this test from others of the same requirement: the transport, where there is a choice."""
    mark = item.get_closest_marker("requirement")
    both = (
        len(transports_of(list(getattr(item, "fixturenames", ())), mark.kwargs.get("transport") if mark else None)) > 1
    )
    return str(_params(item).get("conformance_transport", "")) if both else ""


def keys_of(item: pytest.Item) -> list[ProbeKey]:
    """The probes that a test waits for."""
    transport = _params(item).get("conformance_transport", Transport.JSON)
    known = probes()
    names = getattr(item, "fixturenames", ())
    return [ProbeKey(name, known[name].transport(transport)) for name in names if name in known]


def transports_of(fixturenames: list[str], only: str | None) -> list[Transport]:
    """The transports in which to run a test that uses these fixtures."""
    if only:
        return [Transport(only)]
    used = [probe for name, probe in probes().items() if name in fixturenames]
    both = any(len(probe.transports) > 1 for probe in used)
    return list(Transport) if both or not used else [used[0].transports[0]]


def applies(item: pytest.Item, target: Target, registry: Registry) -> bool:
    """Whether a test is asked of this target: its requirement is in the target's contracts, and its depth in the run's."""
    if item.get_closest_marker("deep") and not target.deep:
        return False
    if item.get_closest_marker("standard") and not target.deep and target.depth is Depth.QUICK:
        return False
    name = requirement_of(item)
    return name not in registry or registry[name].contract in target.profile.contracts


def is_wanted(item: pytest.Item, wanted: Collection[str]) -> bool:
    """Whether a test's requirement, or an area that it is in, is among those asked for; all are where none is named."""
    return not wanted or is_named(requirement_of(item), wanted)


def is_named(requirement: str, wanted: Collection[str]) -> bool:
    """Whether a requirement, or an area that it is in, is among those named."""
    steps = requirement.split(".")
    return any(".".join(steps[:count]) in wanted for count in range(1, len(steps) + 1))

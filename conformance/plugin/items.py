"""Finds the requirement, check and case of a collected test, and whether the test is selected."""

from __future__ import annotations

from collections.abc import Collection, Generator

import pytest

from conformance.checks.index import Check, by_requirement
from conformance.config import Target
from conformance.contract import Registry, is_named
from conformance.engine import ProbeKey


class RequirementNames:
    """Gives each test of the suite a name that consists of the test's requirement and transport."""

    @pytest.hookimpl(wrapper=True)
    def pytest_pycollect_makeitem(self) -> Generator[None, object, object]:
        """Rename each test when it is created, so that node ids, `-k` and `--lf` use the same name."""
        made = yield
        for item in made if isinstance(made, list) else ():
            if isinstance(item, pytest.Function) and check_of(item):
                _rename(item)
        return made


def _rename(item: pytest.Function) -> None:
    item.extra_keyword_matches.add(item.originalname)  # `-k` still knows the function
    transport = _params(item).get("conformance_transport")
    item.name = f"{requirement_of(item)}[{transport}]" if transport else requirement_of(item)
    item._nodeid = f"{item.parent.nodeid}::{item.name}" if item.parent else item.name
    # pytest takes a dotted name at the end of a node id for a class and its method, unless a word stands before it.
    path, line, _ = item.location
    item.location = (path, line, f"requirement {item.name}")


def _params(item: pytest.Item) -> dict[str, object]:
    return getattr(getattr(item, "callspec", None), "params", {})


def requirement_of(item: pytest.Item) -> str:
    """Return the requirement of a test; "" if the test has none."""
    mark = item.get_closest_marker("requirement")
    return str(mark.args[0]) if mark else ""


def check_of(item: pytest.Item) -> Check | None:
    """Return the check of a test; None for a test outside the suite."""
    return by_requirement().get(requirement_of(item))


def case_of(item: pytest.Item) -> str:
    """Return the case that distinguishes this test from others of the same requirement: the transport, if there are several."""
    check = check_of(item)
    return str(_params(item)["conformance_transport"]) if check and len(check.cases) > 1 else ""


def judges_the_run(item: pytest.Item) -> bool:
    """Return whether a test judges all exchanges of the run."""
    check = check_of(item)
    return check is not None and check.judges_the_run


def keys_of(item: pytest.Item) -> tuple[ProbeKey, ...]:
    """Return the probes whose results a test needs."""
    check = check_of(item)
    return check.keys(case_of(item)) if check else ()


def applies(item: pytest.Item, target: Target, registry: Registry) -> bool:
    """Return whether the test applies: its contract is enabled for the target and its depth is included in this run."""
    check = check_of(item)
    return check is None or check.applies(target, registry)


def is_wanted(item: pytest.Item, wanted: Collection[str]) -> bool:
    """Return whether a test is selected by its requirement or area; without a selection, every test is selected."""
    return not wanted or is_named(requirement_of(item), wanted)

"""Selects the checks that an audit collects, with their transports and their order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from conformance.checks import index
from conformance.checks.index import Check
from conformance.checks.invariants import test_invariants
from conformance.config import Target
from conformance.contract import Registry, is_named
from conformance.contract.packs import packs
from conformance.plugin.items import applies, case_of, check_of, is_wanted, judges_the_run, requirement_of

SUITE = "conformance.checks"


def collect_packs(config: pytest.Config, target: Target) -> None:
    """Collect the checks of packs that apply to the target, in addition to the suite's checks.

    Raises `SpecError` if the checks of a pack cannot be imported.
    """
    index.checks()
    test_invariants.declare_all()
    if SUITE in config.args:
        wanted = (pack for pack in packs() if pack.checks and pack.name in target.profile.contracts)
        config.args += [str(pack.checks) for pack in wanted]


class Selection:
    """The pytest hooks that select tests.

    `wanted` lists the selected requirements and areas; if it is empty, all are selected.

    `part` lists the test cases of a smoke run; it is None for any other run.
    """

    def __init__(
        self,
        target: Target,
        registry: Registry,
        wanted: frozenset[str],
        part: Collection[tuple[str, str]] | None = None,
    ) -> None:
        self._target = target
        self._part = part
        self._registry = registry
        self._wanted = wanted

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test once for each transport of its probes."""
        if "conformance_transport" in metafunc.fixturenames:
            checks = index.of_function(metafunc.function)
            choices = checks[0].transports if checks else index.transports(metafunc.fixturenames)
            metafunc.parametrize("conformance_transport", choices, ids=[str(c) for c in choices], scope="session")

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Do not collect modules without a selected requirement."""
        return True if self._unwanted(index.of_file(collection_path)) else None

    def pytest_pycollect_makeitem(self, obj: object) -> list[pytest.Item] | None:
        """Skip tests of requirements that are not selected.

        Collecting all tests would take most of the time of a small run.
        """
        return [] if self._unwanted(index.of_function(obj)) else None

    def _unwanted(self, checks: Sequence[Check]) -> bool:
        """Return whether these are checks, and none of them is selected."""
        return bool(checks and self._wanted) and not any(is_named(each.requirement, self._wanted) for each in checks)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep only the tests of requirements that are selected and apply to the target.

        Tests that judge the exchanges of the whole run, such as invariants, run last.
        """
        kept = [item for item in items if applies(item, self._target, self._registry) and is_wanted(item, self._wanted)]
        if self._part is not None:
            kept = [
                item for item in kept if check_of(item) is None or (requirement_of(item), case_of(item)) in self._part
            ]
        if len(kept) < len(items):
            chosen = set(kept)
            config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = sorted(kept, key=judges_the_run)

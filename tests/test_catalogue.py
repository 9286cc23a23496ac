"""Requirements and checks belong together: none without the other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from conformance.checks.invariant import invariants
from conformance.contract import load_registry

COLLECT = """
import json, sys, pytest
class Collector:
    def pytest_collection_modifyitems(self, items):
        from conformance.plugin.items import requirement_of
        self.found = [(item.nodeid.partition("[")[0], requirement_of(item)) for item in items]
collector = Collector()
arguments = ["--pyargs", "conformance.checks", "--collect-only", "-q", "-p", "no:schemathesis", "-p", "no:cacheprovider",
             "--target", "http://127.0.0.1:9/v1", "--target-deep", "--target-profile", sys.argv[1]]
pytest.main(arguments, plugins=[collector])
print(json.dumps(collector.found))
"""


@pytest.fixture(scope="module")
def checks() -> list[tuple[str, str]]:
    """(test, requirement) of every check of every contract, as pytest collects them."""
    found: list[tuple[str, str]] = []
    for profile in ("openai", "telnyx", "vllm"):
        done = subprocess.run([sys.executable, "-c", COLLECT, profile], capture_output=True, text=True, check=True)
        found += [(test, requirement) for test, requirement in json.loads(done.stdout.splitlines()[-1])]
    return found


def test_every_requirement_has_a_check(checks: list[tuple[str, str]]) -> None:
    """Except those that say why they cannot be seen from outside."""
    checked = {requirement for _, requirement in checks}
    missing = [r.id for r in load_registry().values() if not r.excluded and r.id not in checked]
    assert not missing, f"requirements without a check: {missing}"


def test_every_check_has_a_requirement(checks: list[tuple[str, str]]) -> None:
    """A check that proves nothing in the catalogue is none."""
    registry = load_registry()
    stray = sorted(
        {f"{test} ({requirement or 'no requirement'})" for test, requirement in checks if requirement not in registry}
    )
    assert not stray, f"checks without a requirement: {stray}"


def test_no_excluded_requirement_has_a_check(checks: list[tuple[str, str]]) -> None:
    """What cannot be seen from outside is not judged."""
    registry = load_registry()
    assert not [requirement for _, requirement in checks if requirement in registry and registry[requirement].excluded]


def test_one_check_for_each_requirement(checks: list[tuple[str, str]]) -> None:
    """Two tests for one requirement would hide each other's reasons."""
    tests = Counter(requirement for _, requirement in set(checks))
    assert not [requirement for requirement, count in tests.items() if count > 1]


def test_invariants_are_requirements() -> None:
    """Each under its own id."""
    assert set(invariants()) <= set(load_registry())


def test_what_rests_on_wit_is_no_must() -> None:
    """`model: high` is SHOULD at most."""
    assert not [r.id for r in load_registry().values() if r.model == "high" and r.level == "MUST"]

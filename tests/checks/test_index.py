"""The index of checks says what pytest collects, without pytest."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.checks import index
from conformance.checks.index import CheckKind, checks, declare
from conformance.checks.invariants import all_invariants
from conformance.config import Depth, Target, load_profile
from conformance.contract import load_registry
from conformance.engine import ProbeKey, Transport, probes

# Profile and depth select independently of each other.
RUNS = (*(("openai", depth) for depth in Depth), ("telnyx", Depth.DEEP), ("vllm", Depth.DEEP))

# Of every test, what pytest itself knows; and whether the plugin kept it.
COLLECT = """
import json, sys, pytest
class Collector:
    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        self.items = list(items)
    def pytest_collection_finish(self, session):
        kept = {id(item) for item in session.items}
        self.found = [
            {
                "marks": {mark.name: [mark.args, mark.kwargs] for mark in item.iter_markers() if mark.name != "parametrize"},
                "fixtures": list(item.fixturenames),
                "params": {name: str(value) for name, value in item.callspec.params.items()} if hasattr(item, "callspec") else {},
                "kept": id(item) in kept,
            }
            for item in self.items
        ]
found = {}
for name in sys.argv[1:]:
    profile, depth = name.split()
    collector = Collector()
    pytest.main(
        ["--pyargs", "conformance.checks", "--collect-only", "-qq", "-p", "no:schemathesis", "-p", "no:cacheprovider",
         "--target", "http://127.0.0.1:9/v1", "--target-depth", depth, "--target-profile", profile],
        plugins=[collector],
    )
    found[name] = collector.found
sys.stderr.write(json.dumps(found))
"""


@dataclass(frozen=True)
class Collected:
    """A test, as its marks and fixtures have it."""

    requirement: str
    case: str
    keys: frozenset[ProbeKey]
    run: bool
    acceptance: bool


@cache
def collection() -> dict[str, list[dict[str, Any]]]:
    """Every test that pytest finds, of the profiles and depths that are run."""
    names = [f"{profile} {depth}" for profile, depth in RUNS]
    done = subprocess.run([sys.executable, "-c", COLLECT, *names], capture_output=True, text=True, check=True)
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stderr.splitlines()[-1])
    return found


profile_named = cache(load_profile)


def read(test: dict[str, Any]) -> Collected:
    """What pytest's facts say of a test, by the rules of marks and fixtures."""
    checks()  # so that all probes are known
    known = probes()
    args, kwargs = test["marks"]["requirement"]
    used = [known[name] for name in test["fixtures"] if name in known]
    only = kwargs.get("transport")
    both = not only and any(len(probe.transports) > 1 for probe in used)
    transport = Transport(test["params"].get("conformance_transport", "json"))
    return Collected(
        requirement=args[0],
        case=str(transport) if both else "",
        keys=frozenset(ProbeKey(probe.name, probe.transport(transport)) for probe in used),
        run=bool({"tallied", "all_exchanges"} & set(test["fixtures"])) or "invariant" in test["params"],
        acceptance=bool(kwargs.get("acceptance")),
    )


def wanted(test: dict[str, Any], profile: str, depth: str) -> bool:
    """Whether a run of that profile and depth asks it."""
    contract = load_registry()[read(test).requirement].contract
    deep_enough = depth == "deep" or (
        "deep" not in test["marks"] and (depth == "standard" or "standard" not in test["marks"])
    )
    return deep_enough and contract in profile_named(profile).contracts


@pytest.mark.parametrize(("profile", "depth"), RUNS)
def test_it_has_what_pytest_collects(profile: str, depth: Depth) -> None:
    """The same requirements, cases, probes and kinds of checks, of the profiles and depths that are run."""
    tests = collection()[f"{profile} {depth}"]
    target = Target(url="", profile=profile_named(profile), depth=depth, deep=depth is Depth.DEEP)
    by_index = [
        Collected(check.requirement, case, frozenset(check.keys(case)), check.judges_the_run, check.acceptance)
        for check in checks()
        if check.applies(target, load_registry())
        for case in check.cases
    ]
    by_pytest = [read(test) for test in tests if wanted(test, profile, depth)]
    assert len(set(by_index)) == len(by_index)
    assert set(by_index) == set(by_pytest)
    assert len(by_index) == len(by_pytest)
    kept = [read(test) for test in tests if test["kept"]]
    assert set(kept) < set(by_pytest) if depth is Depth.SMOKE else kept == by_pytest


def test_every_check_is_found_by_its_function_and_file() -> None:
    """The test that pytest runs, or the generator function that an invariant is."""
    for check in checks():
        module = sys.modules[check.module]
        function = getattr(module, check.function)
        assert check in index.of_function(function)
        assert check in index.of_file(Path(str(module.__file__)))
        line = check.file.read_text(encoding="utf-8").splitlines()[check.line - 1].lstrip()
        assert line.startswith(("@", "def ")), check.place


def test_the_kinds_are_told_apart() -> None:
    """Invariants judge the run, in no transport of their own; so do some scenarios."""
    kinds = {kind: {check.requirement for check in checks() if check.kind is kind} for kind in CheckKind}
    tallied = {"contract.status", "contract.media-type", "http.isolation.hung-up", "http.isolation.whole-run"}
    responses = {"id-reused", "created-now", "model-served"}
    tallied |= {"chat.usage.repeatable", *(f"chat.response.{name}" for name in responses)}
    assert tallied == kinds[CheckKind.TALLIED]
    assert kinds[CheckKind.INVARIANT] == set(all_invariants())
    for check in checks():
        assert check.judges_the_run == (check.kind is not CheckKind.PROBES)
        if check.kind is CheckKind.INVARIANT:
            assert check.cases == ("",)
            assert not check.keys()


def test_two_checks_of_one_requirement_are_an_error() -> None:
    """They would hide each other's reasons; the same module may be loaded twice."""

    def other() -> None: ...

    first = index.by_requirement()["chat.stop.array"]
    other.__module__ = "conformance.checks.scenarios.chat.test_tools"
    with pytest.raises(ValueError, match=r"two checks of chat\.stop\.array: .*test_stop\.\w+ and .*test_tools"):
        declare("chat.stop.array", other)
    assert index.by_requirement()["chat.stop.array"] is first


def test_the_suite_imports_no_pytest() -> None:
    """Whoever sends its probes does without: an audit's first request is out before pytest is imported."""
    code = "import sys; from conformance.checks.index import checks; print(len(checks()), 'pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(checks())), "False"]


def test_functions_outside_the_suite_are_not_declared() -> None:
    """A user's own test with our decorator is no check of the suite."""

    def other() -> None: ...

    declare("chat.stop.array", other)
    assert index.of_function(other) == ()

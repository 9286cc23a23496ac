"""Generated bodies of other operations than chat, against an endpoint that is right and mutants that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import conformance.checks.conftest  # declares the probe that looks for a model of embeddings
import conformance.checks.scenarios.models.test_models  # noqa: F401 - declares the probe of the model list
from conformance.checks import Broken
from conformance.checks.generated import test_generated_operations as checks
from conformance.checks.generated.cases import OTHERS, other_bodies, other_faults
from conformance.cli import app
from conformance.config import Depth, Target, load_profile
from conformance.engine import Engine, ProbeKey, Transport
from conformance.record import read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer

CONTROL: dict[str, dict[str, Any]] = {
    "responses": {"model": "m", "input": "Say hello.", "max_output_tokens": 32, "store": False},
    "completions": {"model": "m", "prompt": "Once upon a time", "max_tokens": 4},
    "embeddings": {"model": "m", "input": "A lake."},
}


def staged(operation: str, *mutants: str) -> tuple[checks.OperationCases, Target]:
    """What one operation of an endpoint answered."""
    with ReferenceServer(endpoint_with(*mutants)) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        with Engine(target, lambda _: None) as engine:
            return engine.result(ProbeKey(f"generated_{operation}", Transport.JSON)), target


def causes(
    check: Callable[[checks.OperationCases, Target], None], given: tuple[checks.OperationCases, Target]
) -> list[str]:
    """What the check finds; [] when it holds."""
    try:
        check(*given)
    except Broken as broken:
        return [finding.cause for finding in broken.findings]
    return []


@pytest.mark.parametrize("operation", list(CONTROL))
@pytest.mark.parametrize("profile", ["openai", "telnyx", "vllm"])
def test_bodies_are_bounded_cheap_and_the_same_for_one_seed(profile: str, operation: str) -> None:
    """At most 20 output tokens and one choice each, nothing stored; each fault is in one parameter as a whole."""
    right = other_bodies(load_profile(profile), "m", operation, Depth.STANDARD)
    assert 0 < len(right) <= OTHERS[Depth.STANDARD][0]
    assert right == other_bodies(load_profile(profile), "m", operation, Depth.STANDARD)
    for body in right:
        assert {"n", "best_of", "tools", "previous_response_id", "conversation"}.isdisjoint(body)
        assert operation != "responses" or body["store"] is False
        assert operation == "embeddings" or body.get("max_output_tokens", body.get("max_tokens")) <= 20
    faults = other_faults(load_profile(profile), "m", operation, CONTROL[operation], Depth.STANDARD)
    assert 0 < len(faults) <= OTHERS[Depth.STANDARD][1]
    assert all(fault.pointer.count("/") <= 1 for fault in faults)
    assert [fault.name for fault in faults if fault.keyword == "json"] == ["json"]


def test_a_limit_below_openais_own_is_no_fault() -> None:
    """Engines that allow fewer than 16 tokens do no harm."""
    made = other_faults(load_profile("openai"), "m", "responses", CONTROL["responses"], Depth.DEEP)
    assert "/max_output_tokens type" in {fault.name for fault in made}
    assert not [fault.name for fault in made if fault.name.startswith("/max_output_tokens minimum")]


@pytest.mark.parametrize("operation", list(CONTROL))
def test_a_right_endpoint_keeps_both(operation: str) -> None:
    """And nothing is sent twice."""
    given = staged(operation)
    assert (causes(checks.expect_answered, given), causes(checks.expect_faults_refused, given)) == ([], [])
    assert given[0].again == ()


def test_a_right_body_that_is_refused_is_one_cause_with_its_smallest_body() -> None:
    """And it is sent once more before it is told."""
    given = staged("responses", "response-one-sampler")
    (cause,) = causes(checks.expect_answered, given)
    assert "cannot both be specified" in cause
    assert len(given[0].again) == 1
    assert {"temperature", "top_p"} <= given[0].again[0].body.keys()


def test_faults_that_are_let_through_are_told_by_constraint() -> None:
    """Bounds that are not checked, and nothing else."""
    found = causes(checks.expect_faults_refused, staged("completions", "completion-sampling-clamped"))
    assert found == ["a violation of maximum is answered 200", "a violation of minimum is answered 200"]


def test_a_case_of_another_operation_is_saved_and_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone, next to the plain request of its operation."""
    monkeypatch.chdir(tmp_path)
    environment = {"CONFORMANCE_API_KEY": "sk-reference"}
    with ReferenceServer(endpoint_with("response-top-p-clamped")) as server:
        asked = ["run", server.url, "--only", "generated.responses", "--depth", "standard", "--output", "one", "-q"]
        CliRunner().invoke(app, asked, env=environment)
        saved = sorted(Path("one/cases").glob("*.json"))
        assert [file.stem.partition("-")[0] for file in saved] == ["maximum", "minimum"]
        again = ["run", server.url, "--case", str(saved[0]), "--output", "two", "-q"]
        CliRunner().invoke(app, again, env=environment)
    run = read_run(Path("two/run.ndjson"))
    mine = [each for each in run.exchanges.values() if each.probe.startswith("generated_responses")]
    assert json.loads(saved[0].read_text())["body"] in [each.request.body.decode() for each in mine]
    assert len(mine) == 2
    assert [verdict.requirement for verdict in run.verdicts if verdict.findings] == ["generated.responses.invalid"]

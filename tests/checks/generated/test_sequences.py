"""Drawn sequences on stored objects: the right endpoint keeps its model, and what forgets or remembers wrongly is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.checks.generated.sequences import AFTER, plan
from conformance.plugin.runner import audit
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.target import Depth, Target, load_profile
from conformance.verdict import combine

ALL = ("generated.sequence.conversation", "generated.sequence.response", "generated.sequence.stranger")


def outcomes(folder: Path, *mutants: str, seed: int = 1, depth: Depth = Depth.STANDARD) -> dict[str, str]:
    """The outcome of each sequence requirement."""
    with ReferenceServer(endpoint_with(*mutants)) as server:
        profile = load_profile("openai")
        target = Target(server.url, profile, key=server.api_key, model="reference-1", depth=depth, seed=seed)
        audited = audit(target, folder / "run", only=["generated.sequence"])
    assert not audited.trouble
    return {name: str(verdict.outcome) for name, verdict in combine(audited.verdicts).items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_right_endpoint_keeps_its_model(tmp_path: Path, seed: int) -> None:
    """In whatever order."""
    assert outcomes(tmp_path, seed=seed) == dict.fromkeys(ALL, "pass")


@pytest.mark.parametrize(
    ("mutant", "requirement", "outcome"),
    [
        ("conversation-delete-kept", ALL[0], "warn"),
        ("response-delete-kept", ALL[1], "warn"),
        ("auth-get-open", ALL[2], "fail"),
    ],
)
def test_what_is_wrong_is_found_and_nothing_else(tmp_path: Path, mutant: str, requirement: str, outcome: str) -> None:
    """One requirement for one fault."""
    assert outcomes(tmp_path, mutant) == {**dict.fromkeys(ALL, "pass"), requirement: outcome}


def test_an_update_that_is_lost_is_found_where_the_sequence_updates(tmp_path: Path) -> None:
    """A seed whose plan has an update."""
    seed = next(seed for seed in range(100) if "update" in plan("conversation", seed))
    assert outcomes(tmp_path, "conversation-update-lost", seed=seed)[ALL[0]] == "warn"


def test_a_quick_run_asks_for_none(tmp_path: Path) -> None:
    """They cost requests, and the scenarios look at each operation already."""
    assert outcomes(tmp_path, depth=Depth.QUICK) == {}


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    """And always ends with the deletion and what comes after it."""
    assert plan("conversation", 5) == plan("conversation", 5)
    assert tuple(plan("response", 5)[-3:]) == AFTER
    assert len({tuple(plan("conversation", seed)) for seed in range(20)}) > 10

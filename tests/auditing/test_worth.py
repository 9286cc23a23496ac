"""A run with few requests spends them on the probes that find most, and says which part it tested."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.auditing.counted import Counted
from conformance.auditing.plan import plan
from conformance.auditing.request_plan import request_plan
from conformance.auditing.runner import audit
from conformance.auditing.worth import best, by_worth
from conformance.checks.index import by_requirement, checks
from conformance.cli import app
from conformance.cli.run import reference_target
from conformance.config import Budget, Depth, Target, load_profile
from conformance.config.depth import SMOKE_REQUESTS
from conformance.contract import load_registry
from conformance.engine import ProbeKey, Transport
from conformance.record import read_run
from conformance.verdict import Outcome, Reason

MOST_REQUESTS = 0.8
"""The most requests of a quick run for each requirement."""


def target_of(depth: Depth = Depth.QUICK, requests: int | None = None, profile: str = "openai") -> Target:
    budget = Budget(requests)
    return Target(url="http://x/v1", profile=load_profile(profile), model="m", depth=depth, budget=budget)


@pytest.mark.parametrize("profile", ["openai", "telnyx", "vllm"])
def test_the_best_probes_fit_the_budget_and_bring_what_they_need(profile: str) -> None:
    """With deletions and the first look; a larger budget is used."""
    target = target_of(profile=profile)
    keys = plan(target, load_registry(), ()).keys
    few, many = best(keys, target, SMOKE_REQUESTS), best(keys, target, 100)
    for chosen, most in ((few, SMOKE_REQUESTS), (many, 100)):
        counted = Counted.of(target)
        assert most - 3 <= len(counted.first | counted.places(chosen)) <= most
    assert set(best(keys, target, 10_000)) >= set(keys)
    assert [key for group in by_worth(keys, profile) for key in group if key not in keys] == []
    assert sorted(key for group in by_worth(keys, profile) for key in group) == sorted(keys)


def test_a_deletion_by_a_probe_is_counted_once() -> None:
    """A run deletes the object at its end only if the probe that deletes the object is not part of the run."""
    checks()
    maker, deleter = (ProbeKey(name, Transport.JSON) for name in ("stored_chats", "stored_chat_deleted"))
    stagings, deletes = {str(maker): [0], str(deleter): [0, 1]}, {str(maker): [1]}
    counted = Counted([(1, 1), (1, 1)], stagings, deletes)
    counted.take([maker])
    assert counted.deletions().requests == 1
    counted.take([deleter])
    assert counted.deletions().requests == 0


def test_unknown_probes_come_last() -> None:
    """A pack's probes are not in the order; its profile takes OpenAI's order for all others."""
    own, known = ProbeKey("of_a_pack", Transport.JSON), ProbeKey("response_json_object", Transport.JSON)
    assert by_worth([own, known], "of-a-pack") == [(known,), (own,)]


def test_a_smoke_run_judges_every_case_whose_probes_it_asks() -> None:
    """And nothing else; of a selection that fits, everything."""
    registry = load_registry()
    smoke = plan(target_of(Depth.SMOKE), registry, ())
    whole = plan(target_of(), registry, ())
    assert set(smoke.cases) < set(whole.cases)
    assert set(smoke.keys) < set(whole.keys)
    for name, case in smoke.cases:
        assert set(smoke.keys).issuperset(by_requirement()[name].keys(case)), name
    for name, case in set(whole.cases) - set(smoke.cases):
        check = by_requirement()[name]
        assert check.judges_the_run or not set(smoke.keys).issuperset(check.keys(case)), name
    few = ("chat.stop.excluded",)
    assert plan(target_of(Depth.SMOKE), registry, few).cases == plan(target_of(), registry, few).cases


def test_a_budget_changes_the_order_and_not_the_cases() -> None:
    """The best probes start first, all others when those have ended."""
    registry = load_registry()
    bounded, whole = plan(target_of(requests=50), registry, ()), plan(target_of(), registry, ())
    assert bounded.cases == whole.cases
    assert whole.later == ()
    assert set(bounded.keys).isdisjoint(bounded.later)
    assert set(whole.keys) <= {*bounded.keys, *bounded.later}


def test_a_quick_run_sends_no_more_requests_than_today() -> None:
    """With the first look and deletions, for all requirements of the profile."""
    found = request_plan(target_of(), load_registry())
    assert found.all.requests <= MOST_REQUESTS * found.requirements


def test_a_smoke_run_says_which_part_it_tested(tmp_path: Path) -> None:
    """It sends at most 40 requests, says so in every report, and does not say that the target conforms."""
    folder = tmp_path / "run"
    ran = CliRunner().invoke(app, ["run", "--depth", "smoke", "--output", str(folder)])
    assert ran.exit_code == 0, ran.output
    run = read_run(folder / "run.ndjson")
    assert SMOKE_REQUESTS - 4 <= len(run.exchanges) <= SMOKE_REQUESTS
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert "onforms:" not in report["sentence"]
    assert "Only a part was tested" in report["sentence"]
    assert report["not_tested"]
    for name in ("report.html", "report.json", "summary.md", "junit.xml", "ctrf.json"):
        text = (folder / name).read_text("utf-8")
        assert "Only a part was tested" in text, name
    assert "Only a part was tested" in ran.output
    assert {verdict.outcome for verdict in run.verdicts} <= {Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE}
    open_ones = [verdict for verdict in run.verdicts if verdict.outcome is Outcome.INCONCLUSIVE]
    assert {verdict.reason for verdict in open_ones} <= {Reason.NOT_ASKED}
    assert len(open_ones) < 10


def test_a_budget_is_spent_on_what_finds_most(tmp_path: Path) -> None:
    """A mutant that few requests show is seen with a small budget, and the budget holds, with deletions."""
    with reference_target("openai", ["no-done"]) as reference:
        target = replace(reference, model="reference-1", budget=Budget(30))
        audited = audit(target, tmp_path)
    run = read_run(tmp_path / "run.ndjson")
    assert 25 <= len(run.exchanges) <= 30
    broken = {verdict.requirement for verdict in audited.verdicts if verdict.outcome is Outcome.FAIL}
    assert "chat.stream.done" in broken
    spent = [verdict for verdict in audited.verdicts if verdict.reason is Reason.BUDGET_EXHAUSTED]
    judged = [verdict for verdict in audited.verdicts if verdict.outcome in (Outcome.PASS, Outcome.FAIL)]
    assert spent
    assert len(judged) > 130

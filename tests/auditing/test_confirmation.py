"""Failures of sampled responses are confirmed during the run, with requests that are recorded like all others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing import runner
from conformance.auditing.conduct import audit, judge
from conformance.config import Budget, Target, load_profile
from conformance.engine import ProbeKey
from conformance.judging.recorded_target import recorded_target
from conformance.record import Run, RunWriter, read_run
from conformance.reference import Endpoint
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.language_model.generate import Generation
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, Reason, Verdict
from conformance.wire import Exchange, Redactor

SAMPLED = "chat.stop.every-choice"
FAULT = "stop-first-choice-only"


def target_at(server: ReferenceServer, **more: object) -> Target:
    target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
    return replace(target, **more)  # type: ignore[arg-type] # fields of the target


class StopsOnceTooLate(Generations):
    """The second choice of the first request for several does not stop."""

    late: str = ""

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        if index and "stop" in request.body and not self.late:
            self.late = "it was"
            free = {key: value for key, value in request.body.items() if key != "stop"}
            request = replace(request, body=free)
        return super().generation(request, sampling, index)


def only_verdict(run: Run) -> Verdict:
    (verdict,) = run.verdicts
    return verdict


def judged_again(folder: Path, new: Path) -> Run:
    run = read_run(folder / "run.ndjson")
    only = [str(name) for name in run.header.settings["only"]]
    judged = judge(run, folder / "run.ndjson", recorded_target(run.header, folder), new, only=only)
    assert not judged.trouble
    return read_run(new / "run.ndjson")


@pytest.mark.parametrize(
    ("endpoint", "outcome", "reason"),
    [
        (endpoint_with(FAULT), Outcome.FAIL, None),
        (Endpoint(replaced=[StopsOnceTooLate]), Outcome.INCONCLUSIVE, Reason.FLAKY),
        (Endpoint(), Outcome.PASS, None),
    ],
)
def test_a_failure_is_confirmed_and_the_recorded_run_has_the_same_verdict(
    endpoint: Endpoint, outcome: Outcome, reason: Reason | None, tmp_path: Path
) -> None:
    with ReferenceServer(endpoint) as server:
        assert not audit(target_at(server), tmp_path / "live", only=[SAMPLED]).trouble
    live = read_run(tmp_path / "live" / "run.ndjson")
    verdict = only_verdict(live)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    again = {key.again for each in live.exchanges.values() if (key := ProbeKey.read(each.probe))}
    assert again == set(range(max(1, verdict.asked)))
    assert judged_again(tmp_path / "live", tmp_path / "again").verdicts == live.verdicts


def test_an_invariant_that_depends_on_the_model_is_confirmed_by_the_probe_that_shows_it(tmp_path: Path) -> None:
    with ReferenceServer(endpoint_with("tool-markup-in-content")) as server:
        audit(target_at(server), tmp_path / "live", only=["chat.tools.no-markup", "chat.tools.named"])
    live = read_run(tmp_path / "live" / "run.ndjson")
    verdict = next(each for each in live.verdicts if each.requirement == "chat.tools.no-markup")
    assert (verdict.outcome, verdict.failed, verdict.asked) == (Outcome.FAIL, 3, 3)
    assert judged_again(tmp_path / "live", tmp_path / "again").verdicts == live.verdicts


def test_a_requirement_that_does_not_depend_on_the_model_is_judged_once(tmp_path: Path) -> None:
    with ReferenceServer(endpoint_with("chunk-object-wrong")) as server:
        audited = runner.audit(target_at(server), tmp_path, only=["chat.stream.object"])
    assert [(each.outcome, each.asked) for each in audited.verdicts] == [(Outcome.FAIL, 0)]


def test_a_check_of_all_exchanges_is_not_repeated(tmp_path: Path) -> None:
    """A leak may reach any request of the run; the probes of the check alone may not show it again."""
    with ReferenceServer(endpoint_with("hung-up-rest-in-answer")) as server:
        audited = runner.audit(target_at(server), tmp_path, only=["http.isolation.hung-up"])
    assert [(each.outcome, each.asked) for each in audited.verdicts] == [(Outcome.FAIL, 0)]


def test_a_failure_without_a_budget_for_its_confirmation_does_not_fail(tmp_path: Path) -> None:
    with ReferenceServer(endpoint_with(FAULT)) as server:
        audit(target_at(server), tmp_path / "all", only=[SAMPLED])
        first = sum(
            key is None or not key.again
            for key in map(_key, read_run(tmp_path / "all" / "run.ndjson").exchanges.values())
        )
        audit(target_at(server, budget=Budget(requests=first)), tmp_path / "few", only=[SAMPLED])
    verdict = only_verdict(read_run(tmp_path / "few" / "run.ndjson"))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.BUDGET_EXHAUSTED)
    assert "could not be confirmed" in verdict.detail
    assert verdict.findings


def test_a_failure_in_a_recording_without_confirmation_does_not_fail(tmp_path: Path) -> None:
    """Earlier versions recorded none."""
    with ReferenceServer(endpoint_with(FAULT)) as server:
        audit(target_at(server), tmp_path / "live", only=[SAMPLED])
    live = read_run(tmp_path / "live" / "run.ndjson")
    with RunWriter(tmp_path / "old" / "run.ndjson", Redactor()) as writer:
        writer.write(live.header)
        for exchange in live.exchanges.values():
            key = _key(exchange)
            if key is None or not key.again:
                writer.write(exchange)
        assert live.footer is not None
        writer.write(live.footer)
    verdict = only_verdict(judged_again(tmp_path / "old", tmp_path / "again"))
    assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.PREREQUISITE_FAILED)


def test_a_repeated_run_shows_how_often_each_check_fails(tmp_path: Path) -> None:
    with ReferenceServer(Endpoint(replaced=[StopsOnceTooLate])) as server:
        audit(target_at(server, repeat=3), tmp_path / "live", only=[SAMPLED, "chat.stop.array"])
    live = read_run(tmp_path / "live" / "run.ndjson")
    found = {(each.requirement, each.case): each for each in live.verdicts}
    assert {each.asked for each in found.values()} == {3}
    flaky = found[SAMPLED, ""]
    assert (flaky.outcome, flaky.reason, flaky.failed) == (Outcome.INCONCLUSIVE, Reason.FLAKY, 1)
    assert all(each.outcome is Outcome.PASS for each in found.values() if each is not flaky)
    assert judged_again(tmp_path / "live", tmp_path / "again").verdicts == live.verdicts


def _key(exchange: Exchange) -> ProbeKey | None:
    return ProbeKey.read(exchange.probe)

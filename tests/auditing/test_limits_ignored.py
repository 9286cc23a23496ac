"""A target that ignores token limits does not cost many times what was planned, and that fault is still reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conformance.auditing.conduct import audit
from conformance.auditing.request_plan import requests_to_come, token_plan
from conformance.auditing.standing import Standing
from conformance.cli.endpoints import url_of
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.record import read_run
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.endpoint import Endpoint
from conformance.reference.language_model.generate import Output
from conformance.reference.prompt import Json
from conformance.reference.serve import ReferenceServer
from conformance.report.notes import overspent
from conformance.verdict import Outcome, Reason, combine

ONLY = ("chat.stop", "chat.max-tokens", "chat.max-completion-tokens", "chat.tools", "chat.n", "models", "error")
WORDY = 3_000
"""Tokens that the verbose endpoint reports for each completion, whatever the limit."""


class Wordy(Generations):
    """No parameter limits the length, and each completion has thousands of tokens, most of them hidden thoughts."""

    def token_limit(self, request: ChatRequest) -> int:
        return 8_000

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counted = super().usage(request, outputs)
        return counted | {"completion_tokens": WORDY, "total_tokens": counted["prompt_tokens"] + WORDY}


def test_probes_that_need_a_limit_stop_and_all_others_go_on(tmp_path: Path) -> None:
    """The requirements about limits fail, models are judged, and each other requirement says why it is not."""
    standings: list[Standing] = []
    with ReferenceServer(Endpoint(replaced=[Wordy])) as server:
        profile = load_profile("openai")
        target = Target(url=url_of(server, profile.contracts), profile=profile, key=server.api_key, model="reference-1")
        audited = audit(target, tmp_path, only=ONLY, watch=standings.append)
    planned = token_plan(target, load_registry(), ONLY).planned
    run = read_run(tmp_path / "run.ndjson")
    verdicts = combine(audited.verdicts)
    stopped = {name for name, verdict in verdicts.items() if verdict.reason is Reason.LIMITS_IGNORED}
    assert verdicts["chat.max-tokens.bounds"].outcome is Outcome.FAIL
    models = {verdict.outcome for name, verdict in verdicts.items() if name.startswith("models.")}
    assert Outcome.PASS in models
    assert models <= {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.UNSUPPORTED}
    assert len(stopped) > 10
    assert all("ignores token limits" in verdicts[name].detail for name in stopped)
    assert [name for name in stopped if name.startswith(("chat.max-", "models."))] == []
    assert run.footer is not None
    assert planned is not None
    assert run.footer.summary["output_tokens"] < 2 * planned + 25 * WORDY
    assert overspent(run)
    sent = len(run.exchanges)
    last = standings[-1]  # the probes that ended early no longer count
    assert 0.7 * sent <= last.requests + requests_to_come(target, last.unfinished) <= 1.3 * sent


def test_the_plan_knows_the_probes_that_judge_limits() -> None:
    """They are never stopped."""
    target = Target(url="http://x/v1", profile=load_profile("openai"), model="m")
    plan = token_plan(target, load_registry())
    assert {"cut_short", "limited_new", "one_token", "both_limits", "response_cut", "completed"} <= plan.judges
    assert len(plan.judges) < 20
    assert (plan.planned or 0) > 5_000

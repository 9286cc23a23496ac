"""A recorded run is judged again without a network, and every verdict is the live one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.auditing import runner
from conformance.auditing.conduct import audit, judge
from conformance.cli import app
from conformance.config import Target, TargetError, load_profile
from conformance.engine import Engine, NotRecorded
from conformance.judging.recorded_target import recorded_target
from conformance.record import RedactedRun, RunWriter, read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import ExitCode, Reason, Verdict
from conformance.wire import Redactor

HEADERS = (("x-tenant", "blue-and-secret"), ("accept-language", "de"))


def audited(folder: Path, mutants: Sequence[str] = (), only: Sequence[str] = (), **options: object) -> RedactedRun:
    """A live audit; the server is gone when it returns."""
    with ReferenceServer(endpoint_with(*mutants)) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, headers=HEADERS)
        audit(replace(target, **options), folder, only=only)  # type: ignore[arg-type] # fields of the target
    return read_run(folder / "run.ndjson")


def replayed(live: RedactedRun, home: Path, folder: Path, only: Sequence[str] = ()) -> RedactedRun:
    """The same run, judged again."""
    judged = judge(live, home / "run.ndjson", recorded_target(live.header, home), folder, only=only)
    assert not judged.trouble, judged.trouble
    return read_run(folder / "run.ndjson")


def by_case(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Verdict]:
    return {(verdict.requirement, verdict.case): verdict for verdict in verdicts}


def test_every_verdict_is_the_live_one(tmp_path: Path) -> None:
    """Right or wrong: outcome, reason, findings and evidence: 0 differ, with the server gone and without its key."""
    live = audited(tmp_path / "live", ("usage-missing", "response-not-stored", "invalid-request-500"))
    again = replayed(live, tmp_path / "live", tmp_path / "again")
    assert len(live.verdicts) > 500
    assert by_case(again.verdicts) == by_case(live.verdicts)
    assert again.exchanges == live.exchanges
    assert again.footer is not None
    assert live.footer is not None
    assert {**again.footer.summary} == {**live.footer.summary}


def test_a_selection_of_a_run_is_judged_alone(tmp_path: Path) -> None:
    """`conformance judge RUN --only`: the loop for whoever edits a check."""
    live = audited(tmp_path / "live", ("stop-array-ignored",), ["chat.stop", "models"])
    result = CliRunner().invoke(
        app, ["judge", str(tmp_path / "live"), "--only", "chat.stop", "--output", str(tmp_path / "again"), "--quiet"]
    )
    again = read_run(tmp_path / "again" / "run.ndjson")
    assert result.exit_code == ExitCode.BROKEN
    assert {verdict.requirement.rpartition(".")[0] for verdict in again.verdicts} == {"chat.stop"}
    live_ones = by_case(live.verdicts)
    assert all(verdict == live_ones[name] for name, verdict in by_case(again.verdicts).items())
    assert again.header.notes[-1].startswith("judged again with version")


def test_what_was_never_asked_is_inconclusive(tmp_path: Path) -> None:
    """A check that the recording has no answers for says so, and passes nothing."""
    live = audited(tmp_path / "live", only=["models"])
    again = replayed(live, tmp_path / "live", tmp_path / "again", only=["chat.stop.excluded"])
    assert {verdict.reason for verdict in again.verdicts} == {Reason.PREREQUISITE_FAILED}
    assert all("the recording has no answer to this request (POST " in verdict.detail for verdict in again.verdicts)


def test_a_replay_without_the_first_look_judges_nothing(tmp_path: Path) -> None:
    """Exchanges without their identities, as another version recorded them, answer no probe."""
    live = audited(tmp_path / "live", only=["models"])
    bare = {name: replace(exchange, identity="") for name, exchange in live.exchanges.items()}
    without = RedactedRun(replace(live, exchanges=bare))
    with RunWriter(tmp_path / "bare.ndjson", Redactor()) as writer:
        for line in (without.header, *without.exchanges.values()):
            writer.write(line)
    judged = judge(without, tmp_path / "bare.ndjson", recorded_target(live.header, tmp_path), tmp_path / "again")
    assert judged.exit_code == ExitCode.NOTHING_JUDGED
    assert "cannot be judged again" in judged.unusable
    within = runner.audit(recorded_target(live.header, tmp_path), tmp_path / "within", recorded=without)
    assert (within.exit_code, within.unusable) == (judged.exit_code, judged.unusable)


def test_a_replay_sends_nothing(tmp_path: Path) -> None:
    """A request that no exchange answers raises, and no transport is there to send it."""
    live = audited(tmp_path / "live", only=["models"])
    target = recorded_target(live.header, tmp_path)
    with Engine(target, lambda _: None, recorded=live.exchanges.values()) as engine:
        http = engine.http("other")
        with pytest.raises(NotRecorded, match=r"GET .*/never-asked"):
            engine.call(lambda: http("GET", "/never-asked")).result()
        assert engine.call(lambda: http("GET", "models")).result().id in live.exchanges
        assert engine.spent.requests == 0


def test_the_target_of_a_run_is_addressed_as_before(tmp_path: Path) -> None:
    """Its URL, profile, model, depth and seed; its headers by name, and a stand-in for its key."""
    live = audited(tmp_path / "live", only=["models"], seed=7)
    target = recorded_target(live.header, tmp_path)
    assert (target.url, target.model, target.seed) == (live.header.target.url, "reference-1", 7)
    assert [name for name, _ in target.headers] == ["accept-language", "x-tenant"]
    assert "blue-and-secret" not in (tmp_path / "live" / "run.ndjson").read_text()
    assert target.key
    keyless = replace(live.header, settings={**live.header.settings, "key": "none"})
    assert recorded_target(keyless, tmp_path).key is None
    with_document = replace(live.header, settings={**live.header.settings, "spec": "https://example.com/openapi.json"})
    with pytest.raises(TargetError, match=r"https://example\.com/openapi\.json. Name it again with --spec"):
        recorded_target(with_document, tmp_path)


def test_a_foreign_recording_has_no_selection(tmp_path: Path) -> None:
    """--only needs the probes of a run."""
    file = tmp_path / "traffic.jsonl"
    file.write_text(json.dumps({"url": "https://example.com/v1/chat/completions"}) + "\n")
    result = CliRunner().invoke(app, ["judge", str(file), "--only", "chat"])
    assert result.exit_code == 2
    assert "need a run file" in result.output

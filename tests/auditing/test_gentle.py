"""A gentle run stores nothing, sends nothing faulty, and has one request in progress."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.auditing.conduct import audit, judge
from conformance.auditing.gentle import is_gentle
from conformance.config import Pace, Target, load_profile
from conformance.config.resolve import resolve
from conformance.engine import Engine, ProbeKey, Transport, Unaskable, keeps_state
from conformance.engine.clients import Http
from conformance.judging.recorded_target import recorded_target
from conformance.options import Given, TargetOptions
from conformance.record import read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome


def target_at(server: ReferenceServer) -> Target:
    profile = load_profile("openai")
    return Target(server.url, profile, key=server.api_key, model="reference-1", gentle=True, pace=Pace(1))


def test_every_request_is_accepted_and_nothing_is_stored(tmp_path: Path) -> None:
    with ReferenceServer() as server:
        audited = audit(target_at(server), tmp_path / "live")
    assert not audited.trouble
    run = read_run(tmp_path / "live" / "run.ndjson")
    assert {each.status for each in run.exchanges.values()} == {200}
    assert not [each.id for each in run.exchanges.values() if keeps_state(each.request)]
    outcomes = [each.outcome for each in run.verdicts]
    assert set(outcomes) <= {Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE}
    assert outcomes.count(Outcome.PASS) > 150
    assert {each.reason for each in run.verdicts if each.outcome is Outcome.INCONCLUSIVE} <= {"not-asked"}
    again = judge(
        run, tmp_path / "live" / "run.ndjson", recorded_target(run.header, tmp_path / "live"), tmp_path / "again"
    )
    assert list(again.verdicts) == list(run.verdicts)


def test_a_gentle_run_notices_faults(tmp_path: Path) -> None:
    with ReferenceServer(endpoint_with("no-done", "stop-first-choice-only")) as server:
        audited = audit(target_at(server), tmp_path, only=["chat.stream", "chat.stop"])
    failed = {each.requirement for each in audited.verdicts if each.outcome is Outcome.FAIL}
    assert {"chat.stream.done", "chat.stop.every-choice"} <= failed


def test_one_request_is_in_progress_at_a_time() -> None:
    options = TargetOptions.merged(
        {
            name: Given(value, name)
            for name, value in {"target": "http://127.0.0.1:1/v1", "gentle": True, "concurrency": 8}.items()
        },
        environ={},
    )
    assert resolve(options).pace.concurrency == 1
    assert resolve(options).gentle


def test_a_probe_that_stores_where_the_reference_endpoint_needs_nothing_stored_sends_nothing() -> None:
    with ReferenceServer() as server, Engine(target_at(server), lambda _: None) as engine:
        http: Http = engine.http("test")
        with pytest.raises(Unaskable, match="a gentle run stores nothing"):
            engine.call(
                lambda: http("POST", "responses", {"model": "reference-1", "input": "Hi", "store": True})
            ).result()
        assert engine.spent.requests == 0


def test_probes_that_were_not_counted_are_not_gentle() -> None:
    assert is_gentle(ProbeKey("plain", Transport.JSON, 2), "openai")
    assert not is_gentle(ProbeKey("stored_chat", Transport.JSON), "openai")
    assert not is_gentle(ProbeKey("no_such_probe", Transport.JSON), "openai")

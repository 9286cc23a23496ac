"""A run over WebSockets: its turns are in the run file and the report, within the budget, and asked again by who resumes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.config import Budget, Target, load_profile
from conformance.engine import reusable
from conformance.record import Run, read_run
from conformance.reference import ReferenceServer
from conformance.report.evidence import exchange_view
from conformance.verdict import Outcome, Reason
from conformance.wire import Exchange

KEY = "sk-of-the-socket-run"


@pytest.fixture(scope="module")
def target() -> Target:
    return Target(url="", profile=load_profile("openai"), key=KEY, model="reference-1")


@pytest.fixture(scope="module")
def run(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    with ReferenceServer(api_key=KEY) as server:
        audit(replace(target, url=server.url), folder, only=["responses.socket"])
    return read_run(folder / "run.ndjson")


@pytest.fixture(scope="module")
def turns(run: Run) -> list[Exchange]:
    return [exchange for exchange in run.exchanges.values() if exchange.request.on_socket]


def test_all_hold_for_the_reference(run: Run) -> None:
    """Each with the turns that it rests on."""
    assert {verdict.outcome for verdict in run.verdicts} == {Outcome.PASS}
    by_id = {verdict.requirement: verdict for verdict in run.verdicts}
    cited = [run.exchanges[each] for each in by_id["responses.socket.chain"].exchanges]
    assert sum(exchange.request.on_socket for exchange in cited) == 5


def test_turns_are_recorded_without_the_key(turns: list[Exchange]) -> None:
    """Four on the first connection, one on the second, one refused without a key; nowhere the key itself."""
    assert [turn.status for turn in turns] == [101] * 5 + [401]
    assert all(dict(turn.request.headers)["authorization"] == "Bearer [redacted]" for turn in turns[:5])
    assert KEY not in repr(turns)
    kinds = [[json.loads(event.data)["type"] for event in turn.events] for turn in turns]
    assert all(kind[0] == "response.created" for kind in kinds[:2])
    assert kinds[2] == kinds[4] == ["error"]
    assert kinds[3].count("response.created") == 2
    assert turns[3].request.body.count(b"\n") == 1


def test_what_was_said_is_shown(turns: list[Exchange]) -> None:
    """The message that was sent, those that came, and the command that repeats it."""
    view = exchange_view(turns[0], 20_000, "MY_KEY")
    assert "response.create" in view["sent"]
    assert len(view["events"]) == len(turns[0].events)
    assert 'websocat --no-close \\\n  -H "Authorization: Bearer $MY_KEY"' in view["curl"]


def test_turns_are_asked_again(turns: list[Exchange]) -> None:
    """What a connection remembers is gone with it, so no turn of an earlier run is used by one that resumes it."""
    assert not any(map(reusable, turns))


def test_turns_count_against_the_budget(target: Target, tmp_path: Path) -> None:
    """As requests do."""
    with ReferenceServer(api_key=KEY) as server:
        bounded = replace(target, url=server.url, budget=Budget(requests=5))
        audited = audit(bounded, tmp_path, only=["responses.socket.chain"])
    assert [verdict.reason for verdict in audited.verdicts] == [Reason.BUDGET_EXHAUSTED]
    assert len(read_run(tmp_path / "run.ndjson").exchanges) == 5

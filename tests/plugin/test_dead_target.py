"""A target that dies: said first in every report, with the request that killed it; and no job of it is green."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.auditing.audited import Audited
from conformance.auditing.run_recorder import header
from conformance.auditing.runner import audit
from conformance.cli.run import shown
from conformance.engine.liveness import GONE
from conformance.record import RunWriter, read_run
from conformance.verdict import ExitCode, Outcome, Reason, combine
from conformance.wire import Limits
from tests.hostile.running import Ended, run_target, target_at
from tests.hostile.server import HostileServer, Talk

ONLY = ("chat.stop", "chat.seed", "error", "http", "models")
KILLER = b'"seed":20260101'


def audited(server: HostileServer, folder: Path, **more: object) -> Ended:
    """An audit of a server that answers in its own time, with the grace time of the hostile targets."""
    return run_target("", target_at(server.url, **more), folder, ONLY)


def junit_errors(ended: Ended) -> list[ET.Element]:
    """The errors of the JUnit report, whose counts are right."""
    root = ET.fromstring(ended.reports["junit"].read_text("utf-8"))  # noqa: S314 - our own file
    errors = list(root.iter("error"))
    assert int(root.attrib["errors"]) == len(errors)
    assert int(root.attrib["tests"]) == len(list(root.iter("testcase")))
    return errors


@pytest.fixture(scope="module")
def died(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The audit of a target that one request kills, one at a time: of several in flight the last is named, by chance another."""

    async def killed(talk: Talk) -> None:
        if KILLER in talk.body:
            talk.die()
        else:
            await talk.send(await talk.right())

    with HostileServer(killed) as server:
        ended = audited(server, tmp_path_factory.mktemp("died") / "run", concurrency=1)
        assert not server.faults
    return ended


def test_the_request_that_killed_it_is_named_first_everywhere(died: Ended) -> None:
    """In the terminal, the page, the summary, the JSON and the JUnit report, with what was judged before."""
    report = json.loads(died.reports["json"].read_text("utf-8"))
    last = report["ending"]["exchanges"][0]
    assert KILLER in died.run.exchanges[last].request.body
    said = f"The target died after {last} (POST /v1/chat/completions), the last request that it was handling"
    assert report["sentence"].startswith(said)
    assert report["ending"]["said"].startswith(said)
    assert (report["exit_code"], report["complete"]) == (5, False)
    screen = [line for line in died.screen.splitlines() if line.strip()]
    target = next(place for place, line in enumerate(screen) if died.run.header.target.url in line)
    assert "The target died after" in screen[target + 1]  # below the details, at the head of the result
    assert "20260101" in died.screen
    page = died.reports["html"].read_text("utf-8")
    assert said in page
    assert page.index(said) < page.index('class="tile')
    summary = died.reports["markdown"].read_text("utf-8")
    assert summary.splitlines()[4].startswith("**The target died after")
    (error,) = junit_errors(died)
    assert error.attrib["message"].startswith(said)
    assert "conformance run --resume" in error.attrib["message"]
    assert "20260101" in (error.text or "")


def test_nothing_is_sent_to_a_dead_target(died: Ended) -> None:
    """Only what was under way when it died was refused; no request was counted that was never sent."""
    refused = [x for x in died.run.exchanges.values() if x.failure and x.failure.kind in GONE]
    assert 1 <= len(refused) <= 4
    assert died.model.summary.requests == len(died.run.exchanges)


def test_what_was_seen_is_judged_and_the_rest_says_why(died: Ended) -> None:
    """Nothing fails because of the death, and no requirement is missing."""
    assert died.audited.exit_code == ExitCode.TARGET_GONE
    outcomes = {verdict.outcome for verdict in died.verdicts.values()}
    assert Outcome.PASS in outcomes
    assert Outcome.FAIL not in outcomes, died.with_outcome(Outcome.FAIL)
    assert Outcome.ERROR not in outcomes, died.with_outcome(Outcome.ERROR)
    seed = died.verdicts["chat.seed.repeatable"]
    assert (seed.outcome, seed.reason) == (Outcome.INCONCLUSIVE, Reason.TARGET_DIED)
    reasons = {verdict.reason for verdict in died.with_outcome(Outcome.INCONCLUSIVE)}
    assert Reason.TARGET_DIED in reasons
    assert Reason.INTERRUPTED not in reasons


def test_a_replay_ends_as_the_run_did(died: Ended, tmp_path: Path) -> None:
    """The same exit code, the same sentence, and the same verdicts."""
    target = target_at(died.run.header.target.url)
    audited = audit(target, tmp_path / "again", only=list(ONLY), recorded=died.run)
    again = read_run(tmp_path / "again" / "run.ndjson")
    assert audited.exit_code == ExitCode.TARGET_GONE
    assert audited.ending is not None
    assert audited.ending.exchanges == died.model.ending.exchanges if died.model.ending else False
    assert not again.complete
    now = {name: (str(each.outcome), each.reason) for name, each in combine(again.verdicts).items()}
    assert now == {name: (str(each.outcome), each.reason) for name, each in died.verdicts.items()}


def test_a_broken_must_does_not_hide_the_death(tmp_path: Path) -> None:
    """The exit code is 5: what a run saw that was cut is true, but not the whole truth."""

    async def killed(talk: Talk) -> None:
        if KILLER in talk.body:
            talk.die()
        else:
            right = await talk.right()
            await talk.send(replace(right, headers=(("content-type", "text/plain"),)))

    with HostileServer(killed) as server:
        ended = audited(server, tmp_path / "run", concurrency=1)
    assert ended.audited.exit_code == ExitCode.TARGET_GONE
    assert ended.verdicts["http.json-content-type"].outcome is Outcome.FAIL
    assert "of them broken" in json.loads(ended.reports["json"].read_text("utf-8"))["sentence"]


def test_a_restart_is_no_death(tmp_path: Path) -> None:
    """A target that is there again within the grace time is judged to the end; the note says that it was away."""
    restarted: list[HostileServer] = []

    async def restart(talk: Talk) -> None:
        if KILLER in talk.body and not restarted:
            restarted.append(server)
            talk.die()
            await asyncio.sleep(0.3)
            await server.come_back()
        else:
            await talk.send(await talk.right())

    with HostileServer(restart) as server:
        limits = Limits(connect_s=1, read_s=2, total_s=4, grace_s=8)
        ended = audited(server, tmp_path / "run", limits=limits)
    assert restarted
    assert ended.run.complete
    assert ended.model.ending is None
    assert ended.verdicts["chat.seed.repeatable"].outcome is Outcome.PASS


def test_a_run_whose_target_died_can_go_on(tmp_path: Path) -> None:
    """It is incomplete, so `--resume` takes it up."""
    from conformance.auditing.resume import interrupted

    async def killed(talk: Talk) -> None:
        talk.die()

    with HostileServer(killed, after=12) as server:
        audited(server, tmp_path / "run")
    assert not interrupted(tmp_path / "run").complete
    run = read_run(tmp_path / "run" / "run.ndjson")
    assert run.footer is not None
    assert not run.interrupted


def test_a_fault_of_the_suite_is_an_error_in_junit_too(tmp_path: Path) -> None:
    """Exit code 3: the reports of what was measured say that the suite failed, and no job is green."""
    target = target_at("http://127.0.0.1:9/v1")
    with RunWriter(tmp_path / "run.ndjson", target.redactor) as writer:
        writer.header(header(target, ()))
    audited = Audited(ExitCode.HARNESS_ERROR, (), trouble="ValueError: boom")
    assert shown(audited, target, tmp_path, [], quiet=False, json=False) == ExitCode.HARNESS_ERROR
    errors = list(ET.parse(tmp_path / "junit.xml").iter("error"))  # noqa: S314 - our own file
    assert [error.attrib["type"] for error in errors] == ["exit code 3"]
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["exit_code"] == ExitCode.HARNESS_ERROR

"""A run that is killed leaves a readable file, and a resumed one pays for nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conformance.auditing.runner import audit
from conformance.contract import load_registry
from conformance.record import Run, read_run
from conformance.report import write_all
from conformance.verdict import Outcome, combine
from conformance.wire import Limits
from tests.hostile.running import target_at
from tests.hostile.server import KEY, HostileServer, Talk

RIGHT = 1 << 30
ONLY = ("chat.stop", "chat.stream.equals-json", "chat.seed", "chat.response.id-unique", "error.still-serving", "models")


async def _never(talk: Talk) -> None:
    raise AssertionError("the reference answers every request")


def started(url: str, folder: Path, *more: str) -> subprocess.Popen[str]:
    """`conformance run` in a separate process, slowed down so that there is a middle to be killed in."""
    only = [word for name in ONLY for word in ("--only", name)]
    return subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", url, *only, *more],
        env={**os.environ, "CONFORMANCE_API_KEY": KEY, "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def killed(url: str, folder: Path, lines: int) -> int:
    """Kill a run with SIGKILL when its file has so many lines; how many it had then."""
    process = started(url, folder, "--output", str(folder), "--rate", "60")
    file = folder / "run.ndjson"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and file.read_bytes().count(b"\n") >= lines:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    return file.read_bytes().count(b"\n")


def probed(server: HostileServer) -> int:
    """How many requests of probes the server got; each process asks for the server's version, too."""
    return sum(path != "/version" for _, path, _ in server.seen)


def probed_in_the_end(server: HostileServer) -> int:
    """How many of them it got when those that a killed run had under way have arrived."""
    heard, quiet_since = -1, time.monotonic()
    while heard != probed(server) or time.monotonic() < quiet_since + 0.5:
        if heard != probed(server):
            heard, quiet_since = probed(server), time.monotonic()
        time.sleep(0.02)
    return heard


def outcomes(run: Run) -> dict[str, str]:
    """The outcome of each requirement."""
    return {name: str(verdict.outcome) for name, verdict in combine(run.verdicts).items()}


def asked(run: Run) -> Counter[tuple[str, str, bytes]]:
    """Each request of a run, and how often."""
    requests = [exchange.request for exchange in run.exchanges.values()]
    return Counter((each.method, urlsplit(each.url).path, each.body) for each in requests)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same audit, not interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    with HostileServer(_never, after=RIGHT) as server:
        audit(target_at(server.url, limits=Limits()), folder, only=list(ONLY))
    return read_run(folder / "run.ndjson")


def test_a_killed_run_is_readable_and_can_be_resumed(whole: Run, tmp_path: Path) -> None:
    """Reports can be written from what is left; nothing that was recorded is asked again; the verdicts are the same."""
    folder = tmp_path / "run"
    with HostileServer(_never, after=RIGHT) as server:
        killed(server.url, folder, 15)
        left = read_run(folder / "run.ndjson")
        assert not left.complete
        assert left.interrupted
        assert write_all(left, tmp_path / "reports", load_registry())
        assert json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))["complete"] is False
        asked_before = probed_in_the_end(server)
        resumed = started(server.url, folder, "--resume", str(folder))
        said = resumed.communicate(timeout=120)
        asked_again = probed(server) - asked_before
    assert resumed.returncode == 0, said
    run = read_run(folder / "run.ndjson")
    assert run.complete
    assert not run.interrupted
    assert set(left.exchanges) <= set(run.exchanges)
    assert asked_again == len(run.exchanges) - len(left.exchanges)
    assert len(run.exchanges) == len(whole.exchanges)
    assert asked(run) == asked(whole)
    assert outcomes(run) == outcomes(whole)
    assert any("Resumed" in note for note in run.header.notes)


def test_a_complete_run_is_not_resumed(whole: Run, tmp_path: Path) -> None:
    """Exit code 2, and the command that writes its reports again."""
    folder = tmp_path / "run"
    with HostileServer(_never, after=RIGHT) as server:
        audit(target_at(server.url, limits=Limits()), folder, only=["models"])
        process = started(server.url, folder, "--resume", str(folder))
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "complete" in said
    assert "conformance report" in said


def test_a_run_of_another_target_is_not_resumed(tmp_path: Path) -> None:
    """Its answers prove nothing of this one: exit code 2."""
    folder = tmp_path / "run"
    with HostileServer(_never, after=RIGHT) as server:
        killed(server.url, folder, 6)
        process = started("http://127.0.0.1:9/v1", folder, "--resume", str(folder))
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "holds a run of" in said


def test_a_target_that_was_down_is_asked_again(whole: Run, tmp_path: Path) -> None:
    """What failed in the first run measured nothing: the resumed one asks it, and judges as if it had not failed."""
    folder = tmp_path / "run"

    async def down(talk: Talk) -> None:
        talk.hang_up()

    with HostileServer(down, after=20) as server:
        audit(target_at(server.url, limits=Limits(grace_s=0.5)), folder, only=list(ONLY))
        first = read_run(folder / "run.ndjson")
        failed = [x for x in first.exchanges.values() if x.failure]
        assert failed
        server.after = RIGHT
        audit(target_at(server.url, limits=Limits()), folder, only=list(ONLY), earlier=first)
    run = read_run(folder / "run.ndjson")
    assert not [x for x in run.exchanges.values() if x.failure]
    assert outcomes(run) == outcomes(whole)
    assert Outcome.ERROR not in {verdict.outcome for verdict in run.verdicts}

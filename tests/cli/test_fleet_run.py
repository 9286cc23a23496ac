"""`run --all` audits side by side within limits, can be resumed, and leaves one folder that `verify` proves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.options import TargetError
from conformance.record import read_run
from conformance.reference.serve import ReferenceServer

ONLY = ("--only", "chat.stream")


def conformance(*words: str):
    return CliRunner().invoke(app, list(words))


class Counted:
    """Counts how many requests an application has in progress at once."""

    def __init__(self, served, delay_s: float = 0.0) -> None:
        self._app = served
        self._delay_s = delay_s
        self.in_flight = self.most = self.requests = 0
        self._lock = threading.Lock()

    async def __call__(self, scope, receive, send) -> None:
        with self._lock:
            self.in_flight += 1
            self.requests += 1
            self.most = max(self.most, self.in_flight)
        try:
            await asyncio.sleep(self._delay_s)
            await self._app(scope, receive, send)
        finally:
            with self._lock:
                self.in_flight -= 1


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ReferenceServer, Counted]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFORMANCE_API_KEY", "sk-reference")
    server = ReferenceServer()
    config = server._server.config
    config.app = seen = Counted(config.app, 0.02)
    with server:
        yield server, seen


def write_toml(text: str) -> None:
    Path("conformance.toml").write_text(text, encoding="utf-8")


def three(url: str, concurrency: int = 2, fleet: str = "") -> str:
    tables = "".join(
        f'[targets.{name}]\nurl = "{url}"\nconcurrency = {concurrency}\nmodel = "reference-1"\n' for name in "abc"
    )
    return f"{tables}[fleet]\n{fleet}"


def test_one_host_never_gets_more_requests_at_once_than_its_limit(counted) -> None:
    """Three audits of two slots each, and a limit of four: two run at once, the third waits."""
    server, seen = counted
    write_toml(three(server.url, fleet="side_by_side = 9\nhost_concurrency = 4\n"))
    done = conformance("run", "--all", *ONLY, "--output", "out")
    assert done.exit_code == 0, done.output
    assert 2 < seen.most <= 4, "the audits ran side by side, within the limit"
    assert {path.name for path in Path("out").iterdir()} == {
        *("a", "b", "c", "audits.json", "summary.md", "summary.json", "manifest.json"),
        *(f"comparison.{ending}" for ending in ("html", "json", "md", "csv")),
        "document.html",
    }
    proven = conformance("verify", "out")
    assert proven.exit_code == 0, proven.output
    assert "3 runs follow from the recorded exchanges" in proven.output
    file = Path("out/b/run.ndjson")
    file.write_bytes(file.read_bytes().replace(b'"pass"', b'"fail"', 1))
    broken = conformance("verify", "out")
    assert broken.exit_code == 1
    assert "altered: b/run.ndjson" in broken.output


def test_the_common_budget_is_never_exceeded(counted) -> None:
    """What an audit does not get is told; the audit that gets nothing is not judged."""
    server, seen = counted
    write_toml(three(server.url, fleet="max_requests = 20\nside_by_side = 2\nhost_concurrency = 4\n"))
    done = conformance("run", "--all", "--only", "chat.stream.object", "--output", "out", "--quiet")
    assert seen.requests <= 20
    summary = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert sum(each["report"]["summary"]["requests"] for each in summary["targets"]) <= 20
    assert done.exit_code in (0, 4)


def test_a_budget_of_money(counted) -> None:
    """A million output tokens cost a million, so a token costs 1."""
    server, _ = counted
    table = f'[targets.NAME]\nurl = "{server.url}"\nmodel = "reference-1"\n'
    write_toml(table.replace("NAME", "a") + table.replace("NAME", "b") + "price_out = 1000000\nmax_cost = 200\n")
    conformance("run", "--all", *ONLY, "--output", "out", "--quiet")
    reports = [json.loads(Path(f"out/{name}/report.json").read_text(encoding="utf-8")) for name in "ab"]
    assert "cost" not in reports[0]["summary"]
    assert 0 < reports[1]["summary"]["cost"] <= 200


def test_all_models_that_a_target_lists(counted) -> None:
    """One audit for each; `run NAME` alone does the same."""
    server, _ = counted
    write_toml(f'[targets.a]\nurl = "{server.url}"\nmodels = "all"\nmodels_match = "reference-[0-9]*"\n')
    done = conformance("run", "a", "--only", "chat.stream.object", "--output", "out", "--quiet")
    assert done.exit_code == 0, done.output
    names = [each["name"] for each in json.loads(Path("out/audits.json").read_text(encoding="utf-8"))["audits"]]
    assert names
    assert all(name.startswith("a.reference") for name in names)
    assert all(read_run(Path("out", name, "run.ndjson")).header.target.model in name for name in names)


def test_a_killed_command_is_resumed_where_it_ended(counted, tmp_path: Path) -> None:
    """`kill -9` in the middle: finished audits are kept, the others go on, and every request is sent once."""
    server, seen = counted
    write_toml(three(server.url, 1, "side_by_side = 1\n"))
    words = [sys.executable, "-m", "conformance", "run", "--all", *ONLY, "--output", "out", "--quiet"]
    process = subprocess.Popen(words, cwd=tmp_path, env=dict(os.environ))
    until = time.monotonic() + 60
    second = tmp_path / "out" / "b" / "run.ndjson"
    while not (second.is_file() and second.read_bytes().count(b'"exchange"') > 5) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    first = (tmp_path / "out" / "a" / "run.ndjson").read_bytes()
    again = conformance("run", "--all", *ONLY, "--output", "out")
    assert isinstance(again.exception, TargetError)
    assert "Choose another folder" in str(again.exception)
    done = conformance("run", "--all", *ONLY, "--resume", "out")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "a" / "run.ndjson").read_bytes() == first
    assert any("Resumed" in note for note in read_run(second).header.notes)
    assert conformance("verify", "out").exit_code == 0
    nothing = seen.requests
    assert conformance("run", "--all", *ONLY, "--resume", "out").exit_code == 0
    assert seen.requests == nothing, "there was nothing left to do"


def test_a_folder_of_something_else_is_not_resumed(counted) -> None:
    """It may be a mistyped name."""
    server, _ = counted
    write_toml(three(server.url))
    Path("other").mkdir()
    Path("other/letter.txt").write_text("x", encoding="utf-8")
    done = conformance("run", "--all", "--resume", "other")
    assert "not the output folder of several audits" in str(done.exception)


def test_ctrl_c_ends_all_audits_and_keeps_what_was_measured(counted, tmp_path: Path) -> None:
    """Exit code 130; the folder can be resumed."""
    server, _ = counted
    write_toml(three(server.url, 1, "side_by_side = 2\n"))
    words = [sys.executable, "-m", "conformance", "run", "--all", *ONLY, "--output", "out"]
    process = subprocess.Popen(words, cwd=tmp_path, env=dict(os.environ), stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    file = tmp_path / "out" / "a" / "run.ndjson"
    while not (file.is_file() and file.read_bytes().count(b'"exchange"') > 5) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert read_run(file).footer is not None
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["exit_code"] == 130


@pytest.mark.parametrize(
    ("name", "old"), [("document.html", "conforms"), ("reference.md", "requests"), ("reference.json", "pairs")]
)
def test_verify_derives_what_follows_from_the_runs_again(counted, name: str, old: str) -> None:
    """A changed file is found even if the manifest was written again; another version cannot derive it."""
    from conformance.record.manifest import write_manifest

    server, _ = counted
    write_toml(three(server.url))
    done = conformance(
        "run", "a", "b", "--only", "chat.stream.object", "--reference", "a", "--output", "out", "--quiet"
    )
    assert done.exit_code == 0, done.output
    assert conformance("verify", "out").exit_code == 0
    file = Path("out", name)
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, "breaks everything"), "utf-8")
    assert f"altered: {name}" in conformance("verify", "out").output
    write_manifest(Path("out"), [file])
    done = conformance("verify", "out")
    assert done.exit_code == 1
    assert f"{name} does not follow from the runs" in done.output
    manifest = Path("out/manifest.json")
    manifest.write_text(manifest.read_text("utf-8").replace('"version": "', '"version": "9.', 1), "utf-8")
    other = conformance("verify", "out")
    assert other.exit_code == 0, other.output
    assert "were not derived again" in other.output

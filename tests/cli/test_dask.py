"""`run --all --dask`: equal verdicts, one limit for each host, and no answer lost when a worker or the scheduler is killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.machines.cluster import Cluster
from conformance.options import TargetError
from conformance.record import RunFileError, read_run
from conformance.reference.serve import ReferenceServer

pytest.importorskip("distributed")

KEY = "sk-reference-of-the-workers"
ONLY = ("--only", "chat.stop")
LIMIT = 6


class Counted:
    """Counts the requests of an application, and how many are in progress at once; each takes some time."""

    def __init__(self, served: Any, delay_s: float) -> None:
        self._app = served
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self.now = self.most = self.requests = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with self._lock:
            self.now += 1
            self.requests += 1
            self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self._delay_s)
            await self._app(scope, receive, send)
        finally:
            with self._lock:
                self.now -= 1


@contextmanager
def counted(delay_s: float = 0.3) -> Iterator[tuple[str, Counted]]:
    server = ReferenceServer(api_key=KEY)
    server._server.config.app = seen = Counted(server._server.config.app, delay_s)
    with server:
        yield server.url, seen


class Machines:
    """A scheduler and workers as processes. Only the workers have the key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.workers: list[subprocess.Popen[bytes]] = []
        self._started: list[subprocess.Popen[bytes]] = []
        self._number = 0
        self.start_scheduler()

    def start_scheduler(self) -> None:
        self._number += 1
        self._file = self._folder / f"scheduler-{self._number}.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(self._file))
        until = time.monotonic() + 120
        while not self._file.exists() or not self._file.read_text():
            assert time.monotonic() < until, "the scheduler did not start"
            time.sleep(0.1)
        self.address = json.loads(self._file.read_text())["address"]

    def start_worker(self, *more: str) -> None:
        self.workers.append(
            self._start(
                "worker", self.address, "--nthreads", "4", "--no-dashboard", *more,
                environ={"CONFORMANCE_API_KEY": KEY},
            )
        )  # fmt: skip

    def _start(self, *words: str, environ: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            cwd=self._folder,
            env={**self.environ, **(environ or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONFORMANCE_API_KEY", raising=False)
    found = Machines(tmp_path)
    yield found
    found.end()


def conformance(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def write_toml(url: str, names: str, more: str = "") -> None:
    tables = "".join(
        f'[targets.{name}]\nurl = "{url}"\nconcurrency = 3\nmodel = "reference-1"\n{more}' for name in names
    )
    Path("conformance.toml").write_text(f"{tables}[fleet]\nhost_concurrency = {LIMIT}\n", encoding="utf-8")


def verdicts(file: Path) -> set[tuple[str, ...]]:
    return {(each.requirement, each.case, str(each.outcome), str(each.reason)) for each in read_run(file).verdicts}


def answers(folder: Path) -> set[tuple[str, ...]]:
    """The answers in the run files of a folder, with the times at which they came."""
    found = set()
    for file in folder.glob("*/run.ndjson"):
        with contextlib.suppress(RunFileError):  # the copy may lack its header
            for each in read_run(file).exchanges.values():
                found.add((file.parent.name, each.probe, str(each.status), str(each.timing.last_byte_ms)))
    return found


class Killer(threading.Thread):
    """Kills something when the target has seen so many requests. `kept` are the answers that the client had then."""

    def __init__(self, kill: Callable[[], object], seen: Counted, after: int) -> None:
        super().__init__(daemon=True)
        self._kill, self._seen, self._after = kill, seen, after
        self.kept: set[tuple[str, ...]] = set()
        self.start()

    def run(self) -> None:
        until = time.monotonic() + 200
        while self._seen.requests < self._after and time.monotonic() < until:
            time.sleep(0.01)
        self.kept = answers(Path("out"))
        self._kill()


def test_a_killed_worker_loses_nothing_and_the_limit_of_the_host_holds(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client has no key, no job has one, and all verdicts are those of an audit without Dask."""
    sent: list[bytes] = []
    submit = Cluster.submit

    def recorded(self: Cluster, worker: Any, function: Any, *given: Any, ticket: str) -> Any:
        sent.append(pickle.dumps((worker, function, given, ticket, dict(os.environ))))
        return submit(self, worker, function, *given, ticket=ticket)

    monkeypatch.setattr(Cluster, "submit", recorded)
    with counted() as (url, seen):
        write_toml(url, "abcd", 'region = "eu"\n')
        for _ in range(2):
            machines.start_worker("--no-nanny", "--resources", "region-eu=1")
        machines.start_worker("--no-nanny")
        killer = Killer(machines.workers[0].kill, seen, random.randrange(8, 60))  # noqa: S311 - another moment in every run
        done = conformance("run", "--all", *ONLY, "--dask", machines.address, "--output", "out")
        assert done.exit_code == 0, done.output
        assert machines.workers[0].poll() is not None, "no worker was killed, so nothing was tested"
        assert seen.most <= LIMIT
        killer.join(1)
        assert killer.kept <= answers(Path("out")), "an answer that the client had was asked for again"
        monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
        conformance("run", "a", *ONLY, "--output", "plain", "--quiet")
    plain = verdicts(Path("plain/run.ndjson"))
    assert [verdicts(Path("out", name, "run.ndjson")) == plain for name in "abcd"] == [True] * 4
    assert len(sent) > 4, "the audits of the killed worker were given to another"
    assert not [each for each in sent if KEY.encode() in each]
    proven = conformance("verify", "out")
    assert proven.exit_code == 0, proven.output


def test_a_worker_that_starts_again_at_its_address_does_not_repeat_the_audit(machines: Machines) -> None:
    """Dask repeats the calls of a worker whose nanny started it again. Only the call of the client begins an audit."""
    import psutil

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with counted() as (url, seen):
        write_toml(url, "ab")
        machines.start_worker("--nanny", "--worker-port", port)

        def kill() -> None:
            for child in psutil.Process(machines.workers[0].pid).children(recursive=True):
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()

        killer = Killer(kill, seen, 12)
        done = conformance("run", "--all", *ONLY, "--dask", machines.address, "--output", "out", "--quiet")
        killer.join(1)
        assert done.exit_code == 0, done.output
        assert not killer.is_alive(), "no worker was killed, so nothing was tested"
        assert seen.most <= LIMIT
        assert killer.kept <= answers(Path("out")), "an answer that the client had was asked for again"
    assert verdicts(Path("out/a/run.ndjson")) == verdicts(Path("out/b/run.ndjson"))


def test_an_interrupt_ends_the_audits_on_the_workers(machines: Machines) -> None:
    """Ctrl-C: no more requests are sent, and the folder can be resumed."""
    with counted() as (url, seen):
        write_toml(url, "ab")
        machines.start_worker("--no-nanny")
        words = ["run", "--all", *ONLY, "--dask", machines.address, "--output", "out"]
        client = subprocess.Popen(
            [sys.executable, "-m", "conformance", *words],
            env=machines.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 200
        while seen.requests < 12 and time.monotonic() < until:
            time.sleep(0.01)
        client.send_signal(signal.SIGINT)
        assert client.wait(100) == 130
        asked = seen.requests
        time.sleep(2)
        assert seen.requests == asked
        before = answers(Path("out"))
        done = conformance("run", "--all", *ONLY, "--dask", machines.address, "--resume", "out", "--quiet")
        assert done.exit_code == 0, done.output
        assert before <= answers(Path("out")), "an answer that the client had was asked for again"
    assert verdicts(Path("out/a/run.ndjson")) == verdicts(Path("out/b/run.ndjson"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of Dask, which reconnects in vain
def test_a_killed_scheduler_loses_nothing(machines: Machines) -> None:
    """The command says how to continue, and continues with a new scheduler."""
    with counted() as (url, seen):
        write_toml(url, "ab")
        machines.start_worker("--no-nanny")
        killer = Killer(machines.scheduler.kill, seen, random.randrange(10, 24))  # noqa: S311 - another moment in every run
        done = conformance("run", "--all", *ONLY, "--dask", machines.address, "--output", "out", "--quiet")
        killer.join(1)
        assert done.exit_code == 130, done.output
        assert "Run the same command again with --resume out instead of --output" in done.stderr
        before = answers(Path("out"))
        assert killer.kept <= before
        machines.workers[0].kill()
        machines.start_scheduler()
        machines.start_worker("--no-nanny")
        done = conformance("run", "--all", *ONLY, "--dask", machines.address, "--resume", "out", "--quiet")
        assert done.exit_code == 0, done.output
        assert seen.most <= LIMIT
        assert before <= answers(Path("out")), "an answer that the client had was asked for again"
    assert verdicts(Path("out/a/run.ndjson")) == verdicts(Path("out/b/run.ndjson"))
    assert conformance("verify", "out").exit_code == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('headers = { x-key = "very-secret-1" }\n', "Set CONFORMANCE_HEADERS in the environment of each worker"),
        ('key_env = "NOBODY_HAS_IT"\n', "The environment variable NOBODY_HAS_IT is not set"),
    ],
)
def test_secrets_stay_where_they_are(machines: Machines, more: str, said: str) -> None:
    """A secret in conformance.toml is not sent; a key that a worker does not have is told."""
    write_toml("http://127.0.0.1:9/v1", "a", more)
    machines.start_worker("--no-nanny")
    done = conformance("run", "--all", *ONLY, "--dask", machines.address, "--output", "out")
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "very-secret-1" not in done.output


def test_without_a_scheduler_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("conformance.machines.cluster.CONNECT_S", 1.0)
    write_toml("http://127.0.0.1:9/v1", "a")
    done = conformance("run", "--all", "--dask", "tcp://127.0.0.1:1", "--output", "out")
    assert isinstance(done.exception, TargetError)
    assert "--dask: there is no scheduler at tcp://127.0.0.1:1" in str(done.exception)
    assert not Path("out").exists()


def test_without_dask_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "distributed", None)
    write_toml("http://127.0.0.1:9/v1", "a")
    done = conformance("run", "--all", "--dask", "local", "--output", "out")
    assert "pip install 'openai-conformance[dask]'" in str(done.exception)

"""Audits a simulated fleet on one process, on two shards and on two Dask workers: verdicts, wall time, CPU time of each.

    python -m benchmarks.fleet [--targets 300] [--latency 0.3] [--side-by-side 16] [--folder FOLDER] [--ways one,dask]

The targets replay recorded answers of the reference and of two mutants (`benchmarks.replaying`), in one process whose CPU time is
stated apart. Every audit is a smoke run of the areas chat and models. The CPU time of Dask includes the scheduler, both
workers and the client; the CPU time of the shards includes the merge. The way `killed` is the way `dask`, but at random
times, a worker is killed with SIGKILL and another worker starts; later, the scheduler is killed, too, and the command is
started again with `--resume`. The CPU time of the way `killed` lacks that of the processes that were killed with a worker.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conformance.record import read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer

VARIANTS = ((), ("chunk-object-wrong",), ("stop-ignored",))
ONLY = ("--only", "chat", "--only", "models", "--depth", "smoke", "--quiet")
KEY = "sk-reference"
Verdicts = dict[str, frozenset[tuple[str, ...]]]


@dataclass(slots=True)
class Work:
    """The processes of one way to audit the fleet: their CPU time, when they have ended."""

    cpu_s: float = 0.0
    began: float = field(default_factory=time.monotonic)
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, folder: Path, *words: str, module: str = "conformance") -> subprocess.Popen[str]:
        """Start a command."""
        environ = {**os.environ, "CONFORMANCE_API_KEY": KEY, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", module, *words], cwd=folder, env=environ, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._running.append(process)
        return process

    def wait(self, process: subprocess.Popen[str]) -> int:
        """Wait for the end of a command, and add its CPU time with that of its children."""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_s += usage.ru_utime + usage.ru_stime
        self._running.remove(process)
        return process.returncode

    def end(self) -> None:
        """Terminate the commands that still run, the last one first."""
        for process in reversed(self._running[:]):
            os.kill(process.pid, signal.SIGTERM)
            self.wait(process)


def one_process(folder: Path) -> Work:
    """All targets with one command."""
    work = Work()
    work.wait(work.start(folder, "run", "--all", *ONLY, "--output", "one"))
    return work


def two_shards(folder: Path) -> Work:
    """Two commands at the same time, and the merge."""
    work = Work()
    shards = [work.start(folder, "run", "--all", *ONLY, "--shard", f"{n}/2", "--output", f"part-{n}") for n in (1, 2)]
    for shard in shards:
        work.wait(shard)
    work.wait(work.start(folder, "merge", "part-1", "part-2", "--output", "shards", "--quiet"))
    return work


@dataclass(slots=True)
class DaskCluster:
    """A Dask scheduler and two workers without a supervising process, so that SIGKILL ends a worker for good."""

    work: Work
    folder: Path
    threads: int
    address: str = ""
    scheduler: subprocess.Popen[str] = field(init=False)
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        """Start the scheduler and both workers, and wait until the workers have connected."""
        file = self.folder / f"scheduler-{len(self.workers)}.json"
        self.scheduler = self.work.start(
            self.folder, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file), module="dask"
        )
        while not file.exists() or not file.read_text(encoding="utf-8"):
            time.sleep(0.1)
        self.address = json.loads(file.read_text(encoding="utf-8"))["address"]
        for _ in range(2):
            self.add_worker()
        time.sleep(20)

    def add_worker(self) -> None:
        """Start one more worker."""
        words = ("worker", self.address, "--nthreads", str(self.threads), "--no-dashboard", "--no-nanny")
        self.workers.append(self.work.start(self.folder, *words, module="dask"))

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kill one process of the cluster with SIGKILL."""
        os.kill(process.pid, signal.SIGKILL)  # `Popen.kill` would collect a process that has ended, with its CPU time
        self.work.wait(process)


def two_dask_workers(folder: Path, side_by_side: int) -> Work:
    """A scheduler, two workers and the client. The workers are ready before the time begins."""
    work = Work()
    dask = DaskCluster(work, folder, side_by_side // 2)
    dask.start()
    work.began = time.monotonic()
    work.wait(work.start(folder, "run", "--all", *ONLY, "--dask", dask.address, "--output", "dask"))
    took = time.monotonic()
    work.end()
    work.began += time.monotonic() - took
    return work


def killed_dask(folder: Path, side_by_side: int, targets: int) -> Work:
    """As `two_dask_workers`, but two workers are killed one after another, then the scheduler, and the command resumes.

    Each is killed after a random number of started audits, which is printed.
    """
    work, output = Work(), folder / "killed"
    dask = DaskCluster(work, folder, side_by_side // 2)
    dask.start()
    work.began = time.monotonic()
    command = work.start(folder, "run", "--all", *ONLY, "--dask", dask.address, "--output", "killed")
    moments = sorted(random.sample(range(2, targets * 3 // 4), 3))
    for number, moment in enumerate(moments):
        while sum(1 for _ in output.glob("*/run.ndjson")) < moment:
            time.sleep(0.05)
        dask.kill(dask.workers[number] if number < 2 else dask.scheduler)
        _say(f"killed: {'a worker' if number < 2 else 'the scheduler'} after {moment} started audits")
        if number < 2:
            dask.add_worker()
    code = work.wait(command)
    _say(f"killed: the command ended with exit code {code}")
    for worker in dask.workers[2:]:
        dask.kill(worker)
    dask.start()
    work.wait(work.start(folder, "run", "--all", *ONLY, "--dask", dask.address, "--resume", "killed"))
    took = time.monotonic()
    work.end()
    work.began += time.monotonic() - took
    return work


def verdicts(folder: Path) -> Verdicts:
    """The verdicts of each audit."""
    return {
        file.parent.name: frozenset(
            (each.requirement, each.case, str(each.outcome), str(each.reason)) for each in read_run(file).verdicts
        )
        for file in folder.glob("*/run.ndjson")
    }


def record(folder: Path) -> None:
    """Record a run of the reference and of each mutant."""
    for number, mutants in enumerate(VARIANTS):
        work = Work()
        with ReferenceServer(endpoint_with(*mutants)) as server:
            where = ("--model", "reference-1", "--output", str(folder / f"{number}"))
            work.wait(work.start(folder, "run", server.url, *ONLY, *where))


@contextmanager
def replayed(folder: Path, targets: int, latency_s: float, side_by_side: int) -> Iterator[Work]:
    """Serve the targets, and write conformance.toml, during the `with` block."""
    work, ports = Work(), folder / "ports.txt"
    process = work.start(
        folder, str(folder / "recorded"), "--targets", str(targets), "--latency", str(latency_s), "--ports", str(ports),
        module="benchmarks.replaying",
    )  # fmt: skip
    while not ports.exists():
        time.sleep(0.1)
    tables = [
        f'[targets.t{number:03}]\nurl = "http://127.0.0.1:{port}/v1"\nmodel = "reference-1"\n'
        for number, port in enumerate(ports.read_text(encoding="utf-8").split())
    ]
    fleet = f"[fleet]\nside_by_side = {side_by_side}\n"
    (folder / "conformance.toml").write_text("\n".join([*tables, fleet]), encoding="utf-8")
    try:
        yield work
    finally:
        process.terminate()
        said = process.stdout.read() if process.stdout else ""
        work.wait(process)
        _say(f"targets: {said.strip()}, CPU {work.cpu_s:.1f} s")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Measure and print; exit code 1 if the verdicts differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=300)
    parser.add_argument("--latency", type=float, default=0.3)
    parser.add_argument("--side-by-side", type=int, default=16)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--ways", default="one,shards,dask,killed", help="the ways to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        (folder / "recorded").mkdir(parents=True)
        record(folder / "recorded")
        found: dict[str, Verdicts] = {}
        ways: dict[str, Callable[[], Work]] = {
            "one": lambda: one_process(folder),
            "shards": lambda: two_shards(folder),
            "dask": lambda: two_dask_workers(folder, options.side_by_side),
            "killed": lambda: killed_dask(folder, options.side_by_side, options.targets),
        }
        with replayed(folder, options.targets, options.latency, options.side_by_side):
            for way in options.ways.split(","):
                work = ways[way]()
                found[way] = verdicts(folder / way)
                judged = sum(map(len, found[way].values()))
                _say(
                    f"{way}: {len(found[way])} audits, {judged} verdicts, wall {time.monotonic() - work.began:.0f} s,"
                    f" CPU {work.cpu_s:.1f} s ({work.cpu_s / options.targets:.2f} s for each audit)"
                )
    first = next(iter(found.values()))
    equal = all(each == first for each in found.values())
    _say(f"equal verdicts: {equal}; different results in the fleet: {len(set(first.values()))}")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())

"""One audit of one hostile target, small limits, and everything that it may have said or written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from conformance.auditing.audited import Audited
from conformance.auditing.runner import audit
from conformance.config import Pace, Target, load_profile
from conformance.contract import load_registry
from conformance.record import Run, read_run
from conformance.report import write_model
from conformance.report.model import ReportModel, build_model
from conformance.report.terminal import print_summary
from conformance.verdict import Outcome, Verdict, combine
from conformance.wire import Limits
from tests.hostile.behaviours import BEHAVIOURS
from tests.hostile.server import KEY, HostileServer
from tests.hostile.tls import KINDS, context

LIMITS = Limits(
    connect_s=1.0, read_s=0.4, total_s=0.8, max_bytes=300_000, max_header_bytes=32 * 1024, max_events=2_000, grace_s=0.3
)
"""A thousandth of the usual patience, so that a table of all behaviours takes a minute."""


def peak_mb() -> float:
    """The most memory that this process held at once, in MB; what the one that started it held does not count."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss survives exec, so it may be the parent's
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """What an audit of a hostile target came to."""

    name: str
    audited: Audited
    seconds: float
    run: Run
    model: ReportModel
    reports: dict[str, Path]
    screen: str
    requests: int
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def with_outcome(self, outcome: Outcome) -> list[Verdict]:
        """The requirements of that outcome."""
        return [verdict for verdict in self.verdicts.values() if verdict.outcome is outcome]


def run_hostile(name: str, directory: Path, *, limits: Limits = LIMITS, only: Sequence[str] | None = None) -> Ended:
    """Audit the named behaviour, write all reports into `directory`, and print the summary to a pretended terminal."""
    behaviour = BEHAVIOURS[name]
    with TemporaryDirectory() as own, serving(name, Path(own)) as (server, ca_file):
        target = target_at(server.url, limits=limits, ca_file=ca_file)
        ended = run_target(name, target, directory, behaviour.only if only is None else only)
    assert not server.faults, server.faults[:3]
    return ended


@contextmanager
def serving(name: str, folder: Path) -> Iterator[tuple[HostileServer, str | None]]:
    """The server of a behaviour, and the file of authorities to trust."""
    behaviour = BEHAVIOURS[name]
    tls, ca_file = context(name, folder) if name in KINDS else (None, None)
    with HostileServer(behaviour.script, after=behaviour.after, tls=tls) as server:
        yield server, ca_file


def target_at(url: str, *, limits: Limits = LIMITS, concurrency: int = 16, key: str = KEY, **more: object) -> Target:
    """The target at a URL, with the hostile server's key."""
    return Target(
        url=url,
        profile=load_profile("openai"),
        key=key,
        limits=limits,
        pace=Pace(concurrency),
        **more,  # type: ignore[arg-type]
    )


def run_target(name: str, target: Target, directory: Path, only: Sequence[str] = ()) -> Ended:
    """Audit any target as `conformance run` does."""
    began = time.monotonic()
    audited = audit(target, directory, only=list(only))
    run = read_run(directory / "run.ndjson")
    model = build_model(run, load_registry())
    reports = write_model(model, directory)
    seconds = time.monotonic() - began
    screen = StringIO()
    print_summary(model, Console(file=screen, force_terminal=True, width=100, color_system="truecolor"), reports)
    verdicts = combine(audited.verdicts)
    return Ended(name, audited, seconds, run, model, reports, screen.getvalue(), len(run.exchanges), verdicts)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an audit in a separate process came to: exit code, requirements by outcome, seconds, peak memory."""

    exit_code: int
    by_outcome: dict[str, int]
    seconds: float
    peak_mb: float
    requests: int
    says: str


def measured(name: str, directory: Path, *, everyday: bool = False) -> Cost:
    """Audit the named behaviour in a separate process, so that its memory can be told; the target is in this one."""
    behaviour = BEHAVIOURS[name]
    with TemporaryDirectory() as own, serving(name, Path(own)) as (server, ca_file):
        command = [sys.executable, "-m", "tests.hostile.running", server.url, str(directory), *behaviour.only]
        environ = {**os.environ, "HOSTILE_EVERYDAY": "1" if everyday else "", "HOSTILE_CA": ca_file or ""}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _alone() -> None:
    url, directory, *only = sys.argv[1:]
    # The everyday bounds of size, not of time: a body of any size is to be stopped by its size here.
    limits = Limits(connect_s=2.0, read_s=2.0, total_s=10.0) if os.environ.get("HOSTILE_EVERYDAY") else LIMITS
    ended = run_target(
        "", target_at(url, limits=limits, ca_file=os.environ.get("HOSTILE_CA") or None), Path(directory), only
    )
    cost = {
        "exit_code": int(ended.audited.exit_code),
        "by_outcome": {str(outcome): len(ended.with_outcome(outcome)) for outcome in Outcome},
        "seconds": ended.seconds,
        "peak_mb": peak_mb(),
        "requests": ended.requests,
        "says": ended.audited.unusable or ended.audited.trouble,
    }
    print(json.dumps(cost))  # noqa: T201 - for the process that asked


if __name__ == "__main__":
    _alone()

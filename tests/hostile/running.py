"""One audit of one hostile target, small limits, and everything that it may have said or written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from rich.console import Console

from conformance.contract import load_registry
from conformance.plugin.runner import Audited, audit
from conformance.record import Run, read_run
from conformance.report import write_model
from conformance.report.model import ReportModel, build_model
from conformance.report.terminal import print_summary
from conformance.target import Pace, Target, load_profile
from conformance.verdict import Outcome, Verdict, combine
from conformance.wire import Limits
from tests.hostile.behaviours import BEHAVIOURS
from tests.hostile.server import KEY, HostileServer

LIMITS = Limits(connect_s=1.0, read_s=0.4, total_s=0.8, max_bytes=300_000, max_header_bytes=32 * 1024, max_events=2_000)
"""A thousandth of the usual patience, so that a table of all behaviours takes a minute."""


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
    with HostileServer(behaviour.script, after=behaviour.after) as server:
        target = target_at(server.url, limits=limits)
        ended = run_target(name, target, directory, behaviour.only if only is None else only)
    assert not server.faults, server.faults[:3]
    return ended


def target_at(url: str, *, limits: Limits = LIMITS, concurrency: int = 16, **more: object) -> Target:
    """The target at a URL, with the hostile server's key."""
    return Target(
        url=url,
        profile=load_profile("openai"),
        key=KEY,
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

"""Runs of several nights, written as run folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.contract import Requirement, load_registry
from conformance.record import Footer, Header, Run, RunTarget, RunWriter
from conformance.record.manifest import list_files
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from conformance.wire import Exchange, Redactor, Request

STOP, TOOLS, MODELS = "chat.stop.excluded", "chat.tools.none", "models.list.schema"
P, F, W, Q, U = Outcome.PASS, Outcome.FAIL, Outcome.WARN, Outcome.INCONCLUSIVE, Outcome.UNSUPPORTED


def registry() -> Mapping[str, Requirement]:
    """The requirements of the suite."""
    return load_registry()


def verdict(requirement: str, outcome: Outcome, text: str = "other text") -> Verdict:
    """A verdict with the evidence that its outcome needs."""
    return Verdict(
        requirement,
        Level.MUST,
        outcome,
        reason=Reason.PREMISE_NOT_MET if outcome is Q else None,
        findings=(Finding("text", text, "/choices/0", "x0001"),) if outcome in (F, W) else (),
        exchanges=("x0001",),
    )


def run_of(
    outcomes: Mapping[str, Outcome],
    night: str,
    name: str = "one",
    *,
    model: str = "tiny",
    suite: str = "0.1.0",
    text: str = "other text",
    url: str = "http://127.0.0.1:1/v1",
) -> Run:
    """A run of a named target that started in this night, such as `2026-01-31` or `2026-01-31T04:00:00Z`."""
    started = night if "T" in night else f"{night}T02:00:00Z"
    header = Header("openai-conformance", suite, RunTarget(url, model, "openai", ("openai",)), started, {"name": name})
    exchange = Exchange("x0001", Request("POST", f"{url}/chat/completions"), status=200, body=b'{"choices": []}')
    verdicts = tuple(verdict(each, outcome, text) for each, outcome in outcomes.items())
    return Run(header, {exchange.id: exchange}, verdicts, Footer(started, summary={"requests": 1, "seconds": 2.5}))


def write(run: Run, folder: Path) -> Path:
    """Write a run folder with its manifest."""
    folder.mkdir(parents=True)
    records = (run.header, *run.exchanges.values(), *run.verdicts, *([run.footer] if run.footer else []))
    with RunWriter(folder / "run.ndjson", Redactor()) as writer:
        for each in records:
            writer.write(each)
    list_files(folder, "cases", [])
    return folder


def nights(folder: Path, name: str, outcomes: list[Mapping[str, Outcome]], **more: str) -> list[Path]:
    """Write one run folder for each night of January 2026."""
    return [
        write(run_of(each, f"2026-01-{day:02}", name, **more), folder / f"{name}-{day:02}")
        for day, each in enumerate(outcomes, 1)
    ]

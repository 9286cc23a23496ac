"""What a pytest session judges with: whose exchanges, and where its verdicts go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from conformance.auditing.cases import save_cases
from conformance.auditing.commission import Commission
from conformance.auditing.live_run import LiveRun
from conformance.config import Target
from conformance.contract import Registry, load_document
from conformance.engine import Engine, ProbeKey
from conformance.judging.run_judge import RunJudge
from conformance.judging.two_contracts import compare
from conformance.plugin.items import case_of, requirement_of
from conformance.record import redacted_verdict
from conformance.verdict import Reason, Verdict, combine, exit_code
from conformance.wire import Redactor


class Desk(Protocol):
    """Where one session judges."""

    @property
    def target(self) -> Target:
        """The target as it is tested."""

    @property
    def redactor(self) -> Redactor:
        """Takes the secrets out of what is shown."""

    @property
    def engine(self) -> Engine:
        """Who has the exchanges."""

    @property
    def judge(self) -> RunJudge:
        """Who makes the verdicts."""

    def open(self, items: Sequence[pytest.Item]) -> AbstractContextManager[object]:
        """For the time of the block these tests are judged. Raises `RunFileError`."""

    def begin(self, keys: Sequence[ProbeKey]) -> None:
        """Look at the target, then start these probes. Raises `TargetUnusable` or `TargetDied`."""

    def is_due(self, item: pytest.Item) -> bool:
        """Whether a test is to be judged now."""

    def take(self, verdict: Verdict) -> tuple[Verdict, str]:
        """Keep a verdict; the verdict as it may be shown, and why no other can be kept, or ""."""

    def judged(self) -> None:
        """All tests are judged."""


class OwnDesk:
    """The desk of a session that sends and records, too: what users of pytest have."""

    def __init__(self, commission: Commission, registry: Registry) -> None:
        self._commission = commission
        self._registry = registry
        self.redactor = commission.target.redactor
        self.live: LiveRun | None = None
        self._judge: RunJudge | None = None

    @property
    def target(self) -> Target:
        """The target, with the model that was found."""
        return self.live.target if self.live else self._commission.target

    @property
    def engine(self) -> Engine:
        """The engine of the run. Raises `RuntimeError` before it."""
        return self._run.engine

    @property
    def judge(self) -> RunJudge:
        """Who makes the verdicts of the run. Raises `RuntimeError` before it."""
        if self._judge is None:
            raise RuntimeError("nothing can be judged before the first look at the target")
        return self._judge

    @property
    def _run(self) -> LiveRun:
        if self.live is None:
            raise RuntimeError("the audit has not begun")
        return self.live

    def open(self, items: Sequence[pytest.Item]) -> AbstractContextManager[object]:
        """Open the run file; the engine runs for the time of the block."""
        self.live = LiveRun(self._commission, self._registry)
        self.live.recorder.owed = {(requirement_of(item), case_of(item)): None for item in items}
        return self.live

    def begin(self, keys: Sequence[ProbeKey]) -> None:
        """Look at the target first; then start all probes at once."""
        preflight = self._run.look()
        self._judge = RunJudge(self.engine, self._registry, preflight.accepts_everything)
        self.engine.start(keys)
        self.engine.clean_up()

    def is_due(self, item: pytest.Item) -> bool:
        """Judge nothing more when the time is up."""
        name, said = requirement_of(item), self._commission.time_is_over
        if not said or name not in self._registry:
            return True
        self._run.recorder.unjudged(name, case_of(item), Reason.BUDGET_EXHAUSTED, said)
        return False

    def take(self, verdict: Verdict) -> tuple[Verdict, str]:
        """Write it down."""
        verdict = redacted_verdict(verdict, self.redactor)
        recorder = self._run.recorder
        recorder.verdict(verdict)
        return verdict, str(recorder.lost or "")

    def judged(self) -> None:
        """Save the cases that broke something, and compare the target's own document with OpenAI's."""
        live, directory = self._run, self._commission.directory
        if directory is not None:
            save_cases(directory, live.recorder.verdicts, live.engine, live.redactor)
        compared = comparison(self.target, self.judge, self.redactor)
        if compared:
            live.recorder.contracts = dict(compared)

    def exit_code(self) -> int | None:
        """The policy's exit code; None where nothing was judged."""
        if self.live is None or not self.live.recorder.verdicts:
            return None
        ending = self.live.ending
        return ending.code if ending else exit_code(combine(self.live.recorder.verdicts).values())


def comparison(target: Target, judge: RunJudge, redactor: Redactor) -> Mapping[str, object]:
    """How the exchanges of a run keep the target's own document and OpenAI's; {} without such a document."""
    file = target.profile.own_document
    if file is None:
        return {}
    document = load_document(file)
    try:
        return compare(judge.exchanges(), document, target.url)
    except Exception as trouble:  # noqa: BLE001 - a document may be stranger than its readers; the verdicts stand
        said = redactor.message(f"{type(trouble).__name__}: {trouble}")[:300]
        return {"document": document.name, "operations": [], "breaks": [], "trouble": said}

"""A desk provides the exchanges of a pytest session and receives its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import pytest

from conformance.auditing.cases import save_cases
from conformance.auditing.commission import Commission
from conformance.auditing.live_run import LiveRun
from conformance.config import Target
from conformance.contract import Registry
from conformance.engine import Engine, ProbeKey
from conformance.judging.run_judge import RunJudge
from conformance.judging.two_contracts import comparison
from conformance.plugin.items import case_of, requirement_of
from conformance.record import redacted_verdict
from conformance.verdict import Reason, Verdict, combine, exit_code


class Desk:
    """Provides the exchanges of a user's pytest session, and records its verdicts."""

    def __init__(self, commission: Commission, registry: Registry) -> None:
        self._commission = commission
        self._registry = registry
        self.redactor = commission.target.redactor
        self.live: LiveRun | None = None
        self._judge: RunJudge | None = None

    @property
    def target(self) -> Target:
        """The target under test, with the model that the baseline requests found."""
        return self.live.target if self.live else self._commission.target

    @property
    def engine(self) -> Engine:
        """The engine of the run, which sends the requests. Raises `RuntimeError` if the engine does not exist yet."""
        return self._run.engine

    @property
    def judge(self) -> RunJudge:
        """The object that makes the verdicts of the run.

        Raises `RuntimeError` if the object that makes the verdicts does not exist yet.
        """
        if self._judge is None:
            raise RuntimeError("nothing can be judged before the first look at the target")
        return self._judge

    @property
    def _run(self) -> LiveRun:
        if self.live is None:
            raise RuntimeError("the audit has not begun")
        return self.live

    def open(self, items: Sequence[pytest.Item]) -> AbstractContextManager[object]:
        """Open the run file, and run the engine during the `with` block. Raises `RunFileError`."""
        self.live = LiveRun(self._commission, self._registry)
        self.live.recorder.owed = {(requirement_of(item), case_of(item)): None for item in items}
        return self.live

    def begin(self, keys: Sequence[ProbeKey], later: Sequence[ProbeKey] = ()) -> None:
        """Send the baseline requests and start the given probes; when all have ended, start the probes in `later`.

        Raises `TargetUnusable` or `TargetDied` if nothing can be judged.
        """
        preflight = self._run.look()
        self._judge = RunJudge(self.engine, self._registry, preflight.accepts_everything)
        self.engine.start(keys, later)
        self.engine.clean_up()

    def is_due(self, item: pytest.Item) -> bool:
        """Return whether a test may still be judged; return false if the time budget of the run is used up."""
        name, said = requirement_of(item), self._commission.time_is_over
        if not said or name not in self._registry:
            return True
        self._run.recorder.unjudged(name, case_of(item), Reason.BUDGET_EXHAUSTED, said)
        return False

    def take(self, verdict: Verdict) -> tuple[Verdict, str]:
        """Write a verdict to the run file, and return it in the form to display, with a reason.

        The reason says why no more verdicts can be recorded; the reason is "" if more verdicts can be recorded.
        """
        verdict = redacted_verdict(verdict, self.redactor)
        recorder = self._run.recorder
        recorder.verdict(verdict)
        return verdict, str(recorder.lost or "")

    def judged(self) -> None:
        """Save failed generated cases, and compare the exchanges with the target's and OpenAI's OpenAPI documents."""
        live, directory = self._run, self._commission.directory
        if directory is not None:
            save_cases(directory, live.recorder.verdicts, live.engine, live.redactor)
        compared = comparison(self.target, self.judge, self.redactor)
        if compared:
            live.recorder.contracts = dict(compared)

    def exit_code(self) -> int | None:
        """The exit code that the verdicts determine; None if nothing was judged."""
        if self.live is None or not self.live.recorder.verdicts:
            return None
        ending = self.live.ending
        return ending.code if ending else exit_code(combine(self.live.recorder.verdicts).values())

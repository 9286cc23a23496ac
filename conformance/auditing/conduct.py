"""Conducts one audit: this process sends and records, another one judges; also judges a recorded run again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.auditing.audited import Audited, Watch
from conformance.auditing.cases import save_cases
from conformance.auditing.channel import JudgingOrder, line, order_line
from conformance.auditing.commission import Commission
from conformance.auditing.feed import Feed
from conformance.auditing.judging_process import JudgingProcess
from conformance.auditing.live_run import LiveRun, without_long_secrets
from conformance.auditing.plan import Plan, plan
from conformance.auditing.preflight import TargetUnusable
from conformance.auditing.run_recorder import RunRecorder
from conformance.auditing.standing import Standing, failures
from conformance.auditing.supervision import Patience, Step, Supervision
from conformance.config import Target
from conformance.contract import load_registry, selected
from conformance.contract.packs import given_packs
from conformance.engine import TargetDied
from conformance.judging.control import OPERATIONS, ask_aside
from conformance.judging.recorded_target import without_credentials
from conformance.record import RedactedRun, redacted_verdict
from conformance.verdict import Ending, ExitCode, Outcome, Reason, Verdict, combine, exit_code

CHECK_S = 60.0
"""Maximum seconds for one check. The longest takes a second, or a few on a busy machine."""


@dataclass
class _Judging:
    """The common state of both kinds of audit: the record, the finished cases, and the watcher."""

    recorder: RunRecorder
    watch: Watch | None
    order: JudgingOrder
    total: int = 0
    done: set[tuple[str, str]] = field(default_factory=set)
    compares: bool = True

    def planned(self, cases: list[tuple[str, str]]) -> None:
        """Note the cases that will be judged, except finished ones."""
        if not self.total:
            self.total = len(cases)
            self.recorder.owed = dict.fromkeys(cases)

    def take(self, verdict: Verdict) -> None:
        """Record a verdict."""
        self.done.add((verdict.requirement, verdict.case))
        self.recorder.verdict(redacted_verdict(verdict, self.recorder.redactor))

    def stopped(self, step: Step, reason: Reason, why: str) -> None:
        """Record that a step had no result."""
        if step.requirement:
            self.done.add((step.requirement, step.case))
            self.recorder.unjudged(step.requirement, step.case, reason, why)
        else:
            self.compares = False
            self.recorder.contracts = {"document": step.case, "operations": [], "breaks": [], "trouble": why}

    def compared(self, contracts: dict[str, Any]) -> None:
        """Keep the comparison with both contracts."""
        self.compares = False
        self.recorder.contracts = contracts

    def tick(self) -> bool:
        """Notify the watcher; return false when nothing more can be written."""
        if self.watch is not None and self.total:
            self.watch(self.standing())
        return self.recorder.lost is None

    def standing(self) -> Standing:
        """Return the progress."""
        verdicts = self.recorder.verdicts
        fails = sum(verdict.outcome is Outcome.FAIL for verdict in verdicts)
        return Standing(len(verdicts), self.total, 0, 0, fails, failures(verdicts))

    def order_now(self, *, alone: bool) -> JudgingOrder:
        """Return the current order for a judging process."""
        return replace(self.order, done=frozenset(self.done), alone=alone, compares=self.compares)


@dataclass
class _Replayed(_Judging):
    """The judging of a finished run from its file."""

    def launch(self, *, alone: bool) -> JudgingProcess:
        """Start a process that reads the file itself."""
        process, order = JudgingProcess(), order_line(self.order_now(alone=alone))
        process.tell(lambda: order)
        return process

    def want(self, number: int, operation: str, body: Any) -> None:
        """Nothing is sent."""

    def waited_for(self) -> float | None:
        """It never waits."""
        return 0.0

    def interrupt(self) -> None:
        """Nothing is sent."""


class _Live(_Judging):
    """The judging of a run in progress."""

    def __init__(self, live: LiveRun, feed: Feed, watch: Watch | None, order: JudgingOrder, planned: Plan) -> None:
        super().__init__(live.recorder, watch, order)
        self._live = live
        self._feed = feed
        self._wanted: set[int] = set()
        self._answered_at = 0.0
        self._interrupted = False
        self._process: JudgingProcess | None = None
        self.planned(list(planned.cases))
        live.engine.start(planned.keys)
        live.engine.clean_up()
        threading.Thread(target=self._watch_probes, name="conformance-probes", daemon=True).start()

    def launch(self, *, alone: bool) -> JudgingProcess:
        """Start a process that receives everything that was sent."""
        return self.begin(JudgingProcess(hidden=[self._live.target.key_env]), alone=alone)

    def begin(self, process: JudgingProcess, *, alone: bool) -> JudgingProcess:
        """Start the judging in a launched process."""
        order = order_line(self.order_now(alone=alone))
        self._wanted.clear()
        self._process = process
        process.tell(lambda: order)
        self._feed.attach(process)
        return process

    def want(self, number: int, operation: str, body: Any) -> None:
        """Send the request, and report when it was answered; its exchange is reported before."""
        process = self._process
        if operation not in OPERATIONS or not isinstance(body, dict) or process is None:
            return
        self._wanted.add(number)

        def answered(_: Future[Any]) -> None:
            self._answered_at = time.monotonic()
            self._wanted.discard(number)
            process.tell(lambda: line("answered", {"number": number}))

        engine = self._live.engine
        engine.call(lambda: ask_aside(engine, operation, body)).add_done_callback(answered)

    def waited_for(self) -> float | None:
        """Return since when all probes have ended and all wanted requests are answered."""
        completed = self._feed.completed_at
        return None if completed is None or self._wanted else max(completed, self._answered_at)

    def interrupt(self) -> None:
        """Abandon open requests."""
        self._interrupted = True
        self._live.engine.stop_asking()

    def standing(self) -> Standing:
        """Return the progress of the run."""
        return self._live.standing(self.total)

    def _watch_probes(self) -> None:
        engine = self._live.engine
        engine.wait()
        self._feed.complete(engine.death, interrupted=self._interrupted)


def audit(
    target: Target,
    directory: Path,
    *,
    only: Sequence[str] = (),
    watch: Watch | None = None,
    earlier: RedactedRun | None = None,
    started: float | None = None,
    check_s: float = CHECK_S,
    meanwhile: Callable[[], object] = lambda: None,
) -> Audited:
    """Audit a target and write `directory/run.ndjson`; raises `RunFileError` if that cannot be completed.

    `earlier` is the interrupted run in `directory`: its answered requests are not repeated, and a complete file
    replaces its file. `only` are requirement ids or areas. The seconds of the budget count from `started` (by
    `time.monotonic`; default now), and `check_s` is the maximum for one check. `watch` is called a few times per
    second. `meanwhile` runs while the first requests are in progress.

    Raises `SpecError` or `UnknownName` for an invalid order. The target's behaviour and interrupts are in the result.
    """
    commission = Commission(
        target, directory, tuple(only), earlier, None, time.monotonic() if started is None else started
    )
    registry = load_registry()
    selected(registry, commission.only)
    if only and not plan(target, registry, commission.only).cases:
        return Audited(ExitCode.NOTHING_JUDGED, ())
    feed = Feed(without_long_secrets(target))
    live = LiveRun(commission, registry, exchange=feed.exchange, unanswered=feed.unanswered)
    supervision: Supervision | None = None
    try:
        with live:
            looking = live.begin_look()
            process = JudgingProcess(hidden=[target.key_env])
            try:
                planned = plan(target, registry, commission.only)
                live.recorder.owed = dict.fromkeys(planned.cases)
                meanwhile()
                preflight = live.looked(looking)
                order = JudgingOrder(
                    without_credentials(preflight.target),
                    commission.only,
                    packs=given_packs(),
                )
                side = _Live(live, feed, watch, order, planned)
                supervision = Supervision(side, _patience(commission, check_s))
                supervision.run(side.begin(process, alone=False))
            finally:
                process.end()
            _all_judged(supervision, live.recorder)
            live.why = supervision.why
            live.recorder.interrupted = supervision.interrupted
            if not supervision.interrupted:
                save_cases(directory, live.recorder.verdicts, live.engine, live.redactor)
    except (TargetUnusable, TargetDied):
        return _audited(live.recorder, live.ending)
    except KeyboardInterrupt:
        return _audited(live.recorder, live.ending, interrupted=True)
    return _audited(live.recorder, live.ending, supervision)


def judge(
    recorded: RedactedRun,
    file: Path,
    target: Target,
    directory: Path,
    *,
    only: Sequence[str] = (),
    watch: Watch | None = None,
    check_s: float = CHECK_S,
) -> Audited:
    """Judge a run again and write `directory/run.ndjson`; nothing is sent: its exchanges answer all probes.

    `recorded` is the run in `file`, and `target` is from `judging.recorded_target`. The rest is as in `audit`.
    """
    registry = load_registry()
    selected(registry, only)
    redactor = target.redactor
    recorder = RunRecorder(directory, redactor, registry, recorded=recorded, only=only)
    ending, why = recorded.ending, (Reason.INTERRUPTED, "the run ended before this was judged")
    supervision: Supervision | None = None
    try:
        order = JudgingOrder(without_credentials(target), tuple(only), recorded=file.resolve(), packs=given_packs())
        side = _Replayed(recorder, watch, order)
        supervision = Supervision(side, Patience(check_s))
        supervision.run()
        _all_judged(supervision, recorder)
        why = supervision.why
        if supervision.unusable is not None:
            code, said = supervision.unusable
            why = (Reason.PREREQUISITE_FAILED, said)
            ending = ending or Ending(code, f"{said}.")
    finally:
        recorder.close(None, *why, ending)
    return _audited(recorder, ending, supervision)


def _all_judged(supervision: Supervision, recorder: RunRecorder) -> None:
    """A judging process that ends without a word, and leaves cases without a verdict, is a fault of the suite."""
    if supervision.came_to_its_end and recorder.owed:
        name, case = next(iter(recorder.owed))
        supervision.trouble = f"{len(recorder.owed)} planned cases were not judged, the first is {name} {case}".rstrip()


def _patience(commission: Commission, check_s: float) -> Patience:
    seconds = commission.target.budget.seconds
    if seconds is None:
        return Patience(check_s)
    return Patience(check_s, commission.started + seconds, f"the budget of {seconds:g} seconds is spent")


def _audited(
    recorder: RunRecorder,
    ending: Ending | None,
    supervision: Supervision | None = None,
    *,
    interrupted: bool = False,
) -> Audited:
    """Return the result. Raises `RunFileError` if the run file could not be completed."""
    if recorder.lost is not None:
        raise recorder.lost
    verdicts = tuple(recorder.verdicts)
    if supervision is not None and supervision.trouble:
        return Audited(ExitCode.HARNESS_ERROR, verdicts, trouble=recorder.redactor.message(supervision.trouble))
    if interrupted or (supervision is not None and supervision.interrupted):
        return Audited(ExitCode.INTERRUPTED, verdicts, True, ending)
    return Audited(ending.code if ending else exit_code(combine(verdicts).values()), verdicts, ending=ending)

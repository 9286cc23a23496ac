"""Handles the messages of the judging process in the auditing process, for a run in progress and for a replay."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.auditing.audited import Watch
from conformance.auditing.channel import JudgingOrder, Message, line, order_line
from conformance.auditing.feed import Feed
from conformance.auditing.judging_process import JudgingProcess
from conformance.auditing.live_run import LiveRun
from conformance.auditing.plan import Plan
from conformance.auditing.run_recorder import RunRecorder
from conformance.auditing.standing import Standing, failures
from conformance.auditing.supervision import Step
from conformance.engine import Engine, ProbeKey, Transport
from conformance.judging.control import OPERATIONS, ask_aside
from conformance.record import redacted_verdict
from conformance.verdict import Outcome, Reason, Verdict


@dataclass
class JudgingSide:
    """The data that runs in progress and replays both need: the recorder, the finished cases, and the function `watch`."""

    recorder: RunRecorder
    watch: Watch | None
    order: JudgingOrder
    total: int = 0
    done: set[tuple[str, str]] = field(default_factory=set)
    compares: bool = True

    def planned(self, cases: list[tuple[str, str]]) -> None:
        """Store the list of cases that the run will judge; only the first call stores a list."""
        if not self.total:
            self.total = len(cases)
            self.recorder.owed = dict.fromkeys(cases)

    def take(self, verdict: Verdict) -> None:
        """Record a verdict."""
        self.done.add((verdict.requirement, verdict.case))
        self.recorder.verdict(redacted_verdict(verdict, self.recorder.redactor))

    def stopped(self, step: Step, reason: Reason, why: str) -> None:
        """Record that a step of the judging process produced no result, for example because its check was stopped."""
        if step.requirement:
            self.done.add((step.requirement, step.case))
            self.recorder.unjudged(step.requirement, step.case, reason, why)
        else:
            self.compares = False
            self.recorder.contracts = {"document": step.case, "operations": [], "breaks": [], "trouble": why}

    def compared(self, contracts: dict[str, Any]) -> None:
        """Store the results of comparing all exchanges with two OpenAPI documents: the target's and OpenAI's."""
        self.compares = False
        self.recorder.contracts = contracts

    def tick(self) -> bool:
        """Report the progress to the function `watch`; return false if the run file can no longer be written."""
        if self.watch is not None and self.total:
            self.watch(self.standing())
        return self.recorder.lost is None

    def standing(self) -> Standing:
        """Return the progress."""
        verdicts = self.recorder.verdicts
        fails = sum(verdict.outcome is Outcome.FAIL for verdict in verdicts)
        return Standing(len(verdicts), self.total, 0, 0, fails, failures(verdicts))

    def order_now(self, *, alone: bool) -> JudgingOrder:
        """Return the instructions for a judging process that starts now."""
        return replace(self.order, done=frozenset(self.done), alone=alone, compares=self.compares)


@dataclass
class ReplayedSide(JudgingSide):
    """Judges a finished run again from its run file."""

    def launch(self, *, alone: bool) -> JudgingProcess:
        """Start a judging process that reads the run file itself."""
        process, order = JudgingProcess(), order_line(self.order_now(alone=alone))
        process.tell(lambda: order)
        return process

    def want(self, number: int, request: Message) -> None:
        """Do nothing, because no request is sent in a replay."""

    def waited_for(self) -> float | None:
        """Return 0.0, because a replay never waits for exchanges."""
        return 0.0

    def interrupt(self) -> None:
        """Do nothing, because no request is sent in a replay."""


class LiveSide(JudgingSide):
    """Judges a run in progress."""

    def __init__(self, live: LiveRun, feed: Feed, watch: Watch | None, order: JudgingOrder, planned: Plan) -> None:
        super().__init__(live.recorder, watch, order)
        self._live = live
        self._feed = feed
        self._wanted: set[int] = set()
        self._answered_at = 0.0
        self._interrupted = False
        self._process: JudgingProcess | None = None
        self.planned(list(planned.cases))
        live.engine.start(planned.keys, planned.later)
        live.engine.clean_up()
        threading.Thread(target=self._watch_probes, name="conformance-probes", daemon=True).start()

    def launch(self, *, alone: bool) -> JudgingProcess:
        """Start a judging process that receives all exchanges recorded so far and all later exchanges."""
        return self.begin(JudgingProcess(hidden=self._live.target.key_variables), alone=alone)

    def begin(self, process: JudgingProcess, *, alone: bool) -> JudgingProcess:
        """Let a judging process that was started earlier begin to judge."""
        order = order_line(self.order_now(alone=alone))
        self._wanted.clear()
        self._process = process
        process.tell(lambda: order)
        self._feed.attach(process)
        return process

    def want(self, number: int, request: Message) -> None:
        """Send a control request or repeat probes, then tell the judging process that their exchanges were reported."""
        process, engine = self._process, self._live.engine
        sends = _sends(engine, request)
        if sends is None or process is None:
            return
        self._wanted.add(number)

        def answered(_: Future[Any]) -> None:
            self._answered_at = time.monotonic()
            self._wanted.discard(number)
            process.tell(lambda: line("answered", {"number": number}))

        engine.call(sends).add_done_callback(answered)

    def waited_for(self) -> float | None:
        """Return the time of the end of the last probe or last control request; None while one of them is still running."""
        completed = self._feed.completed_at
        return None if completed is None or self._wanted else max(completed, self._answered_at)

    def interrupt(self) -> None:
        """Stop waiting for the responses to open requests."""
        self._interrupted = True
        self._live.engine.stop_asking()

    def standing(self) -> Standing:
        """Return the progress of the run."""
        return self._live.standing(self.total)

    def _watch_probes(self) -> None:
        engine = self._live.engine
        engine.wait()
        self._feed.complete(engine.death, interrupted=self._interrupted)


def _sends(engine: Engine, request: Message) -> Callable[[], Coroutine[Any, Any, Any]] | None:
    """Return what fulfils a request of the judging process; None for a request of no known kind."""
    match request:
        case {"operation": str(operation), "body": dict(body)} if operation in OPERATIONS:
            return lambda: ask_aside(engine, operation, body)
        case {"probes": list(asked)}:
            keys = [ProbeKey(str(name), Transport(transport), int(again)) for name, transport, again in asked]
            return lambda: engine.execute(keys)
        case _:
            return None

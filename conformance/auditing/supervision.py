"""Supervises the judging process: receives its verdicts, and replaces the process if a check hangs or crashes it."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.auditing.channel import Message
from conformance.auditing.judging_process import JudgingProcess
from conformance.verdict import ExitCode, Reason, Verdict

TICK_S = 0.2
WATCHED_S = 0.1
"""The seconds between two calls of `tick`, because each looks at all verdicts so far."""
STARTUP_S = 180.0
"""Seconds in which a judging process must have found its checks, even on a busy machine."""
INTERRUPTED_S = 10.0
"""Seconds after an interrupt for judging what was measured."""
MOST_ENDED = 8
"""Maximum number of judging processes that checks may crash; remaining cases are then not judged."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The time limits of judging: the seconds for one check, and when (by `time.monotonic`) the time budget ends."""

    check_s: float = 60.0
    until: float | None = None
    over: str = ""
    """The detail of checks that were not reached before the run's time was over."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a judging process is working on: one case of a requirement, or the comparison with OpenAPI documents."""

    requirement: str
    case: str
    of_the_run: bool = False


class Side(Protocol):
    """The methods of the auditing process that the class `Supervision` calls, for example to record a verdict."""

    def launch(self, *, alone: bool) -> JudgingProcess:
        """Start and return a new judging process, which receives its instructions and all exchanges recorded so far."""

    def planned(self, cases: list[tuple[str, str]]) -> None:
        """Receive the list of the cases that the judging process will judge."""

    def take(self, verdict: Verdict) -> None:
        """Take a verdict."""

    def stopped(self, step: Step, reason: Reason, why: str) -> None:
        """Record that the judging process ended a step without a result, for example because a check was stopped."""

    def compared(self, contracts: dict[str, Any]) -> None:
        """Receive the comparison of all exchanges with two OpenAPI documents: the target's and OpenAI's."""

    def want(self, number: int, request: Message) -> None:
        """Send a control request for a check, or repeat the check's probes."""

    def waited_for(self) -> float | None:
        """Return the time, by `time.monotonic`, at which the judging process got the last exchange that it needs.

        Returns None if the judging process must still wait for exchanges.
        """

    def interrupt(self) -> None:
        """Send no more requests."""

    def tick(self) -> bool:
        """Return false if the run file can no longer be written.

        The class `Supervision` calls `tick` a few times per second.
        """


class Supervision:
    """Supervises the judging of one run, from the first judging process to the last."""

    def __init__(self, side: Side, patience: Patience) -> None:
        self._side = side
        self._patience = patience
        self._until = patience.until
        self._alone = False
        self._ended = 0
        self._unexplained = 0
        self._step: Step | None = None
        self._ready = False
        self._idle = False
        self._since = self._ticked = 0.0
        self.interrupted = False
        self.finished = False
        self.trouble = ""
        self.came_to_its_end = False
        self.unusable: tuple[ExitCode, str] | None = None
        self.why = (Reason.INTERRUPTED, "the run ended before this was judged")
        """The detail of cases that were never judged."""

    def run(self, process: JudgingProcess | None = None) -> None:
        """Let one or more judging processes, one after another, judge all planned cases.

        `process` is a judging process that is already started, or None.

        If the user interrupts the run, no exception is raised.
        """
        self._process = process or self._side.launch(alone=False)
        self._began()
        try:
            while not self.finished:
                try:
                    self._turn()
                except KeyboardInterrupt:
                    if self.interrupted:
                        break
                    self._interrupt()
        finally:
            self._process.end()

    def _interrupt(self) -> None:
        self.interrupted = True
        self._side.interrupt()
        soon = time.monotonic() + INTERRUPTED_S
        self._until = soon if self._until is None else min(self._until, soon)

    def _began(self) -> None:
        self._step, self._ready, self._idle, self._since = None, False, False, time.monotonic()

    def _turn(self) -> None:
        try:
            message = self._process.inbox.get(timeout=TICK_S)
        except queue.Empty:
            pass
        else:
            if message is None:
                self._died(f"ended by itself ({_how(self._process.ended())})")
            else:
                self._take(message)
        now = time.monotonic()
        if self.finished or now - self._ticked >= WATCHED_S:
            self._ticked = now
            self.finished = not self._side.tick() or self.finished
        if not self.finished:
            self._look_at_the_clock()

    def _take(self, message: Message) -> None:
        self._since = time.monotonic()
        match message.pop("kind"):
            case "planned":
                self._ready = True
                self._side.planned([(name, case) for name, case in message["cases"]])
            case "judging":
                self._step = Step(**message)
            case "waiting":
                self._idle = True
            case "working":
                self._idle = False
            case "verdict":
                self._step = None
                self._side.take(Verdict.from_dict(message))
            case "compared":
                self._step = None
                self._side.compared(message["contracts"])
            case "want":
                self._side.want(message["number"], message["request"])
            case "unusable":
                self.unusable, self.finished = (ExitCode(message["code"]), message["said"]), True
            case "ended":
                if message["trouble"]:
                    self._process.end()
                    self.trouble = f"{message['trouble']}\n{self._process.errors}".strip()
                self.finished = True
                self.came_to_its_end = not self.trouble

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self._until is not None and now >= self._until:
            self._time_is_over()
            return
        since = self._since
        if self._idle:
            waited_for = self._side.waited_for()
            if waited_for is None:
                return
            since = max(since, waited_for)
        most = self._patience.check_s if self._ready else STARTUP_S
        if now - since > most:
            self._died(f"did not end within {most:g} seconds")

    def _time_is_over(self) -> None:
        self._drain()
        if self._step is not None and not self.interrupted:
            why = f"{self._patience.over}, and the check was still judging"
            self._side.stopped(self._step, Reason.BUDGET_EXHAUSTED, why)
        if not self.interrupted:
            self.why = (Reason.BUDGET_EXHAUSTED, self._patience.over)
        self.finished = True

    def _drain(self) -> None:
        """Kill the process, and take its earlier messages."""
        self._process.end()
        while (message := self._process.inbox.get()) is not None:
            self._take(message)

    def _died(self, how: str) -> None:
        """Continue with another process, without the check that crashed this one."""
        code = self._process.end()
        while not self._process.inbox.empty():
            if (message := self._process.inbox.get()) is not None:
                self._take(message)
        if self.finished:
            return
        step = self._step
        if step is None:
            self._unexplained += 1
            if not self._ready or self._unexplained > 1:
                self.trouble = f"the judging process {how}: {self._process.errors or f'exit code {code}'}"
                self.finished = True
                return
        elif step.of_the_run and not self._alone:
            pass  # it judged all invariants at once: alone, one of them will say which it is
        else:
            self._side.stopped(step, Reason.CHECK_STOPPED, f"the check {_said(how)}")
        self._alone = True
        self._ended += 1
        if self._ended >= MOST_ENDED:
            self.why = (Reason.CHECK_STOPPED, f"judging was given up after {MOST_ENDED} checks that did not end")
            self.finished = True
            return
        self._process = self._side.launch(alone=True)
        self._began()


def _said(how: str) -> str:
    return f"{how}, so it was stopped" if how.startswith("did not end") else f"ended the process it ran in ({how})"


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"

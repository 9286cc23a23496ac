"""The judging process: it runs the checks in pytest on exchanges of another process, and reports each verdict.

`conformance.auditing.judging_process` starts it. The judging process has no credentials and opens no socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any

import pytest

from conformance.auditing.channel import JudgingOrder, Message, death_of, error_of, line, order_of
from conformance.auditing.outgoing import Outgoing
from conformance.auditing.preflight import TargetUnusable, begin_look, looked
from conformance.auditing.vital_signs import recorded_death
from conformance.contract import Registry, load_registry
from conformance.contract.packs import use_packs
from conformance.engine import Engine, GrowingReplay, Interrupted, ProbeKey
from conformance.judging.run_judge import RunJudge
from conformance.plugin.audit import install_desk
from conformance.plugin.desk import comparison
from conformance.plugin.items import case_of, judges_the_run, requirement_of
from conformance.plugin.selection import collect_packs
from conformance.plugin.session import ARGUMENTS
from conformance.record import exchange_from_dict, read_run, redacted_verdict
from conformance.verdict import Verdict


def main() -> None:
    """Perform the order read from standard input, then exit even if threads are still running."""
    orders, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a check prints is no message
    _end_with_parent()
    _without_frequent_collections()
    order = order_of(json.loads(orders.readline()))
    desk = ReplayDesk(order, orders, told)
    session = _Session(desk, order)
    status = pytest.main(ARGUMENTS, plugins=[session])
    refused = status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR)
    sys.stderr.flush()
    desk.tell("ended", {"trouble": session.crash or ("pytest could not run the checks" if refused else "")})
    os._exit(0)


class ReplayDesk:
    """The desk of a judging process, whose exchanges come from the auditing process."""

    def __init__(self, order: JudgingOrder, orders: IO[bytes], told: IO[bytes]) -> None:
        use_packs(order.packs)
        self.order = order
        self.target = order.target
        self.redactor = order.target.redactor
        self.registry: Registry = load_registry()
        self._orders = orders
        self._told = told
        self._lock = threading.Lock()
        self._judge: RunJudge | None = None
        self._growing: GrowingReplay | None = None
        self.engine = self._engine()

    def _engine(self) -> Engine:
        check = Outgoing(self.target.profile)
        if self.order.recorded is not None:
            run = read_run(self.order.recorded)
            recorded, died = run.exchanges.values(), recorded_death(run)
            return Engine(self.target, lambda _: None, recorded=recorded, died=died, check=check)
        self._growing = GrowingReplay(self.target, self._want, self._idle, check)
        return self._growing

    @property
    def judge(self) -> RunJudge:
        """The object that makes the verdicts of the run. Raises `RuntimeError` before the judge exists."""
        if self._judge is None:
            raise RuntimeError("nothing can be judged before the first look at the target")
        return self._judge

    def open(self, items: Sequence[pytest.Item]) -> AbstractContextManager[object]:
        """Report which tests will be judged; the engine replays during the block."""
        self.tell("planned", {"cases": [[requirement_of(item), case_of(item)] for item in items]})
        return self.engine

    def begin(self, keys: Sequence[ProbeKey]) -> None:
        """Replay the baseline requests, then all probes at once."""
        if self._growing is not None:
            threading.Thread(target=self._hear, args=(self._growing,), name="conformance-hears", daemon=True).start()
        try:
            preflight = looked(self.engine, begin_look(self.engine))
        except TargetUnusable as unusable:
            self.tell("unusable", {"code": int(unusable.code), "said": str(unusable)})
            raise
        self.target = self.engine.target = preflight.target
        self._judge = RunJudge(self.engine, self.registry, preflight.accepts_everything, alone=self.order.alone)
        self.engine.start(keys)

    def is_due(self, item: pytest.Item) -> bool:
        """Report the next case to the auditing process, and return whether it must be judged."""
        name, case = requirement_of(item), case_of(item)
        due = (name, case) not in self.order.done
        if due:
            self.tell("judging", {"requirement": name, "case": case, "of_the_run": judges_the_run(item)})
        return due

    def take(self, verdict: Verdict) -> tuple[Verdict, str]:
        """Report the verdict."""
        self.tell("verdict", verdict.to_dict(), later=True)  # what comes next is said at once
        return redacted_verdict(verdict, self.redactor), ""

    def judged(self) -> None:
        """Compare the exchanges with the target's document and OpenAI's."""
        file = self.target.profile.own_document
        if file is None or not self.order.compares:
            return
        self.tell("judging", {"requirement": "", "case": file.name})
        self.tell("compared", {"contracts": comparison(self.target, self.judge, self.redactor)})

    def tell(self, kind: str, data: Message, *, later: bool = False) -> None:
        """Send a message to the auditing process, or exit if the auditing process is gone.

        This method may be called from any thread. With `later`, the message may be sent together with the next message.
        """
        with self._lock:
            try:
                self._told.write(line(kind, data))
                if not later:
                    self._told.flush()
            except OSError:
                os._exit(1)

    def _want(self, number: int, operation: str, body: Any) -> None:
        self.tell("want", {"number": number, "operation": operation, "body": body})

    @contextmanager
    def _idle(self) -> Iterator[None]:
        self.tell("waiting", {})
        yield
        self.tell("working", {})

    def _hear(self, replay: GrowingReplay) -> None:
        """Forward received lines, in a separate thread, until the connection ends."""
        for text in self._orders:
            message: Message = json.loads(text)
            match message["kind"]:
                case "exchange":
                    replay.add(exchange_from_dict(message))
                case "unanswered":
                    replay.fail(message["identity"], error_of(message))
                case "complete":
                    replay.complete(death_of(message), Interrupted() if message["interrupted"] else None)
                case "answered":
                    replay.answered(message["number"])
        os._exit(1)  # the process that audits is gone


class _Session:
    """Makes pytest's session judge with the desk."""

    def __init__(self, desk: ReplayDesk, order: JudgingOrder) -> None:
        self._desk = desk
        self._order = order
        self.crash = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Install the desk; the plugin itself does so only if pytest's options name a target."""
        collect_packs(config, self._desk.target)
        install_desk(config, self._desk, self._desk.registry, self._order.only)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Fail if a module of checks cannot be imported, because its checks would be missing."""
        if report.failed:
            self.crash = self.crash or str(report.longrepr)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Report that there is no test, if so."""
        if not session.items and not self.crash:
            self._desk.tell("planned", {"cases": []})

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep an internal error."""
        self.crash = str(excrepr)


def _end_with_parent() -> None:
    """On Linux, end this process together with its parent process."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes
        import signal

        parent_death, parent = 1, os.getppid()
        ctypes.CDLL(None).prctl(parent_death, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _without_frequent_collections() -> None:
    """Collect garbage rarely: imported modules stay, and a run creates few cycles."""
    import gc

    gc.freeze()
    gc.set_threshold(50_000, 20, 100)

"""The judging process: runs checks on the exchanges that the auditing process sends, and reports each verdict to it.

`conformance.auditing.judging_process` starts it. The judging process has no credentials and opens no socket.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from conformance.auditing.channel import JudgingOrder, Message, death_of, error_of, line, order_of
from conformance.auditing.outgoing import Outgoing
from conformance.auditing.plan import plan
from conformance.auditing.preflight import TargetUnusable, begin_look, looked
from conformance.auditing.vital_signs import recorded_death
from conformance.checks.index import Check
from conformance.checks.listed import listed_checks
from conformance.contract import Registry, load_registry
from conformance.contract.packs import use_packs
from conformance.engine import Engine, GrowingReplay, Interrupted, ProbeKey, TargetDied
from conformance.judging.checking import Checking
from conformance.judging.run_judge import RunJudge
from conformance.judging.two_contracts import comparison
from conformance.record import exchange_from_dict, read_run


def main() -> None:
    """Read instructions from standard input, judge as instructed, then exit even if threads are still running."""
    orders, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a check prints is no message
    _end_with_parent()
    listed_checks()  # takes long if the modules have changed, so it is done before the order arrives
    gc.freeze()
    worker = Worker(order_of(json.loads(orders.readline())), orders, told)
    trouble = ""
    try:
        worker.judge()
    except (TargetUnusable, TargetDied):
        pass  # it was reported, or the exchanges tell
    except Exception:  # noqa: BLE001 - whatever breaks here is a fault of the suite, and must be told
        trouble = traceback.format_exc()
    worker.tell("ended", {"trouble": trouble})
    sys.stderr.flush()
    os._exit(0)


class Worker:
    """Judges one order."""

    def __init__(self, order: JudgingOrder, orders: IO[bytes], told: IO[bytes]) -> None:
        use_packs(order.packs)
        self.order = order
        self.target = order.target
        self.redactor = order.target.redactor
        self.registry: Registry = load_registry()
        self._orders = orders
        self._told = told
        self._lock = threading.Lock()
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

    def judge(self) -> None:
        """Report the cases to judge, replay all probes, judge each case, and compare the OpenAPI documents.

        An unusable target is reported to the auditing process before `TargetUnusable` is raised.
        """
        planned = plan(self.target, self.registry, self.order.only)
        self.tell("planned", {"cases": [[check.requirement, case] for check, case in planned.in_order]})
        if not planned.cases:
            return
        with self.engine:
            checking = self._begun([*planned.keys, *planned.later])
            for check, case in planned.in_order:
                if (check.requirement, case) not in self.order.done:
                    self._judge(checking, check, case)
            self._compare(checking.judge)

    def _begun(self, keys: Sequence[ProbeKey]) -> Checking:
        """Replay the baseline requests, then all probes at once."""
        if self._growing is not None:
            threading.Thread(target=self._hear, args=(self._growing,), name="conformance-hears", daemon=True).start()
        try:
            preflight = looked(self.engine, begin_look(self.engine))
        except TargetUnusable as unusable:
            self.tell("unusable", {"code": int(unusable.code), "said": str(unusable)})
            raise
        self.target = self.engine.target = preflight.target
        judge = RunJudge(self.engine, self.registry, preflight.accepts_everything, alone=self.order.alone)
        self.engine.start(keys)
        return Checking(self.engine, judge)

    def _judge(self, checking: Checking, check: Check, case: str) -> None:
        """Report the next case, judge it, and report the verdict together with what comes next."""
        step = {"requirement": check.requirement, "case": case, "of_the_run": check.judges_the_run}
        self.tell("judging", step)
        self.tell("verdict", checking.verdict(check, case).to_dict(), later=True)

    def _compare(self, judge: RunJudge) -> None:
        """Compare the target's document with OpenAI's."""
        file = self.target.profile.own_document
        if file is None or not self.order.compares:
            return
        self.tell("judging", {"requirement": "", "case": file.name})
        self.tell("compared", {"contracts": comparison(self.target, judge, self.redactor)})

    def tell(self, kind: str, data: Message, *, later: bool = False) -> None:
        """Send a message to the auditing process, or exit if the auditing process is gone.

        Any thread may send a message to the auditing process. If `later` is true, the message may stay in a buffer
        until a later message is sent.
        """
        with self._lock:
            try:
                self._told.write(line(kind, data))
                if not later:
                    self._told.flush()
            except OSError:
                os._exit(1)

    def _want(self, number: int, request: Message) -> None:
        self.tell("want", {"number": number, "request": request})

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


def _end_with_parent() -> None:
    """On Linux, end this process together with its parent process."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes
        import signal

        parent_death, parent = 1, os.getppid()
        ctypes.CDLL(None).prctl(parent_death, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

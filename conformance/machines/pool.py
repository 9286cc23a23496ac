"""Performs audits on the workers of a Dask cluster, and gives the audits of a lost worker to other workers.

The client limits how many audits run at once (`fleet/side_by_side.py`), with or without Dask. The limit of a host
applies to the audits of all workers together.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from conformance.machines import work
from conformance.machines.cluster import ClusterLost, ClusterWorker
from conformance.machines.copies import RunCopy

TURN_S = 0.2
ASK_S = 0.6
"""Seconds between two questions for the new lines of run files."""
WORKER_S = 60.0
"""Seconds to wait for a worker that may perform an audit."""
RESULT_S = 120.0
"""Seconds to wait for the reports of an audit that has ended."""
MOST_LOST = 5
"""Workers that one audit may lose. The audit may be what ends them."""


class Workers(Protocol):
    """The methods of a cluster (`cluster.Cluster`) that the pool calls."""

    def workers(self) -> list[ClusterWorker]:
        """Return the workers that are alive."""

    def submit(self, worker: ClusterWorker, function: Callable[..., Any], *given: Any, ticket: str) -> Any:
        """Start a call of `function` on the given worker, and return the pending call."""

    def ask(self, addresses: Sequence[str], function: Callable[..., Any], given: Any) -> list[Any]:
        """Call `function` on the workers with the given addresses, and return the results."""

    def cancel(self, future: Any) -> None:
        """Forget a call whose result is no longer needed."""


@dataclass(frozen=True, slots=True)
class RemoteAudit:
    """One audit to perform: its name, its region, the text of its job, and the client's copy of its run file."""

    name: str
    region: str
    job: str
    copy: RunCopy


@dataclass(frozen=True, slots=True)
class Returned:
    """The result that a worker returned, or the reason why there is no result.

    `trouble` says why there is no result; `unserved` is true if no worker was available.
    """

    result: Any = None
    trouble: str = ""
    unserved: bool = False


@dataclass(slots=True)
class _Waiting:
    order: RemoteAudit
    since: float
    done: Future[Returned | _Begun] = field(default_factory=Future)
    """Either why there is no result, or the call whose result is ready on the worker."""


@dataclass(frozen=True, slots=True)
class _Begun:
    waiting: _Waiting
    worker: ClusterWorker
    ticket: str
    future: Any

    def is_lost(self, alive: set[str]) -> bool:
        """Return whether the worker ended before the audit did."""
        status = self.future.status
        if status == "error":
            return type(self.future.exception()).__name__ in ("KilledWorker", "Unwanted")
        return status != "finished" and (self.worker.process not in alive or status in ("lost", "cancelled"))


class WorkerPool:
    """Performs audits on workers during a `with` block. Any thread may call `audit`.

    `perform` runs on the worker, with a ticket, the text of a job and the run file of the interrupted run.
    """

    def __init__(
        self,
        workers: Workers,
        perform: Callable[[str, str, bytes], Any],
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._workers = workers
        self._perform = perform
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._begun: list[_Begun] = []
        self._asked = -math.inf
        self.stopping = False
        """Whether the user interrupted the audits."""
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="conformance-pool", daemon=True)
        self.gone: ClusterLost | None = None
        """Why the scheduler cannot be reached any more."""
        self.lost: Counter[str] = Counter()
        """The number of workers that each audit lost."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._thread.join()

    def audit(self, order: RemoteAudit) -> Returned:
        """Perform one audit on a worker, and wait for its end.

        Raises `ClusterLost` if the scheduler cannot be reached; the copy of the run file then has the responses
        received so far.
        """
        while True:
            waiting = _Waiting(order, self._clock())
            with self._lock:
                if self.gone is not None:
                    raise self.gone
                self._waiting.append(waiting)
            ended = waiting.done.result()
            if isinstance(ended, Returned):
                return ended
            try:
                return Returned(ended.future.result(timeout=RESULT_S))
            except Exception as error:  # noqa: BLE001 - the worker was lost before it sent the result
                with self._lock:
                    returned = self._was_lost(order, f"{type(error).__name__}: {error}")
                if returned is not None:
                    return returned

    def stop(self) -> None:
        """End all audits that run on workers. Each running `audit` returns when its worker has ended the audit."""
        self.stopping = True

    def turn(self) -> None:
        """Collect results, start or stop audits, and ask the workers for new lines of run files.

        Raises `ClusterLost` if the scheduler cannot be reached.
        """
        alive = self._workers.workers()
        self._gather({each.process for each in alive})
        if self.stopping:
            self._stop()
        else:
            self._start(alive)
        self._ask()

    def _loop(self) -> None:
        while not self._closed:
            try:
                self.turn()
            except ClusterLost as error:
                self._fail(error)
                return
            except Exception as error:  # noqa: BLE001 - otherwise every audit would wait for ever
                self._fail(ClusterLost(f"{type(error).__name__}: {error}"))
                return
            self._pause(TURN_S)

    def _fail(self, error: ClusterLost) -> None:
        with self._lock:
            self.gone = error
            for each in (*(begun.waiting for begun in self._begun), *self._waiting):
                each.done.set_exception(error)

    def _gather(self, alive: set[str]) -> None:
        """Return the results of the audits that have ended, and let those whose worker was lost wait again."""
        for begun in list(self._begun):
            order, done = begun.waiting.order, begun.waiting.done
            if begun.is_lost(alive):
                self._begun.remove(begun)
                self._workers.cancel(begun.future)
                with self._lock:
                    returned = self._was_lost(order, "the worker ended")
                    if returned is None:
                        begun.waiting.since = self._clock()
                        self._waiting.insert(0, begun.waiting)
                if returned is not None:
                    done.set_result(returned)
            elif begun.future.status == "finished":
                self._begun.remove(begun)
                done.set_result(begun)
            elif begun.future.status == "error":
                self._begun.remove(begun)
                error = begun.future.exception()
                done.set_result(Returned(trouble=f"The worker failed: {type(error).__name__}: {error}"))

    def _was_lost(self, order: RemoteAudit, why: str) -> Returned | None:
        """Count a lost worker; return the result of an audit that has lost too many."""
        self.lost[order.name] += 1
        if self.lost[order.name] < MOST_LOST:
            return None
        return Returned(trouble=f"The audit was given up, because it lost {MOST_LOST} workers ({why}).")

    def _start(self, alive: Sequence[ClusterWorker]) -> None:
        """Start each waiting audit for which a worker has room."""
        busy = Counter(each.worker.process for each in self._begun)
        with self._lock:
            waiting = list(self._waiting)
        for each in waiting:
            offering = [worker for worker in alive if worker.offers(each.order.region)]
            able = [worker for worker in offering if busy[worker.process] < worker.threads]
            if offering:
                each.since = self._clock()
            elif self._clock() > each.since + WORKER_S:
                self._forget(each, Returned(trouble=_nobody(each.order), unserved=True))
            if able:
                worker = min(able, key=lambda one: (busy[one.process] / one.threads, one.address))
                busy[worker.process] += 1
                with self._lock:
                    self._waiting.remove(each)
                self._begin(each, worker)

    def _begin(self, waiting: _Waiting, worker: ClusterWorker) -> None:
        order = waiting.order
        ticket = f"{order.name} {time.time_ns()}"
        earlier = order.copy.begin_again()
        try:
            future = self._workers.submit(worker, self._perform, ticket, order.job, earlier, ticket=ticket)
        except ClusterLost:
            with self._lock:
                self._waiting.append(waiting)
            raise
        self._begun.append(_Begun(waiting, worker, ticket, future))

    def _ask(self) -> None:
        """Copy what the run files have gained."""
        now = self._clock()
        if not self._begun or now < self._asked + ASK_S:
            return
        self._asked = now
        copies = {each.ticket: each.waiting.order.copy for each in self._begun}
        known = {ticket: copy.known for ticket, copy in copies.items()}
        for answer in self._workers.ask(self._addresses(), work.grown, known):
            for ticket, growth in answer.items():
                copies[ticket].grow(growth)

    def _stop(self) -> None:
        with self._lock:
            waiting = list(self._waiting)
        for each in waiting:
            self._forget(each, Returned(trouble="The audit was interrupted before it began."))
        if self._begun:
            self._workers.ask(self._addresses(), work.stop, [each.ticket for each in self._begun])

    def _forget(self, waiting: _Waiting, why: Returned) -> None:
        with self._lock:
            self._waiting.remove(waiting)
        waiting.done.set_result(why)

    def _addresses(self) -> list[str]:
        return sorted({each.worker.address for each in self._begun})


def _nobody(order: RemoteAudit) -> str:
    wanted = f" with the resource region-{order.region}" if order.region else ""
    return f"There was no Dask worker{wanted} for {WORKER_S:g} seconds."

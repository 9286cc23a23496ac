"""How audits are given to workers: in their regions, and again when a worker is lost."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conformance.machines import work
from conformance.machines.cluster import ClusterLost, ClusterWorker
from conformance.machines.copies import RunCopy
from conformance.machines.pool import MOST_LOST, WORKER_S, RemoteAudit, Returned, WorkerPool
from conformance.machines.work import Growth


class KilledWorker(Exception):
    """Has the name of Dask's exception."""


@dataclass
class FakeFuture:
    audit: str
    worker: ClusterWorker
    earlier: bytes
    turns: int
    status: str = "pending"
    error: Exception | None = None

    def result(self, timeout: float = 0) -> str:
        if self.error is not None:
            raise self.error
        return f"{self.audit} on {self.worker.address}"

    def exception(self) -> Exception | None:
        return self.error


@dataclass
class FakeCluster:
    """Workers that need some turns for an audit. `each_turn` may kill workers."""

    alive: list[ClusterWorker]
    each_turn: Callable[[FakeCluster], None] = lambda _: None
    turns: int = 3
    futures: list[FakeFuture] = field(default_factory=list)
    busiest: Counter[str] = field(default_factory=Counter)
    stopped: list[str] = field(default_factory=list)
    now: float = 0.0

    def workers(self) -> list[ClusterWorker]:
        for future in self.futures:
            if future.status == "pending" and future.worker in self.alive:
                future.turns -= 1
                future.status = "pending" if future.turns > 0 else "finished"
        self.each_turn(self)
        return list(self.alive)

    def submit(self, worker: ClusterWorker, function: Any, *given: Any, ticket: str) -> FakeFuture:
        future = FakeFuture(ticket.partition(" ")[0], worker, given[-1], self.turns)
        self.futures.append(future)
        self.busiest |= Counter(each.worker.address for each in self.futures if each.status == "pending")
        return future

    def ask(self, addresses: Any, function: Any, given: Any) -> list[Any]:
        if function is work.stop:
            self.stopped += given
            for future in self.futures:
                future.status = "finished"
            return []
        return [{ticket: Growth(7, length, b"line\n") for ticket, (_, length) in given.items()}]

    def cancel(self, future: FakeFuture) -> None:
        future.status = "cancelled"

    def pause(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def audited(cluster: FakeCluster, regions: dict[str, str], folder: Path) -> Iterator[tuple[WorkerPool, dict[str, Any]]]:
    """RemoteAudit audits (name and region) from a pool, each in a thread; provide the results by name when all have ended."""
    results: dict[str, Any] = {}

    def order(pool: WorkerPool, name: str, region: str) -> None:
        try:
            results[name] = pool.audit(RemoteAudit(name, region, "job", RunCopy(folder / name / "run.ndjson")))
        except ClusterLost as lost:
            results[name] = lost

    pool = WorkerPool(cluster, lambda *_: None, clock=lambda: cluster.now, pause=cluster.pause)
    threads = [threading.Thread(target=order, args=(pool, *item)) for item in regions.items()]
    for thread in threads:
        thread.start()
    while len(pool._waiting) < len(regions):
        threading.Event().wait(0.001)
    with pool:
        yield pool, results
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)


def worker(number: int, *regions: str, threads: int = 4) -> ClusterWorker:
    return ClusterWorker(f"w{number}", f"w{number} process", threads, frozenset(regions))


def test_every_audit_is_performed_once_on_all_workers(tmp_path: Path) -> None:
    cluster = FakeCluster([worker(1), worker(2)])
    names = dict.fromkeys((f"a{number}" for number in range(20)), "")
    with audited(cluster, names, tmp_path) as (_, results):
        pass
    assert set(results) == set(names)
    assert {each.result.split()[-1] for each in results.values()} == {"w1", "w2"}
    assert cluster.busiest["w1"] == cluster.busiest["w2"] == 4, "each thread performs one audit"
    assert len(cluster.futures) == 20


def test_an_audit_runs_in_its_region(tmp_path: Path) -> None:
    cluster = FakeCluster([worker(1, "eu"), worker(2, "us", "asia"), worker(3)])
    with audited(cluster, {"a": "us", "b": "eu", "c": "asia"}, tmp_path) as (_, results):
        pass
    assert {name: each.result.split()[-1] for name, each in results.items()} == {"a": "w2", "b": "w1", "c": "w2"}


def test_without_a_worker_for_the_region_the_others_are_performed(tmp_path: Path) -> None:
    cluster = FakeCluster([worker(1, "eu")])
    with audited(cluster, {"a": "us", "b": ""}, tmp_path) as (_, results):
        pass
    assert results["a"] == Returned(None, "There was no Dask worker with the resource region-us for 60 seconds.", True)
    assert results["b"] == Returned("b on w1")
    assert cluster.now > WORKER_S


def test_a_lost_worker_loses_no_audit_and_no_line(tmp_path: Path) -> None:
    """The next worker gets everything that the client copied."""
    chance = random.Random(3)  # noqa: S311 - the same order in every run
    numbers = iter(range(3, 10_000))

    def kill(cluster: FakeCluster) -> None:
        if chance.random() < 0.2:
            cluster.alive[chance.randrange(2)] = worker(next(numbers))

    cluster = FakeCluster([worker(1), worker(2)], kill, turns=5)
    names = dict.fromkeys((f"a{number}" for number in range(30)), "")
    with audited(cluster, names, tmp_path) as (pool, results):
        pass
    assert set(results) == set(names)
    assert not [each.trouble for each in results.values() if each.trouble]
    assert pool.lost.total() > 3, "no worker was lost, so nothing was tested"
    again = [each for each in cluster.futures if each.earlier]
    assert again
    assert all(set(each.earlier.split()) == {b"line"} for each in again)


def test_an_audit_that_ends_its_workers_is_given_up(tmp_path: Path) -> None:
    numbers = iter(range(2, 10_000))

    def kill(cluster: FakeCluster) -> None:
        if any(each.audit == "poison" and each.status == "pending" for each in cluster.futures):
            cluster.alive[0] = worker(next(numbers), threads=1)

    cluster = FakeCluster([worker(1, threads=1)], kill)
    with audited(cluster, {"poison": "", "good": ""}, tmp_path) as (pool, results):
        pass
    assert pool.lost["poison"] == MOST_LOST
    assert results["poison"].trouble == "The audit was given up, because it lost 5 workers (the worker ended)."
    assert results["good"] == Returned("good on " + results["good"].result.split()[-1])


@pytest.mark.parametrize(("error", "again"), [(KilledWorker("w1"), True), (ValueError("no"), False)])
def test_an_error_of_the_worker_is_told_and_a_killed_worker_is_replaced(
    tmp_path: Path, error: Exception, again: bool
) -> None:
    def fail(cluster: FakeCluster) -> None:
        for each in cluster.futures[:1]:
            each.status, each.error = ("error", error) if each.status == "pending" else (each.status, each.error)

    with audited(FakeCluster([worker(1)], fail), {"a": ""}, tmp_path) as (_, results):
        pass
    assert results["a"].trouble == ("" if again else "The worker failed: ValueError: no")


def test_an_audit_is_performed_again_if_its_worker_is_lost_before_it_sent_the_result(tmp_path: Path) -> None:
    def fail(cluster: FakeCluster) -> None:
        for each in cluster.futures[:1]:
            each.error = OSError("the worker is gone")

    cluster = FakeCluster([worker(1)], fail)
    with audited(cluster, {"a": ""}, tmp_path) as (pool, results):
        pass
    assert results["a"] == Returned("a on w1")
    assert len(cluster.futures) == 2
    assert pool.lost["a"] == 1


def test_a_fault_of_the_client_ends_all_audits(tmp_path: Path) -> None:
    def fail(_: FakeCluster) -> None:
        raise ValueError("no")

    with audited(FakeCluster([worker(1)], fail), {"a": "", "b": ""}, tmp_path) as (_, results):
        pass
    assert [str(each) for each in results.values()] == ["ValueError: no"] * 2


def test_a_stop_ends_all_audits(tmp_path: Path) -> None:
    """Those that wait do not begin, and the others end on their workers."""
    cluster = FakeCluster([worker(1, threads=1)], turns=10**9)
    with audited(cluster, {"a": "", "b": ""}, tmp_path) as (pool, results):
        while not cluster.futures:
            threading.Event().wait(0.001)
        pool.stop()
    assert [each.trouble for each in results.values()].count("The audit was interrupted before it began.") == 1
    assert cluster.stopped
    assert set((tmp_path / cluster.futures[0].audit / "run.ndjson").read_bytes().split()) == {b"line"}


def test_a_lost_scheduler_ends_all_audits_with_the_reason(tmp_path: Path) -> None:
    turns = iter(range(5))

    def lose(_: FakeCluster) -> None:
        if next(turns) == 3:
            raise ClusterLost("the connection was closed")

    cluster = FakeCluster([worker(1, threads=1)], lose, turns=10**9)
    with audited(cluster, {"a": "", "b": ""}, tmp_path) as (pool, results):
        pass
    assert [str(each) for each in results.values()] == ["the connection was closed"] * 2
    with pytest.raises(ClusterLost):
        pool.audit(RemoteAudit("c", "", "job", RunCopy(tmp_path / "c")))

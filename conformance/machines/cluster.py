"""Connects to a Dask cluster, and describes its workers. `distributed` is imported only here, when it is needed."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.options import TargetError

LOCAL = "local"
"""The address that means: start a cluster on this machine."""
REGION = "region-"
"""A worker offers a region as the resource `region-NAME`."""
CONNECT_S = 30.0
CALL_S = 60.0
"""Seconds to wait for the scheduler."""
ASK_S = 5.0
"""Seconds to wait for the answers of workers."""


class ClusterLost(Exception):
    """The scheduler of the cluster cannot be reached any more."""


@dataclass(frozen=True, slots=True)
class ClusterWorker:
    """A worker: its address, its process, the number of audits that it performs at once, and the regions that it offers.

    A new worker process may have the address of an earlier process; `process` distinguishes them.
    """

    address: str
    process: str
    threads: int
    regions: frozenset[str] = frozenset()

    def offers(self, region: str) -> bool:
        """Return whether the worker may perform an audit that must run in `region` ("" if any region is allowed)."""
        return not region or region in self.regions


class Cluster:
    """A connection to a Dask scheduler. Every method raises `ClusterLost` if the scheduler cannot be reached.

    Each call has a separate daemon thread, so that a scheduler or a worker that does not answer cannot block the client.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def workers(self) -> list[ClusterWorker]:
        """Return the workers that are alive."""
        known = self._within(CALL_S, self._client.scheduler_info, n_workers=-1)["workers"]
        return [
            ClusterWorker(
                address,
                f"{address} {each['local_directory']}",
                int(each["nthreads"]),
                frozenset(_regions(each.get("resources") or {})),
            )
            for address, each in known.items()
        ]

    def submit(self, worker: ClusterWorker, function: Callable[..., Any], *given: Any, ticket: str) -> Any:
        """Call the function only on the given worker; return Dask's future."""
        return self._within(
            CALL_S,
            self._client.submit,
            function,
            *given,
            key=ticket,
            workers=[worker.address],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )

    def ask(self, addresses: Sequence[str], function: Callable[..., Any], given: Any) -> list[Any]:
        """Call the function on all these workers at once, and return the results that arrive within `ASK_S` seconds.

        If a worker was killed just now, only the result of this worker may be late, not the results of other workers.
        """
        run = partial(self._reach, self._client.run, function, given, on_error="return")
        done, _ = wait([_later(partial(run, workers=[address])) for address in addresses], timeout=ASK_S)
        answers = [answer for each in done for answer in each.result().values()]
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    def cancel(self, future: Any) -> None:
        """Cancel a call to a worker, after the worker was lost."""
        with suppress(ClusterLost):
            self._within(CALL_S, self._client.cancel, [future], force=True)

    def _within(self, seconds: float, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        try:
            return _later(partial(self._reach, function, *given, **named)).result(timeout=seconds)
        except TimeoutError:
            raise ClusterLost(f"the scheduler did not answer within {seconds:g} seconds") from None

    def _reach(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if self._client.status != "running":
            raise ClusterLost("the connection to the scheduler was closed")
        try:
            return function(*given, **named)
        except (OSError, TimeoutError, CancelledError, RuntimeError) as error:
            raise ClusterLost(str(error) or type(error).__name__) from error


def _later(call: Callable[[], Any]) -> Future[Any]:
    """Call the function in a daemon thread, which does not keep the command from ending."""
    future: Future[Any] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets the exception
            future.set_exception(error)

    threading.Thread(target=work, name="conformance-dask", daemon=True).start()
    return future


@contextmanager
def cluster(address: str, threads: int) -> Iterator[Cluster]:
    """Connect to the scheduler at this address during the `with` block; `local` starts a cluster on this machine.

    A cluster on this machine performs at most `threads` audits at once. Raises `TargetError` if Dask is not installed,
    or if there is no scheduler at the address.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise TargetError(
            "--dask needs Dask, which is not installed. Install it: pip install 'openai-conformance[dask]'"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # lost workers and schedulers are told by the suite
    made = None
    if address == LOCAL:
        workers = min(os.cpu_count() or 1, threads)
        each = -(-threads // workers)
        made = LocalCluster(n_workers=workers, threads_per_worker=each, dashboard_address=None, silence_logs="ERROR")
    try:
        client = Client(made or address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise TargetError(f"--dask: there is no scheduler at {address} ({error or type(error).__name__})") from None
    try:
        yield Cluster(client)
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=5)
        if made is not None:
            with suppress(OSError, TimeoutError):
                made.close(timeout=10)


def _regions(resources: Mapping[str, float]) -> Iterator[str]:
    for name, amount in resources.items():
        if name.startswith(REGION) and amount > 0:
            yield name.removeprefix(REGION)

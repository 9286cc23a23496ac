"""The engine: runs all probes concurrently in a separate thread and returns their results."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any

from conformance.config import Target
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Chat, Http, Send, http_client
from conformance.engine.gate import CLEANING, Gate
from conformance.engine.liveness import Death, Liveness
from conformance.engine.look import look_at
from conformance.engine.memory import Memory, reusable
from conformance.engine.order import Order
from conformance.engine.probe import Probe, ProbeKey, probes
from conformance.engine.responses import Responses
from conformance.engine.sending import Record, Sending, Unanswered
from conformance.engine.sockets import Sockets
from conformance.engine.spending import JUDGES_LIMITS, Spent, TokenPlan
from conformance.engine.tape import Tape
from conformance.engine.version import version_of
from conformance.engine.waiting import after, ended, no_pause
from conformance.wire import Exchange, HttpClient

CLEANUP = "cleanup"  # the label of the requests that delete what a run leaves


class Engine:
    """Runs probes against one target.

    The engine is a context manager; its public methods must be called from the thread that created it. `record` is
    called in the engine's thread with each complete exchange. `wire` creates the HTTP client; tests and dry runs
    provide a client without a network. `earlier` has the exchanges of the run to resume: a request that equals one of
    these is neither sent nor recorded again. `clean` is a function that redacts each exchange before any other code
    receives it. `check` is called with each request body that is meant to be valid, and raises an exception if the body
    is invalid. `unanswered` is called in the engine's thread for each request without a response. `unanswered` gets two
    arguments: the identity of the request, and the exception that the request raises in the probe. The time budget
    starts at `started`, a value of `time.monotonic` (default: now).

    If `recorded` is given, the engine replays the recorded exchanges: every request gets its recorded response or
    raises `NotRecorded`. Nothing is sent, recorded or deleted in a replay. `died` describes how the target of the
    recorded run died, that is, why it stopped answering.
    """

    def __init__(
        self,
        target: Target,
        record: Record,
        wire: Callable[[], HttpClient] | None = None,
        *,
        earlier: Iterable[Exchange] = (),
        recorded: Iterable[Exchange] | None = None,
        died: Death | None = None,
        clean: Callable[[Exchange], Exchange] = lambda exchange: exchange,
        check: Callable[[Any], None] = lambda _: None,
        unanswered: Unanswered = lambda _identity, _error: None,
        started: float | None = None,
    ) -> None:
        self.target = target
        self._record = record
        self._clean = clean
        self._check = check
        self._unanswered = unanswered
        self._sending: Sending
        self.begun = threading.Event()
        """Set when the first exchange is over."""
        tape = list(recorded) if recorded is not None else None
        self._replays = tape is not None
        self._memory = Memory(target, filter(reusable, earlier) if tape is None else tape)
        self._make_wire: Callable[[], HttpClient | Tape] = wire or (
            Tape if self._replays else functools.partial(http_client, target)
        )
        self._recorded: Callable[[str], Awaitable[Exchange | None]] | None = None
        self._main_task: asyncio.Task[Any] | None = None
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="conformance-engine", daemon=True)
        self._order = Order()
        self._tasks: dict[ProbeKey, asyncio.Task[Any]] = {}
        self._results: dict[ProbeKey, Future[Any]] = {}
        self._cleaning: asyncio.Task[list[str]] | None = None
        self._failed: Exception | None = None
        self._started_at = time.monotonic() if started is None else started
        self.exchanges: dict[str, Exchange] = {exchange.id: exchange for exchange in tape or ()}
        self.staged: dict[ProbeKey, list[str]] = {}
        self.cleanup = Cleanup()
        self.tokens = TokenPlan()
        self.left_behind: list[str] = []
        self.version = ""  # what the server of the target said, if it was asked and answered in time
        self._liveness = Liveness(
            lambda number: look_at(self.target, self._wire, number), target.limits.grace_s, died=died
        )

    def __enter__(self) -> Engine:
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            self._thread.join()
            raise self._failed
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def spent(self) -> Spent:
        """The numbers of requests and output tokens that the run has used so far."""
        return self._gate.spent

    @property
    def death(self) -> Death | None:
        """How the target died during the run; None if the target is alive."""
        return self._liveness.death

    @property
    def away(self) -> list[str]:
        """One sentence for each time that the target was temporarily unreachable."""
        return self._liveness.away

    @property
    def in_flight(self) -> int:
        """The number of requests that are in progress."""
        return self._gate.in_flight

    @property
    def seconds(self) -> float:
        """The seconds since the engine was created."""
        return time.monotonic() - self._started_at

    def start(self, keys: Iterable[ProbeKey], later: Iterable[ProbeKey] = ()) -> None:
        """Start the given probes and the probes they need, the longest first; when all have ended, start `later`."""
        self._order.add(new := [key for key in dict.fromkeys(keys) if key not in self._results])
        for key in sorted(new, key=self._order.chain, reverse=True):
            self._results[key] = self.call(functools.partial(self._outcome, key))
        if waiting := [key for key in dict.fromkeys(later) if key not in self._results]:
            self._order.add(waiting)
            before = self.call(functools.partial(ended, list(self._results.values())))
            for key in waiting:
                self._results[key] = self.call(functools.partial(after, before, functools.partial(self._outcome, key)))

    def is_started(self, key: ProbeKey) -> bool:
        """Return whether a probe was started in the run."""
        return key in self._results

    def unfinished(self) -> tuple[ProbeKey, ...]:
        """Return the probes that were started and have not ended."""
        return tuple(key for key, result in list(self._results.items()) if not result.done())

    def result(self, key: ProbeKey) -> Any:
        """Wait for the probe to finish and return its result. Raises any exception that the probe raised."""
        self.start([key])
        return self.settled(self._results[key])

    def repeat(self, keys: Iterable[ProbeKey]) -> None:
        """Execute probes again with new requests. In a replay, the sending engine first executes the probes again."""
        self.start(keys)

    async def execute(self, keys: Iterable[ProbeKey]) -> None:
        """Execute probes inside the event loop; `result`, and not `execute`, raises the exceptions of probes."""
        await asyncio.gather(*map(self._outcome, keys), return_exceptions=True)

    def settled(self, future: Future[Any]) -> Any:
        """Return the result of a coroutine that was passed to `call`, or raise its exception, when it has ended."""
        return future.result()

    def wait(self) -> None:
        """Wait until every started probe has ended, whether it succeeded or failed."""
        concurrent.futures.wait(self._results.values())

    def ask_version(self) -> None:
        """Request the version of the target's server during the run, without waiting for the response."""
        self.call(self._ask_version)

    async def _ask_version(self) -> None:
        self.version = "" if self._replays else await version_of(self.target, self._wire)

    async def wanted(self, **request: Any) -> None:
        """Announce a request that no planned probe sends; only the replay of a run in progress needs this."""

    def stop_asking(self) -> None:
        """Cancel all requests in progress, then send only deletions of the run's objects; callable from any thread."""
        self._loop.call_soon_threadsafe(self._give_up)

    def _give_up(self) -> None:
        self._gate.close()
        if self._cleaning is None:
            for task in asyncio.all_tasks(self._loop):
                if task is not self._main_task:
                    task.cancel()

    def clean_up(self) -> None:
        """Delete the run's objects on the target in the background, as soon as every started probe has ended."""
        self.call(self._clean_when_done)

    def call(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> Future[Any]:
        """Run a coroutine in the engine's event loop."""
        return asyncio.run_coroutine_threadsafe(make(), self._loop)

    def http(self, label: str) -> Http:
        """Return an HTTP client for use in `call`; its exchanges are recorded under the probe name `label`."""
        return self._http(self._sending.sender(label, []))

    def _http(self, send: Send) -> Http:
        return Http(self.target, send, no_pause) if self._replays else Http(self.target, send)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        except Exception as error:  # noqa: BLE001 - told to the caller's thread, which would wait for ever
            self._failed = error
        finally:
            self._loop.close()
            self._ready.set()

    async def _main(self) -> None:
        self._main_task = asyncio.current_task()
        door, owed = self._liveness.door, lambda: self.cleanup.owed
        pace, budget = self.target.pace, self.target.budget
        self._gate = Gate(pace, budget, door=door, owed=owed, tokens=self.tokens, started=self._started_at)
        async with self._make_wire() as self._wire:
            self._sending = Sending(
                self._wire,
                self._gate,
                self._liveness,
                self._memory,
                self.exchanges,
                replays=self._replays,
                record=self._record,
                clean=self._clean,
                recorded=self._recorded,
                unanswered=self._unanswered,
                begun=self.begun,
                gentle=self.target.gentle,
            )
            self._ready.set()
            await self._stop.wait()
            if self._cleaning is not None:
                await self._cleaning
            for task in (tasks := [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.left_behind = await self._cleaned()
            if self.cleanup.owed and not self._replays:  # objects of probes that were repeated later
                self.left_behind += await self._clean_up()

    async def _clean_when_done(self) -> None:
        await ended(list(self._results.values()))
        await self._cleaned()

    async def _cleaned(self) -> list[str]:
        if self._replays:
            return []
        if self._cleaning is None:
            self._cleaning = asyncio.ensure_future(self._clean_up())
        return await self._cleaning

    async def _clean_up(self) -> list[str]:
        CLEANING.set(True)
        return await self.cleanup.run(self.http(CLEANUP))

    async def _outcome(self, key: ProbeKey) -> Any:
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.ensure_future(self._stage(key))
        return await task

    async def _stage(self, key: ProbeKey) -> Any:
        JUDGES_LIMITS.set(key.name in self.tokens.judges)
        known = probes()
        probe: Probe = known[key.name]
        staged: list[str] = self.staged.setdefault(key, [])
        http = self._http(self._sending.sender(str(key), staged, key.again, ahead := self._order.ahead(key)))
        given: dict[str, Any] = {
            "chat": Chat(http, key.transport, self._check),
            "responses": (responses := Responses(http, key.transport, self.cleanup)),
            "sockets": Sockets(responses, self._wire.dial, self._sending.speaker(str(key), staged, ahead)),
            "cleanup": self.cleanup,
            "http": http,
            "target": self.target,
            "transport": key.transport,
        }
        arguments = {name: given[name] for name in probe.needs if name in given}
        for name in probe.needs:
            if name in known and name not in given:
                needed = ProbeKey(name, known[name].transport(key.transport), key.again)
                arguments[name] = await self._outcome(needed)
                staged.extend(self.staged.get(needed, ()))
            elif name not in given:
                raise LookupError(f"probe {key.name} wants {name!r}, which is neither a client nor a probe")
        return await probe.function(**arguments)

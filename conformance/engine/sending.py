"""Returns the exchange for each request of a probe.

The exchange is taken from an earlier run or from an identical request of this run; otherwise the request is sent.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from conformance.engine.clients import Unaskable
from conformance.engine.cost import input_estimate, input_tokens, output_bound, output_tokens
from conformance.engine.gate import Admission, Gate
from conformance.engine.liveness import Liveness, was_refused
from conformance.engine.memory import Memory, keeps_state
from conformance.engine.order import Rounds
from conformance.engine.room import Room, size_of
from conformance.engine.slots import Urgency
from conformance.engine.tape import NotRecorded, Tape
from conformance.wire import Exchange, HttpClient, Request, WebSocket

AT_ONCE = 64 * 1024
"""Bytes up to which an exchange is recorded in the event loop; larger ones would block it."""
Record = Callable[[Exchange], None]
Unanswered = Callable[[str, BaseException], None]
"""Receives the identity of a request without an answer and the error that its probe gets; possibly twice."""


class Sending:
    """Sends the requests of a run, or finds recorded exchanges for them, inside one event loop; returns the exchanges.

    `exchanges` maps the id of each exchange to the exchange.

    If `replays` is true, no request may be sent. `record`, `clean` and `unanswered` have the same meaning as for
    `Engine`. `recorded` is a function that returns the recorded exchange with a given identity; by default,
    `Memory.recall` is used. The event `begun` is set when the first exchange has ended. If `gentle` is true, requests
    that create, use or read stored objects are not sent.
    """

    def __init__(
        self,
        wire: HttpClient | Tape,
        gate: Gate,
        liveness: Liveness,
        memory: Memory,
        exchanges: dict[str, Exchange],
        *,
        replays: bool,
        record: Record,
        clean: Callable[[Exchange], Exchange],
        recorded: Callable[[str], Awaitable[Exchange | None]] | None = None,
        unanswered: Unanswered = lambda _identity, _error: None,
        begun: threading.Event | None = None,
        gentle: bool = False,
    ) -> None:
        self._wire = wire
        self._gate = gate
        self._liveness = liveness
        self._memory = memory
        self._exchanges = exchanges
        self._replays = replays
        self._record = record
        self._clean = clean
        self._recorded = recorded
        self._unanswered = unanswered
        self._begun = begun
        self._gentle = gentle
        self._sent: dict[tuple[Any, ...], tuple[asyncio.Task[Exchange], Urgency]] = {}
        self._ids = itertools.count(memory.last_number + 1)
        self._room = Room()

    def sender(
        self, label: str, staged: list[str], again: int = 0, ahead: int = 0
    ) -> Callable[..., Coroutine[Any, Any, Exchange]]:
        """Return the function that sends the requests of one probe and appends the id of each exchange to `staged`.

        `again` is the number of earlier executions of the same probe. Equal requests with the same `again` are sent
        only once. Requests that a probe sends at the same time form one round. `ahead` is the number of rounds in the
        longest chain of probes that begins with this probe; each probe in a chain waits for the results of the probe
        before it. Requests of the probes with the most remaining rounds are sent first.
        """
        rounds = Rounds()

        async def send(request: Request, *, fresh: bool = False, stop_after_events: int | None = None) -> Exchange:
            if self._gentle and keeps_state(request):
                raise Unaskable("a gentle run stores nothing and reads nothing that is stored")
            urgency, current = _urgency(ahead, rounds, staged), rounds.next
            if fresh or stop_after_events is not None:  # a stream that is hung up on is of no use to anyone else
                name = self._memory.name(request, label, own=True)
                exchange = await self._send(request, label, name, Urgency(urgency), stop_after_events)
            else:
                exchange = await self._send_once(request, label, urgency, again)
            if exchange.probe == label:  # a request that another probe sent is a round of that probe
                rounds.end(current)
            staged.append(exchange.id)
            return exchange

        return send

    def speaker(self, label: str, staged: list[str], ahead: int = 0) -> Callable[..., Coroutine[Any, Any, Exchange]]:
        """Return the function that performs the WebSocket turns of one probe.

        A turn waits for a free slot and counts in the budget like a request. Unlike an HTTP request, a WebSocket turn
        is never shared between probes.
        """
        rounds = Rounds()

        async def speak(socket: WebSocket, said: Request, ends: Callable[[str], bool]) -> Exchange:
            messages, current = said.body.split(b"\n"), rounds.next
            exchange = await self._answered(
                said,
                Urgency(_urgency(ahead, rounds, staged)),
                lambda number, _: socket.turn(messages, ends, exchange_id=number, probe=label),
                self._memory.name(said, label, own=True),
            )
            rounds.end(current)
            staged.append(exchange.id)
            return exchange

        return speak

    async def _send_once(self, request: Request, label: str, urgency: int, again: int) -> Exchange:
        """Send identical requests once per run and repetition; later callers share the first exchange.

        The request is as urgent as the most urgent of its callers.
        """
        asked = (request.method, request.url, frozenset(request.headers), request.body, again)
        if asked not in self._sent:
            name = self._memory.name(request, label, own=False, again=again)
            shared = Urgency(urgency)
            self._sent[asked] = asyncio.ensure_future(self._send(request, label, name, shared)), shared
        task, shared = self._sent[asked]
        shared.grow(urgency)
        return await asyncio.shield(task)

    async def _send(
        self, request: Request, label: str, name: str, urgency: Urgency, stop_after_events: int | None = None
    ) -> Exchange:
        """Send it when a slot is free, the most urgent first."""
        return await self._answered(
            request,
            urgency,
            lambda number, admission: self._wire.send(
                request,
                exchange_id=number,
                probe=label,
                stop_after_events=stop_after_events,
                aside=admission.aside,
            ),
            name,
        )

    async def _answered(
        self, request: Request, urgency: Urgency, send: Callable[[str, Admission], Awaitable[Exchange]], identity: str
    ) -> Exchange:
        """Return the recorded exchange with that identity, or the one that `send` creates."""
        known = await self._recorded(identity) if self._recorded else self._memory.recall(identity)
        if self._replays:
            self._liveness.expect_life(known)
        if known is None and self._replays:
            raise NotRecorded(request)
        if known is None:
            return await self._admitted(request, urgency, send, identity)
        # A recorded request lacks the credentials; the one of now is the same otherwise.
        known = replace(known, request=request)
        self._exchanges[known.id] = known
        return known

    async def _admitted(
        self, request: Request, urgency: Urgency, send: Callable[[str, Admission], Awaitable[Exchange]], identity: str
    ) -> Exchange:
        """Let `send` create the exchange with that number within the budget, and record it.

        Raises `TargetDied` if the target is gone, also for the exchange that shows it, which is recorded.
        """
        try:
            return await self._sent_in_turn(request, urgency, send, identity)
        except (Exception, asyncio.CancelledError) as error:
            self._unanswered(identity, error)
            raise

    async def _sent_in_turn(
        self, request: Request, urgency: Urgency, send: Callable[[str, Admission], Awaitable[Exchange]], identity: str
    ) -> Exchange:
        async with self._gate.admit(output_bound(request), urgency, input_estimate(request)) as admission:
            number, began = next(self._ids), time.monotonic()
            exchange = await self._gate.in_time(send(f"x{number:04d}", admission))
            if self._begun is not None:
                self._begun.set()
            admission(output_tokens(exchange), input_tokens(exchange) if self._gate.has_prices else None)
            try:
                back = await self._gate.in_time(self._liveness.examined(exchange, began))
                if back and was_refused(exchange) and not request.on_socket:
                    exchange = await self._gate.in_time(send(f"x{number:04d}", admission))
            except (Exception, asyncio.CancelledError) as error:
                self._unanswered(identity, error)  # before the exchange that is recorded all the same
                raise
            finally:
                exchange = self._room.fitting(replace(exchange, identity=identity))
                if size_of(exchange) > AT_ONCE:
                    exchange = await asyncio.to_thread(self._kept, exchange)
                else:
                    exchange = self._kept(exchange)
        return exchange

    def _kept(self, exchange: Exchange) -> Exchange:
        """Return the exchange without secrets, after recording it."""
        exchange = self._clean(exchange)
        self._exchanges[exchange.id] = exchange
        self._record(exchange)
        return exchange


def _urgency(ahead: int, rounds: Rounds, staged: list[str]) -> int:
    """Return the urgency of a probe's next request: the rounds that are left, and among equals its progress."""
    return max(0, ahead - rounds.ended) * 1_000 + min(len(staged), 999)

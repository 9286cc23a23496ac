"""Counts the rounds of each probe: the longest sequence of its requests in which each waits for the one before.

    python -m benchmarks.rounds [--latency 2] --write

Every request is sent as soon as its probe asks for it, to a reference endpoint that waits `latency` seconds before each answer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Awaitable
from typing import Any

from benchmarks.wall_time import slow_reference
from conformance.auditing.plan import plan
from conformance.contract import load_registry
from conformance.engine import Engine
from conformance.engine.order import FILE
from conformance.wire import Exchange, HttpClient, Request
from conformance.wire.websocket import WebSocket

MANY = 1_000
"""More requests at once than a run has."""


class Timed(HttpClient):
    """A client that remembers when the requests of each probe began and ended."""

    spans: dict[str, list[tuple[float, float]]]

    async def send(self, request: Request, *, probe: str = "", **more: Any) -> Exchange:
        """Send the request."""
        return await self._timed(probe, super().send(request, probe=probe, **more))

    def dial(self, request: Request) -> WebSocket:
        """Return a WebSocket whose turns are remembered, too."""
        socket = super().dial(request)
        take = socket.turn

        async def turn(*given: Any, probe: str = "", **more: Any) -> Exchange:
            return await self._timed(probe, take(*given, probe=probe, **more))

        vars(socket)["turn"] = turn
        return socket

    async def _timed(self, probe: str, sending: Awaitable[Exchange]) -> Exchange:
        began = time.monotonic()
        try:
            return await sending
        finally:
            self.spans.setdefault(probe, []).append((began, time.monotonic()))


def rounds(spans: list[tuple[float, float]]) -> int:
    """The longest sequence in which each request began after the one before had ended."""
    lengths: list[tuple[float, int]] = []
    for began, ended in sorted(spans):
        lengths.append((ended, 1 + max((length for end, length in lengths if end <= began), default=0)))
    return max(length for _, length in lengths)


def count(latency_s: float) -> dict[str, int]:
    """The rounds of each probe of a quick run that has more than one."""
    with slow_reference(latency_s, MANY) as target:
        wire = Timed(concurrency=MANY)
        wire.spans = {}
        with Engine(target, lambda _: None, wire=lambda: wire) as engine:
            engine.start(plan(target, load_registry(), ()).keys)
            engine.wait()
    found = {name: rounds(spans) for name, spans in sorted(wire.spans.items()) if name.endswith("]")}
    return {name: length for name, length in found.items() if length > 1}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=2)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    options = parser.parse_args()
    text = json.dumps(count(options.latency), indent=0) + "\n"
    if options.write:
        FILE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()

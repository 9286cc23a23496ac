"""Limits the memory that a run uses for exchanges, but keeps enough of each exchange for verdicts and reports."""

from __future__ import annotations

from dataclasses import replace

from conformance.wire import Exchange, Failure, FailureKind

KIB, MIB = 1024, 1024 * 1024
LARGE = 256 * KIB
"""Bytes from which an exchange counts as large: a tenth of what a client reads of a response."""
FOR_LARGE = 12 * MIB
"""Maximum total bytes of large exchanges. Parsed data, which is also kept, takes about ten times as much."""
IN_ALL = 320 * MIB
"""Maximum total bytes of all exchanges; a run with `--depth deep` needs a quarter of it."""
EVENT = 500
"""Bytes of an event in addition to its text."""
MANY = 20_000
"""Objects and lists from which a body counts as large; parsed, they take a hundred times its bytes."""
VALUE = 200
"""Bytes of one parsed object or list."""
KEPT = 64 * KIB
"""Bytes that are kept of a body that does not fit."""


class Room:
    """Counts the memory that the exchanges of a run use. A `Room` must be used within one event loop."""

    def __init__(self, for_large: int = FOR_LARGE, in_all: int = IN_ALL) -> None:
        self._for_large = for_large
        self._in_all = in_all

    def fitting(self, exchange: Exchange) -> Exchange:
        """Return the exchange if it fits into memory.

        If an exchange does not fit into memory, only the beginning of its response is kept, with the failure
        `too-large`.
        """
        size, values = size_of(exchange), exchange.body.count(b"{") + exchange.body.count(b"[")
        large = size > LARGE or values > MANY
        as_data = size + VALUE * values
        if size <= self._in_all and (not large or as_data <= self._for_large):
            self._in_all -= size
            self._for_large -= as_data if large else 0
            return exchange
        kept = _beginning(exchange, KEPT if self._in_all > KEPT else KEPT // 64)
        self._in_all -= size_of(kept)
        return kept


def size_of(exchange: Exchange) -> int:
    """Return the approximate size of an exchange in memory, in bytes."""
    return len(exchange.request.body) + len(exchange.body) + EVENT * len(exchange.events)


def _beginning(exchange: Exchange, most: int) -> Exchange:
    events, left = [], most
    for event in exchange.events:
        left -= len(event.data) + EVENT
        if left < 0:
            break
        events.append(event)
    why = f"it needs more memory than the run has left; only the beginning of its {len(exchange.body):,} bytes is kept"
    failure = exchange.failure or Failure(FailureKind.TOO_LARGE, why)
    return replace(exchange, body=exchange.body[:most], events=tuple(events), failure=failure)

"""What a run keeps of all that a target sends: enough to judge it and to show it, and no more than memory holds."""

from __future__ import annotations

from dataclasses import replace

from conformance.wire import Exchange, Failure, FailureKind

KIB, MIB = 1024, 1024 * 1024
LARGE = 256 * KIB
"""Bytes of an exchange that is large: what a client reads of an answer is a tenth of that."""
FOR_LARGE = 12 * MIB
"""Bytes of large exchanges that a run keeps. An answer as data takes some ten times its bytes, and is kept, too."""
IN_ALL = 320 * MIB
"""Bytes of all exchanges that a run keeps; a run at full depth has a quarter of it."""
EVENT = 500
"""Bytes that one event takes beside its text."""
MANY = 20_000
"""Objects and lists in a body that is large whatever its bytes: read as data they take a hundred times as much."""
VALUE = 200
"""Bytes that one of them takes."""
KEPT = 64 * KIB
"""Bytes of a body for which there is no room."""


class Room:
    """Counts what is kept. For use inside one event loop."""

    def __init__(self, for_large: int = FOR_LARGE, in_all: int = IN_ALL) -> None:
        self._for_large = for_large
        self._in_all = in_all

    def fitting(self, exchange: Exchange) -> Exchange:
        """The exchange, or the beginning of it with the failure `too-large`, where there is no room for all of it."""
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
    """About how many bytes of memory an exchange takes."""
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

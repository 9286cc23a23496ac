"""Converts WebSocket messages to the events and body of an exchange, and the body back to messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.wire.exchange import Event, Request
from conformance.wire.sse import decode

# RFC 7464, JSON text sequences: no JSON text contains the separator, so that a body can be cut into its messages again.
_SEPARATOR = "\x1e"


def body_of(messages: Iterable[str]) -> bytes:
    """Return received WebSocket messages as a JSON text sequence (RFC 7464), in order."""
    return "".join(f"{_SEPARATOR}{message}\n" for message in messages).encode("utf-8", "replace")


def events_in(request: Request, body: bytes, at_ms: Sequence[float]) -> tuple[Event, ...]:
    """Return the events in the body of a response: WebSocket messages or server-sent events, depending on `request`.

    `at_ms` lists the arrival times of the events in order, as far as they are known.
    """
    if not request.on_socket:
        return decode(body, at_ms)
    _, *messages = body.decode("utf-8", "replace").split(_SEPARATOR)
    return tuple(
        Event(message.removesuffix("\n"), at_ms=at_ms[n] if n < len(at_ms) else 0.0)
        for n, message in enumerate(messages)
    )

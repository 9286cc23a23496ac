"""Handles missing responses.

A missing response proves nothing about the target if the suite stopped waiting or the target was unreachable.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from conformance.checks.language import Reply
from conformance.wire import Exchange, FailureKind

Answer = TypeVar("Answer", bound=Reply)

OUR_LIMITS = frozenset(
    {
        FailureKind.TIMEOUT_CONNECT,
        FailureKind.TIMEOUT_READ,
        FailureKind.TIMEOUT_TOTAL,
        FailureKind.TOO_LARGE,
    }
)
"""Failures by which this suite ended the exchange: a slow or busy target may cause them without a fault."""

NEVER_REACHED = frozenset({FailureKind.CONNECT, FailureKind.DNS, FailureKind.TLS})
"""Failures before any response. `conformance.engine.liveness` judges whether the target is reachable."""


def tells_of_the_target(exchange: Exchange) -> bool:
    """Return whether the target ended the exchange, by a complete response or by closing the connection."""
    return exchange.failure is None or exchange.failure.kind not in OUR_LIMITS | NEVER_REACHED


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Send a request; if no response arrives within the time limits of the suite, send it once more."""
    reply = await ask()
    return reply if tells_of_the_target(reply.exchange) else await ask()

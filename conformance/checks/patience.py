"""What a missing answer says: nothing of the target when this suite stopped waiting, or when nobody was there."""

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
"""This suite ended the exchange: a slow or busy target may meet these without any fault."""

NEVER_REACHED = frozenset({FailureKind.CONNECT, FailureKind.DNS, FailureKind.TLS})
"""No response was begun. Whether the target is there at all is the engine's business: `conformance.engine.liveness`."""


def tells_of_the_target(exchange: Exchange) -> bool:
    """Whether the way in which an exchange ended is the target's doing: it was answered, or broken off by the target."""
    return exchange.failure is None or exchange.failure.kind not in OUR_LIMITS | NEVER_REACHED


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer to a request that is asked again, once, when it did not come within this suite's limits."""
    reply = await ask()
    return reply if tells_of_the_target(reply.exchange) else await ask()

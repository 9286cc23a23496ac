"""The reference endpoint, counting what it is asked and what it writes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from conformance.reference.endpoint import Endpoint
from conformance.reference.serve import ReferenceServer

_USAGE = re.compile(rb'"(?:completion|output)_tokens":\s*(\d+)')
Message = MutableMapping[str, Any]


@dataclass(slots=True)
class Spent:
    """Requests answered, and output tokens as the endpoint's usage counts them."""

    requests: int = 0
    output_tokens: int = 0


@contextmanager
def counted(endpoint: Endpoint) -> Iterator[tuple[ReferenceServer, Spent]]:
    """The server for the time of the block, and its counts as they grow."""
    server, spent = ReferenceServer(endpoint), Spent()
    inner = server._server.config.app  # the benchmark's own look inside: nobody else needs it

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        body = bytearray()

        async def tell(message: Message) -> None:
            body.extend(message.get("body", b""))
            await send(message)

        await inner(scope, receive, tell)
        spent.requests += 1
        found = _USAGE.findall(bytes(body))
        spent.output_tokens += int(found[-1]) if found else 0

    server._server.config.app = app
    with server:
        yield server, spent

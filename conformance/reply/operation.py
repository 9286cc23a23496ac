"""Which operation of the API a request asks for, told from method and path alone, so that recordings work too."""

from __future__ import annotations

from conformance.api import operation_at
from conformance.wire.exchange import Request


def operation_of(request: Request) -> str | None:
    """The route of the operation, `chat` or `responses`; None for anything that invariants do not look at."""
    operation = operation_at(request.method, request.url.partition("?")[0])
    return operation.route if operation is not None and operation.judged else None


def beyond_the_api(request: Request) -> bool:
    """Whether it is HTTP that no client of OpenAI's speaks: HEAD, or a body that is compressed or of no length.

    What a server says to it is judged by requirements of its own.
    """
    return request.method.upper() == "HEAD" or any(
        name in ("content-encoding", "transfer-encoding") and value.strip().lower() not in ("", "identity")
        for name, value in request.headers
    )

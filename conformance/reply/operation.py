"""Determines the API operation of a request from only its method and path, which every recording has."""

from __future__ import annotations

from conformance.api import operation_at
from conformance.wire.exchange import Request


def operation_of(request: Request) -> str | None:
    """Return the route of the request's operation, such as `chat` or `responses`.

    Returns None for operations that invariants do not judge.
    """
    operation = operation_at(request.method, request.url.partition("?")[0])
    return operation.route if operation is not None and operation.judged else None


def beyond_the_api(request: Request) -> bool:
    """Return whether the request uses HTTP features that OpenAI's clients never use.

    OpenAI's clients never use the method HEAD, a compressed body, or a body without `Content-Length`.

    Separate requirements judge the responses to requests with rarely used HTTP features.
    """
    return request.method.upper() == "HEAD" or any(
        name in ("content-encoding", "transfer-encoding") and value.strip().lower() not in ("", "identity")
        for name, value in request.headers
    )

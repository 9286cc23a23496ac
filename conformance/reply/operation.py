"""Which operation of the API a request asks for, told from method and path alone, so that recordings work too."""

from __future__ import annotations

import re
from functools import lru_cache

from conformance.wire.exchange import Request

# The end of the path decides; what stands before it (version, deployment, gateway prefix) is the target's own.
_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (method, re.compile(pattern), operation)
    for method, pattern, operation in (
        ("POST", r"/chat/completions$", "chat"),
        ("POST", r"/completions$", "completions"),
        ("POST", r"/embeddings$", "embeddings"),
        ("POST", r"/responses$", "responses"),
        ("GET", r"/responses/[^/]+$", "response"),
        ("GET", r"/models$", "models"),
        ("GET", r"/models/.+$", "model"),
        ("POST", r"/conversations$", "conversations"),
    )
)


def operation_of(request: Request) -> str | None:
    """`chat`, `responses`, `models`, …, or None for anything else."""
    return _operation(request.method.upper(), request.url.partition("?")[0].rstrip("/"))


def beyond_the_api(request: Request) -> bool:
    """Whether it is HTTP that no client of OpenAI's speaks: HEAD, or a body that is compressed or of no length.

    What a server says to it is judged by requirements of its own.
    """
    return request.method.upper() == "HEAD" or any(
        name in ("content-encoding", "transfer-encoding") and value.strip().lower() not in ("", "identity")
        for name, value in request.headers
    )


@lru_cache(maxsize=256)  # a recording asks the same few operations thousands of times
def _operation(method: str, path: str) -> str | None:
    return next((name for verb, pattern, name in _RULES if verb == method and pattern.search(path)), None)

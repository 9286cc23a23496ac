"""Chat replies made to measure, for checks that judge several of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from conformance.reply import ChatReply
from tests.checks.examples import REQUEST, SSE, answered, piece, whole


def counts(tokens: int | None, **more: Any) -> dict[str, Any]:
    """A usage of so many completion tokens; nothing for None."""
    if tokens is None:
        return {}
    return {"usage": {"prompt_tokens": 8, "completion_tokens": tokens, "total_tokens": 8 + tokens, **more}}


def said(
    text: str | None,
    reason: str = "stop",
    tokens: int | None = None,
    *,
    request: Any = None,
    usage: Any = None,
    **more: Any,
) -> ChatReply:
    """A whole answer of one choice; `more` are further fields of its message."""
    message = {"role": "assistant", "content": text, "refusal": None, **more}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}

    def made(body: Any) -> Any:
        kept = {name: value for name, value in body.items() if name != "usage"}
        return {**kept, **counts(tokens, **(usage or {})), "choices": [choice]}

    return ChatReply(whole(made, {**REQUEST, "max_tokens": 32, **(request or {})}))


def told(
    pieces: Sequence[str], reason: str = "stop", tokens: int | None = None, *, request: Any = None, **more: Any
) -> ChatReply:
    """A streamed answer of one choice in these pieces; `more` are further fields of the first delta."""
    chunks = [piece({"role": "assistant", "content": "", **more})]
    chunks += [piece({"content": text}) for text in pieces]
    chunks += [piece({}, reason=reason), {**piece({}), "choices": [], **counts(tokens)}]
    body = b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"
    return ChatReply(answered(body, {**REQUEST, "stream": True, **(request or {})}, headers=SSE))


def call(name: str, arguments: str, number: int = 1) -> dict[str, Any]:
    """A tool call of a message."""
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}

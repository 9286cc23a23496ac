"""Tables of faults in chat requests, each with the words by which an error may name the fault."""

from __future__ import annotations

from typing import Any

from conformance.checks.generated.negative import UNLISTED
from conformance.engine.clients import Chat

HELLO = "Say hello."
LIMIT = 4
"""The token limit of the control request, and of the requests with one fault."""
UNKNOWN_MODEL = "conformance-no-such-model"

# Fault → what to change in a right body (None removes the field), and the words that point at the fault.
FAULTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "messages-missing": ({"messages": None}, ("messages",)),
    "messages-empty": ({"messages": []}, ("messages", "message", "conversation")),
    "messages-type": ({"messages": "hello"}, ("messages",)),
    "role-unknown": ({"messages": [{"role": UNLISTED, "content": HELLO}]}, ("role", UNLISTED, "roles", "messages")),
    "temperature-type": ({"temperature": "hot"}, ("temperature",)),
    "max-tokens-type": ({"max_tokens": "many"}, ("max_tokens", "max_completion_tokens")),
    "temperature-range": ({"temperature": 2.5}, ("temperature",)),
    "top-p-range": ({"top_p": 1.5}, ("top_p",)),
    "penalty-range": ({"frequency_penalty": 2.5}, ("frequency_penalty",)),
    "n-zero": ({"n": 0}, ("n",)),
    "max-tokens-negative": ({"max_tokens": -5}, ("max_tokens", "max_completion_tokens")),
    "top-logprobs-alone": ({"top_logprobs": 2}, ("top_logprobs", "logprobs")),
    "stream-options-alone": ({"stream_options": {"include_usage": True}}, ("stream_options",)),
    "unknown-model": ({"model": UNKNOWN_MODEL}, ("model", "model_not_found", UNKNOWN_MODEL)),
}

# Fault → what to change in a right body, and the words that point at the fault.
OUT_OF_BOUNDS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "error.max-tokens-zero": ({"max_tokens": 0}, ("max_tokens", "max_completion_tokens", "max_new_tokens")),
    "error.n-type": ({"n": "two"}, ("n",)),
    "error.stop-type": ({"stop": 5}, ("stop",)),
    "error.seed-type": ({"seed": 1.5}, ("seed",)),
    "error.content-number": ({"messages": [{"role": "user", "content": 5}]}, ("content", "messages")),
    "error.role-missing": ({"messages": [{"content": HELLO}]}, ("role", "messages")),
    "error.content-part-type": ({"messages": [{"role": "user", "content": [{"type": "hologram", "hologram": {}}]}]},
                                ("type", "hologram", "content", "messages")),
    "error.unknown-parameter": ({"conformance_no_such_parameter": 1}, ("conformance_no_such_parameter",)),
}  # fmt: skip


def faulty_body(chat: Chat, change: dict[str, Any]) -> dict[str, Any]:
    """Return the body of the generated control request with one field changed or removed.

    If a generated case has the same body as a row of a fault table, the request is sent only once.
    """
    body = chat.body(HELLO) | {chat.http.target.profile.max_tokens_field: LIMIT}
    if {"max_tokens", "max_completion_tokens"} & change.keys():
        body.pop("max_completion_tokens", None)
    return {name: value for name, value in (body | change).items() if value is not None}


def is_sent(chat: Chat, body: dict[str, Any]) -> bool:
    """Return whether a probe sends this faulty body for a fault in `FAULTS` or `OUT_OF_BOUNDS`."""
    changes = (change for table in (FAULTS, OUT_OF_BOUNDS) for change, _ in table.values())
    return any(faulty_body(chat, change) == body for change in changes)

"""Invariants by what they look at. Importing this package registers them all."""

from conformance.checks.invariants import (
    chat_response,
    chat_stream,
    chat_tools,
    errors,
    http,
    logprobs,
    rate_limits,
    responses_object,
    responses_stream,
    telnyx,
    usage,
)

__all__ = [
    "chat_response",
    "chat_stream",
    "chat_tools",
    "errors",
    "http",
    "logprobs",
    "rate_limits",
    "responses_object",
    "responses_stream",
    "telnyx",
    "usage",
]

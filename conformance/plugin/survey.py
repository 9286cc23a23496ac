"""Probes that invariants always judge, so that any subset of checks gives the same verdict for the same invariant."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.engine import ProbeKey, Transport, probes

# Together these show every shape an invariant looks at: whole and streamed, cut by the limit, several choices, tool
# calls, usage in the stream, and refusals: two of them for what holds of chat, a sweep for what holds of errors and HTTP.
CHAT = (
    "plain",
    "cut_short",
    "two_choices",
    "forced_call",
    "two_calls",
    "usage_in_stream",
    "logprobs_asked",
    "unknown_model",
    "refused_in_stream",
)
ERRORS = (*CHAT, "refusals")
RESPONSES = ("response_plain", "response_cut", "response_forced", "response_required")
# What a document says of every operation, in the situations that make or change something.
CONTRACT = (
    *ERRORS,
    *RESPONSES,
    "models_retrieved",
    "completed",
    "embedded",
    "conversation_made",
    "conversation_updated",
    "telnyx_made",
    "telnyx_updated",
)
_SURVEYS = {"chat": CHAT, "responses": RESPONSES, "contract": CONTRACT}


def keys(invariants: Iterable[str]) -> list[ProbeKey]:
    """The stagings that these invariants look at, in every transport that each probe knows."""
    areas = {_SURVEYS.get(name.partition(".")[0], ERRORS) for name in invariants}
    known = probes()
    return [
        ProbeKey(name, transport)
        for name in dict.fromkeys(name for names in sorted(areas) for name in names)
        if name in known
        for transport in Transport
        if transport in known[name].transports
    ]

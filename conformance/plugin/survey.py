"""Probes that invariants always judge, so that any subset of checks gives the same verdict for the same invariant."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.engine import ProbeKey, Transport, probes

# Together these show every shape an invariant looks at: whole and streamed, cut by the limit, several choices, tool
# calls, usage in the stream, and refusals.
CHAT = (
    "plain",
    "cut_short",
    "two_choices",
    "forced_call",
    "two_calls",
    "usage_in_stream",
    "logprobs_asked",
    "refusals",
)
RESPONSES = ("response_plain", "response_cut", "response_forced", "response_required")


def keys(invariants: Iterable[str]) -> list[ProbeKey]:
    """The stagings that these invariants look at, in every transport that each probe knows."""
    areas = {name.partition(".")[0] == "responses" for name in invariants}
    known = probes()
    return [
        ProbeKey(name, transport)
        for area, names in ((False, CHAT), (True, RESPONSES))
        if area in areas
        for name in names
        if name in known
        for transport in Transport
        if transport in known[name].transports
    ]

"""Probes that invariants always judge, so that any subset of checks gives the same verdict for the same invariant."""

from __future__ import annotations

from conformance.engine import ProbeKey, Transport, probes

# Together these show every shape an invariant looks at: whole and streamed, cut by the limit, several choices, tool
# calls, usage in the stream, and refusals.
SURVEY = ("plain", "cut_short", "two_choices", "forced_call", "two_calls", "usage_in_stream", "logprobs_asked", "refusals")


def keys() -> list[ProbeKey]:
    """The stagings of the survey, in every transport that each probe knows."""
    known = probes()
    return [
        ProbeKey(name, transport)
        for name in SURVEY
        if name in known
        for transport in Transport
        if transport in known[name].transports
    ]

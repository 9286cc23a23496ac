"""A right exchange breaks nothing, and each invariant about such an exchange had something to judge there."""

from __future__ import annotations

import pytest

from conformance.wire import Exchange
from tests.checks.examples import broken_by, refused, streamed, tallies, whole


@pytest.mark.parametrize(
    ("exchange", "prefixes"),
    [
        (whole(), ("chat.response.", "chat.usage.", "chat.tools.", "chat.logprobs.", "chat.choices.", "chat.message.")),
        (streamed(), ("chat.stream.", "chat.tools.")),
        (refused(), ("error.",)),
        (refused(status=503), ("error.",)),
    ],
    ids=["whole", "stream", "refusal", "busy"],
)
def test_a_right_exchange_breaks_nothing(exchange: Exchange, prefixes: tuple[str, ...]) -> None:
    """It holds on it: each invariant about such an exchange had something to judge there."""
    assert broken_by(exchange) == {}
    silent = {name for name, tally in tallies(exchange).items() if name.startswith(prefixes) and not tally.seen}
    assert silent <= NEEDS_MORE, silent - NEEDS_MORE


# What the right examples do not show, each shown by a damage below or by a separate test.
NEEDS_MORE = {
    "chat.stream.usage-unasked",
    "chat.usage.completion-bounded",
    "chat.tools.delta-index",
    "chat.tools.delta-id-once",
    "chat.tools.delta-name-once",
    "chat.tools.declared",
    "error.type-client",
}

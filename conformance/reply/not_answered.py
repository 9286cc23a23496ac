"""What reading a reply raises when the target did not answer."""

from __future__ import annotations

from conformance.wire.exchange import Exchange


class NotAnswered(Exception):
    """The target did not answer with a completion, so what the check wants to see does not exist."""

    def __init__(self, exchange: Exchange, why: str) -> None:
        super().__init__(why)
        self.exchange = exchange
        self.why = why

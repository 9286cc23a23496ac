"""The exception that reading a reply raises if the target did not answer."""

from __future__ import annotations

from conformance.wire.exchange import Exchange


class NotAnswered(Exception):
    """The target did not return a completion, so there is nothing for the check to read."""

    def __init__(self, exchange: Exchange, why: str) -> None:
        super().__init__(why)
        self.exchange = exchange
        self.why = why

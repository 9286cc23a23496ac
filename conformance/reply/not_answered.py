"""The exception that is raised when a check reads a reply that the target did not send."""

from __future__ import annotations

from conformance.wire.exchange import Exchange


class NotAnswered(Exception):
    """The target did not return a completion, so there is no reply to judge."""

    def __init__(self, exchange: Exchange, why: str) -> None:
        super().__init__(why)
        self.exchange = exchange
        self.why = why

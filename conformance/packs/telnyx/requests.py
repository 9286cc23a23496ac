"""Checks of chat requests that only Telnyx's contract has: members of content parts, and `best_of`."""

from __future__ import annotations

from typing import Any

from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.prompt import Json


class TelnyxChatRequests(ChatRequests):
    """Reads chat requests, and checks requests in Telnyx's dialect more strictly."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        """Reject absent or malformed messages, and in Telnyx's dialect content parts with unknown members."""
        super().check_messages(body, dialect)
        if dialect is TELNYX:
            self.check_part_members(body["messages"])

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        """Reject parameters of a wrong type or out of range, and a `best_of` below `n`."""
        super().check_fields(body, dialect)
        if dialect is TELNYX:
            self.check_best_of(body.get("best_of"), body.get("n") or 1)

    def check_best_of(self, best_of: int | None, n: float) -> None:
        """Reject a beam search with fewer candidates than choices."""
        if best_of is not None and best_of < n:
            refuse(f"Invalid 'best_of': must be at least 'n' ({n:g}), but got {best_of}.", "best_of", "invalid_value")

    def check_part_members(self, messages: list[Json]) -> None:
        """Reject content parts that have members other than `type` and the member that their type names."""
        for index, message in enumerate(messages):
            content: Any = message.get("content")
            for number, part in enumerate(content if isinstance(content, list) else ()):
                for name in part.keys() - {"type", part["type"]}:
                    path = f"messages[{index}].content[{number}].{name}"
                    refuse(f"Unknown parameter: '{path}'.", path, "unknown_parameter")

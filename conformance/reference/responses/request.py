"""A checked Responses request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.reference.chat.request import ChatRequest
from conformance.reference.prompt import Json, Message


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """A valid request. `chat` is the equivalent chat request; `earlier` are the messages of the thread before it."""

    body: Json
    items: list[Json]
    earlier: tuple[Message, ...]
    chat: ChatRequest

    def get(self, name: str, default: Any) -> Any:
        """A parameter; null means absent."""
        value = self.body.get(name)
        return default if value is None else value

"""A Responses request that was read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.reference.chat.request import ChatRequest
from conformance.reference.prompt import Json, Message


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """A valid request. `chat` is the same wish in chat's terms; `earlier` are the messages of the thread before it."""

    body: Json
    items: list[Json]
    earlier: tuple[Message, ...]
    chat: ChatRequest

    def get(self, name: str, default: Any) -> Any:
        """A parameter, null standing for absent."""
        value = self.body.get(name)
        return default if value is None else value

"""Defines the form of a checked request to the Responses API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.reference.chat.request import ChatRequest
from conformance.reference.prompt import Json, Message


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """A valid request for a response.

    `chat` is a chat request that is equivalent to the Responses request. `earlier` has the messages of the earlier
    turns that the request continues. `custom` is the name of the custom tool that `tool_choice` names, or "".
    """

    body: Json
    items: list[Json]
    earlier: tuple[Message, ...]
    chat: ChatRequest
    custom: str = ""

    def get(self, name: str, default: Any) -> Any:
        """Return a parameter of the request; null means absent."""
        value = self.body.get(name)
        return default if value is None else value

"""The JSON objects inside a chat stream, each with the number of the event that carried it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.wire.exchange import Event, Exchange

DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One `data:` payload that is a JSON object. `number` counts events of the stream from 0."""

    number: int
    event: Event
    data: dict[str, Any]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The chunk's choices that are objects; a wrong type gives none."""
        choices = self.data.get("choices")
        return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []


def is_done(event: Event) -> bool:
    """Whether the event ends the stream for an OpenAI client (the official SDK compares the beginning)."""
    return event.data.startswith(DONE)


def chunks_of(exchange: Exchange) -> tuple[Chunk, ...]:
    """The JSON objects of the stream before `[DONE]`, in order; payloads that are not objects are left out."""
    return tuple(_objects(exchange.events))


def _objects(events: tuple[Event, ...]) -> Iterator[Chunk]:
    for number, event in enumerate(events):
        if is_done(event):
            return
        try:
            data = json.loads(event.data)
        except ValueError:
            continue
        if isinstance(data, dict):
            yield Chunk(number, event, data)

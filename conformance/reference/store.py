"""The state of the endpoint between requests: responses and conversations, in memory, per API key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.reference.prompt import Json, Message


@dataclass(slots=True)
class Job:
    """A response being generated in the background: `source` generates its events, `events` are the events so far."""

    source: Iterator[Json]
    streamed: bool
    events: list[Json] = field(default_factory=list)
    looks: int = 0

    def event(self, number: int) -> Json | None:
        """The event with that number, generated now if necessary; None after the last."""
        while len(self.events) <= number:
            made = next(self.source, None)
            if made is None:
                return None
            self.events.append(made)
        return self.events[number]

    def finish(self) -> None:
        """Generate all remaining events."""
        self.events.extend(self.source)


@dataclass(slots=True)
class StoredResponse:
    """A response, its input items, and everything that a continuation needs."""

    body: Json
    input_items: list[Json]
    messages: tuple[Message, ...]
    job: Job | None = None


@dataclass(slots=True)
class StoredThread:
    """An OpenAI conversation and its items (wire form), oldest first."""

    body: Json
    items: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Store:
    """Everything that the endpoint stores."""

    responses: dict[str, StoredResponse] = field(default_factory=dict)
    threads: dict[str, StoredThread] = field(default_factory=dict)

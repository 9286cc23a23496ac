"""What the endpoint remembers between requests: responses and conversations, in memory, per key-holder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.reference.prompt import Json, Message


@dataclass(slots=True)
class Job:
    """A response being made in the background: `source` makes its events, `events` are those made so far."""

    source: Iterator[Json]
    streamed: bool
    events: list[Json] = field(default_factory=list)
    looks: int = 0

    def event(self, number: int) -> Json | None:
        """The event of that number, made now if need be; None after the last."""
        while len(self.events) <= number:
            made = next(self.source, None)
            if made is None:
                return None
            self.events.append(made)
        return self.events[number]

    def finish(self) -> None:
        """Make all that is left."""
        self.events.extend(self.source)


@dataclass(slots=True)
class StoredResponse:
    """A response, the items that were its input, and everything that a follow-up continues from."""

    body: Json
    input_items: list[Json]
    messages: tuple[Message, ...]
    job: Job | None = None


@dataclass(slots=True)
class StoredThread:
    """A conversation of OpenAI's and its items (wire form), oldest first."""

    body: Json
    items: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Store:
    """All of it."""

    responses: dict[str, StoredResponse] = field(default_factory=dict)
    threads: dict[str, StoredThread] = field(default_factory=dict)

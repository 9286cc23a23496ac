"""The responses and conversations that the endpoint keeps in memory between requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.reference.accounts import ByAccount
from conformance.reference.prompt import Json, Message


@dataclass(slots=True)
class Job:
    """A background response: `source` generates its events, and `events` has those that are already generated."""

    source: Iterator[Json]
    streamed: bool
    events: list[Json] = field(default_factory=list)
    looks: int = 0

    def event(self, number: int) -> Json | None:
        """Return the event with the given number, or None after the last event.

        If the event does not exist yet, `event` generates all events up to the given number.
        """
        while len(self.events) <= number:
            made = next(self.source, None)
            if made is None:
                return None
            self.events.append(made)
        return self.events[number]

    def finish(self) -> None:
        """Generate all remaining events of the response."""
        self.events.extend(self.source)


@dataclass(slots=True)
class StoredResponse:
    """A stored response with its input items, and the messages that a later turn needs to continue it."""

    body: Json
    input_items: list[Json]
    messages: tuple[Message, ...]
    job: Job | None = None


@dataclass(slots=True)
class StoredThread:
    """A stored OpenAI conversation. `items` has the items as the API returns them, the oldest first."""

    body: Json
    items: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Store:
    """All responses and conversations that the endpoint stores."""

    responses_of: ByAccount[StoredResponse] = field(default_factory=ByAccount)
    threads_of: ByAccount[StoredThread] = field(default_factory=ByAccount)

    @property
    def responses(self) -> dict[str, StoredResponse]:
        """The stored responses of the account whose request is being answered."""
        return self.responses_of.own

    @property
    def threads(self) -> dict[str, StoredThread]:
        """The conversations of the account whose request is being answered."""
        return self.threads_of.own

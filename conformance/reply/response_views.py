"""What an invariant of the Responses API looks at: response objects, their items, and whole event streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from conformance.reply.not_answered import NotAnswered
from conformance.reply.reading import Reading
from conformance.reply.responses import TERMINAL
from conformance.reply.stream import Chunk
from conformance.reply.views import View, once
from conformance.wire import Event, Fact

OPERATIONS = ("responses", "response")

# Where in an object the interesting thing stands, for a finding: "" or "event 7 /response".
Placed = tuple[str, dict[str, Any]]


def _answered(reading: Reading) -> bool:
    if reading.exchange.status != 200 or Fact.BODY in reading.exchange.lost:
        return False
    return reading.operation in OPERATIONS and not reading.faulty


@dataclass(frozen=True, slots=True)
class ResponseAnswer(View):
    """A right request to the Responses API that was answered 200, in whatever form."""

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """The view of an exchange, or None when it is not of this kind."""
        return cls(reading) if _answered(reading) else None


@dataclass(frozen=True, slots=True)
class ResponseObject(ResponseAnswer):
    """A whole response: the body of an answer, or what the last event of a stream carries."""

    @property
    def found(self) -> Placed | None:
        """The response and its place; None when the answer has none."""
        return _response(self)

    @property
    def items(self) -> list[Placed]:
        """The output items that are objects, each with its place."""
        if self.found is None:
            return []
        where, response = self.found
        output = response.get("output")
        listed = enumerate(output) if isinstance(output, list) else ()
        return [(f"{where}/output/{place}", item) for place, item in listed if isinstance(item, dict)]


@once
def _response(view: ResponseObject) -> Placed | None:
    """The response and its place; None when the answer has none."""
    exchange = view.exchange
    if exchange.is_sse:
        for event in reversed(view.reading.chunks):
            response = event.data.get("response")
            if event.data.get("type") in TERMINAL and isinstance(response, dict):
                return f"event {event.number} /response", response
        return None
    try:
        body = view.reading.response.object
    except NotAnswered:
        return None
    return "", body


@dataclass(frozen=True, slots=True)
class ResponseStream(ResponseAnswer):
    """A response that came as server-sent events and ended as HTTP says. Whether it carries an error is seen by all."""

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """The view of an exchange, or None when it is not of this kind."""
        exchange = reading.exchange
        whole = exchange.is_sse and exchange.failure is None and not exchange.stopped
        return cls(reading) if _answered(reading) and whole and exchange.request.method.upper() == "POST" else None

    @property
    def raw(self) -> tuple[Event, ...]:
        """All events, `[DONE]` among them."""
        return self.exchange.events

    @property
    def events(self) -> tuple[Chunk, ...]:
        """The events that are JSON objects, in order."""
        return self.reading.chunks

    @property
    def failed(self) -> bool:
        """Whether the stream ends in an error: what comes before it may be unfinished."""
        return any(_is_error(event.data) for event in self.events)

    @property
    def responses(self) -> Iterator[tuple[Chunk, dict[str, Any]]]:
        """The events of the API that carry a response, with it."""
        for event in self.events:
            response = event.data.get("response")
            if isinstance(response, dict) and (not kind_of(event) or kind_of(event).startswith("response.")):
                yield event, response


def _is_error(data: dict[str, Any]) -> bool:
    return data.get("type") in ("error", "response.failed") or bool(data.get("error"))


def kind_of(event: Chunk) -> str:
    """The event's `type`, "" when it has none."""
    kind = event.data.get("type")
    return kind if isinstance(kind, str) else ""

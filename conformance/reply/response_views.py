"""Views for invariants of the Responses API: response objects, their items, and complete event streams."""

from __future__ import annotations

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
    """A valid request to the Responses API that was answered with 200, as JSON or as a stream."""

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if this kind of view does not fit the exchange."""
        return cls(reading) if _answered(reading) else None


@dataclass(frozen=True, slots=True)
class ResponseObject(ResponseAnswer):
    """A complete response object: the JSON body, or the object in the last event of a stream."""

    @property
    def found(self) -> Placed | None:
        """The response object and its location; None if there is none."""
        return _response(self)

    @property
    def items(self) -> list[Placed]:
        """The output items that are JSON objects, each with its location."""
        if self.found is None:
            return []
        where, response = self.found
        output = response.get("output")
        listed = enumerate(output) if isinstance(output, list) else ()
        return [(f"{where}/output/{place}", item) for place, item in listed if isinstance(item, dict)]


@once
def _response(view: ResponseObject) -> Placed | None:
    """The response object and its place; None if there is none."""
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
    """A stream of server-sent events that ended as it should.

    A stream that ended as it should may contain an error event.
    """

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if the exchange is not a complete Responses stream."""
        exchange = reading.exchange
        whole = exchange.is_sse and exchange.failure is None and not exchange.stopped
        return cls(reading) if _answered(reading) and whole and exchange.request.method.upper() == "POST" else None

    @property
    def raw(self) -> tuple[Event, ...]:
        """All events of the stream, `[DONE]` included."""
        return self.exchange.events

    @property
    def events(self) -> tuple[Chunk, ...]:
        """The events of the stream that are JSON objects, in their order."""
        return self.reading.chunks

    @property
    def failed(self) -> bool:
        """Whether the stream ends with an error, so that earlier events may be incomplete."""
        return any(_is_error(event.data) for event in self.events)

    @property
    def responses(self) -> list[tuple[Chunk, dict[str, Any]]]:
        """The events that contain a response object, together with that object."""
        return _responses(self)


@once
def _responses(stream: ResponseStream) -> list[tuple[Chunk, dict[str, Any]]]:
    return [
        (event, response)
        for event in stream.events
        if isinstance(response := event.data.get("response"), dict)
        and (not kind_of(event) or kind_of(event).startswith("response."))
    ]


def _is_error(data: dict[str, Any]) -> bool:
    return data.get("type") in ("error", "response.failed") or bool(data.get("error"))


def kind_of(event: Chunk) -> str:
    """Return the `type` of an event; "" if the event has none."""
    kind = event.data.get("type")
    return kind if isinstance(kind, str) else ""

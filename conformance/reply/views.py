"""Views of an exchange for invariants: a completion, a stream, an error, or a plain HTTP response."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from conformance.api import CORE
from conformance.reply import Choice, Chunk, ErrorBody, read_error
from conformance.reply.operation import beyond_the_api
from conformance.reply.reading import Reading
from conformance.wire import Event, Exchange, Fact

OF_HTTP = (411, 413)
"""Statuses by which HTTP rejects a body only because of its length."""

_FIRST = "preflight"  # the probe of the first requests, which find out what a target offers

_V = TypeVar("_V", bound="View")
_T = TypeVar("_T")


def may_lack(operation: str | None, exchange: Exchange) -> bool:
    """Return whether a status of 404, 405 or 501 can mean that the target does not have the operation.

    Every operation except chat completions is optional for a target. If a target lacks chat completions, only the first
    requests of the run ask for them.
    """
    return operation != CORE or exchange.probe.partition("[")[0] == _FIRST


def once(find: Callable[[_V], _T]) -> Callable[[_V], _T]:
    """Cache the result of a function that reads a view.

    The cached function runs only once per exchange, however many invariants call it.
    """

    def found(view: _V) -> _T:
        memo = view.reading.memo
        if find not in memo:
            memo[find] = find(view)
        return memo[find]  # type: ignore[no-any-return] # the memo holds the results of many functions

    found.__doc__ = find.__doc__
    return found


@dataclass(frozen=True, slots=True)
class View:
    """Any exchange.

    `View` is the base class of all views, and accepts every exchange. If an exchange does not have the form that a
    subclass describes, the method `of` of the subclass returns None.
    """

    reading: Reading

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if this kind of view does not fit the exchange."""
        # A turn on a WebSocket is no HTTP exchange; requirements of its own look at it.
        return None if reading.exchange.request.on_socket else cls(reading)

    @property
    def exchange(self) -> Exchange:
        """The exchange that the view describes."""
        return self.reading.exchange

    @property
    def asked(self) -> dict[str, Any]:
        """The request body as a JSON object; {} if it is not a JSON object."""
        return self.reading.asked


@dataclass(frozen=True, slots=True)
class AnyChatAnswer(View):
    """A chat request that was answered with 200, including requests that were invalid on purpose."""

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if this kind of view does not fit the exchange."""
        exchange = reading.exchange
        if exchange.status != 200 or Fact.BODY in exchange.lost or reading.operation != "chat":
            return None
        return cls(reading)


@dataclass(frozen=True, slots=True)
class ChatAnswer(AnyChatAnswer):
    """A valid chat request that was answered with 200, as JSON or as a stream."""

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if this kind of view does not fit the exchange."""
        return cls(reading) if AnyChatAnswer.of(reading) is not None and not reading.faulty else None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of the completion, assembled if streamed; () if the response is not a completion."""
        return self.reading.choices

    def values_of(self, name: str) -> Iterator[tuple[str, Any]]:
        """Return the non-null values of a field, each with its location in the JSON body or in the chunks of a stream."""
        if self.reading.is_sse:
            for chunk in self.reading.chunks:
                value = chunk.data.get(name)
                if value is not None:
                    yield f"event {chunk.number} /{name}", value
        elif self.reading.body is not None and self.reading.body.get(name) is not None:
            yield f"/{name}", self.reading.body[name]


@dataclass(frozen=True, slots=True)
class Completion(View):
    """A chat completion that arrived as one JSON object, in response to a valid request."""

    body: dict[str, Any]

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if this kind of view does not fit the exchange."""
        found = cls.whole(reading)
        return found if found is not None and not reading.faulty else None

    @classmethod
    def whole(cls, reading: Reading) -> Self | None:
        """Return the completion, even if the request was invalid on purpose."""
        exchange = reading.exchange
        if exchange.status != 200 or exchange.failure or Fact.BODY in exchange.lost:
            return None
        if reading.operation != "chat" or reading.is_sse or reading.body is None:
            return None
        return cls(reading, reading.body)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The choices of the completion that are JSON objects."""
        choices = self.body.get("choices")
        return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []

    @property
    def messages(self) -> list[tuple[int, dict[str, Any]]]:
        """The messages of the choices; each message has the list index of its choice.

        Messages that are not JSON objects are left out.
        """
        pairs = ((place, choice.get("message")) for place, choice in enumerate(self.choices))
        return [(place, message) for place, message in pairs if isinstance(message, dict)]


@dataclass(frozen=True, slots=True)
class Stream(View):
    """A chat completion without an error that was streamed as server-sent events and received to its regular end."""

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if this kind of view does not fit the exchange."""
        exchange = reading.exchange
        if exchange.status != 200 or Fact.BODY in exchange.lost:
            return None
        if reading.operation != "chat" or not reading.is_stream or reading.faulty:
            return None
        return cls(reading)

    @property
    def events(self) -> tuple[Event, ...]:
        """All events of the stream, `[DONE]` included."""
        return self.exchange.events

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The events before `[DONE]` that are JSON objects."""
        return self.reading.chunks

    @property
    def usage_asked(self) -> bool:
        """Whether the request asks for `usage` in the stream."""
        options = self.asked.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True


@dataclass(frozen=True, slots=True)
class Refusal(View):
    """A response with status 4xx or 5xx to an operation of the API; unknown routes are excluded."""

    error: ErrorBody

    @classmethod
    def of(cls, reading: Reading) -> Self | None:
        """Return a view of the exchange, or None if this kind of view does not fit the exchange."""
        exchange = reading.exchange
        if exchange.status is None or exchange.status < 400 or exchange.failure or Fact.BODY in exchange.lost:
            return None
        error = read_error(exchange)
        # Of an operation that a target may lack, 404 or 405 can be the router's word on an unknown route, which has no
        # envelope with OpenAI either.
        # The first requests of a run find out whether the target has chat completions at all.
        lacking = exchange.status in (404, 405, 501) and may_lack(reading.operation, exchange)
        # What HTTP itself refuses is refused before the API has seen it, by a proxy as likely as by the server.
        lacking = lacking or exchange.status in OF_HTTP or beyond_the_api(exchange.request)
        lacking = lacking and error.envelope != "openai"
        return cls(reading, error) if reading.operation is not None and not lacking else None

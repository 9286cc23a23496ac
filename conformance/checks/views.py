"""What an invariant looks at: one exchange seen as a completion, a stream, an error, or just an HTTP response."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, TypeVar

from conformance.api import CORE
from conformance.contract import load_schemas
from conformance.reply import ChatReply, Choice, Chunk, ErrorBody, NotAnswered, read_error
from conformance.reply.operation import beyond_the_api, operation_of
from conformance.wire import Event, Exchange, Fact

REQUESTS = {"chat": "CreateChatCompletionRequest", "responses": "CreateResponse"}
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
OF_HTTP = (411, 413)
"""Statuses by which HTTP refuses a body for its length alone."""

_V = TypeVar("_V", bound="View")
_T = TypeVar("_T")


class Reading:
    """One exchange, each thing in it read at most once, however many views and invariants look at it."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.reply = ChatReply(exchange)
        self.memo: dict[Callable[..., Any], Any] = {}

    @cached_property
    def operation(self) -> str | None:
        """The operation that was asked for."""
        return operation_of(self.exchange.request)

    @property
    def is_sse(self) -> bool:
        """Whether the answer came as server-sent events."""
        return self.reply.streamed

    @cached_property
    def asked(self) -> dict[str, Any]:
        """The request's JSON object; {} when it is none."""
        body = self.exchange.request.json
        return body if isinstance(body, dict) else {}

    @cached_property
    def faulty(self) -> bool:
        """Whether the suite made the request wrong on purpose, so that whoever answers it may answer anything.

        That it is answered at all is a requirement of its own. What clients recorded is taken as it is.
        """
        schema = REQUESTS.get(self.operation or "")
        if schema is None or not self.exchange.identity or self.exchange.request.method.upper() != "POST":
            return False
        body = self.exchange.request.json
        if not isinstance(body, dict) or not load_schemas().is_valid(schema, body):
            return True
        if names_undeclared(body):
            return True
        limits = [body.get(name) for name in LIMITS]  # for some of them the document has no minimum
        return any(isinstance(limit, int | float) and limit < 1 for limit in limits)

    @cached_property
    def body(self) -> dict[str, Any] | None:
        """The JSON object of a 200 answer that is no stream; None when it is none."""
        try:
            return self.reply.body
        except NotAnswered:
            return None

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The JSON objects of the stream, an error among them; () when there is no stream."""
        return self.reply.payloads

    @cached_property
    def is_stream(self) -> bool:
        """Whether it is a stream of chat chunks that carries no error."""
        return (
            self.is_sse
            and self.exchange.failure is None
            and not self.exchange.stopped  # we hung up: what is missing is not the target's doing
            and not any(chunk.data.get("error") for chunk in self.chunks)
        )

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of a completion, whole or put together; () when it is none."""
        if self.is_sse and not self.is_stream:
            return ()
        try:
            return self.reply.choices
        except NotAnswered:
            return ()


def names_undeclared(body: dict[str, Any]) -> bool:
    """Whether a request chooses a function that it does not declare, which no schema can say."""
    choice, tools = body.get("tool_choice"), body.get("tools")
    if not isinstance(choice, dict) or choice.get("type") != "function":
        return False
    function = choice.get("function", choice)
    wanted = function.get("name") if isinstance(function, dict) else None
    declared = [tool.get("function", tool) for tool in tools or () if isinstance(tool, dict)]
    return wanted not in [each.get("name") for each in declared if isinstance(each, dict)]


_last: Reading | None = None


def reading_of(exchange: Exchange) -> Reading:
    """The reading of an exchange: the same object while views of the same exchange are asked for one after another.

    One reading is kept and no more, so that memory stays bounded by one exchange.
    """
    global _last  # noqa: PLW0603 - a cache of one; threads may at worst read an exchange twice
    reading = _last
    if reading is None or reading.exchange is not exchange:
        _last = reading = Reading(exchange)
    return reading


def once(find: Callable[[_V], _T]) -> Callable[[_V], _T]:
    """Let a function of a view run once for each exchange, however many invariants call it."""

    def found(view: _V) -> _T:
        memo = view.reading.memo
        if find not in memo:
            memo[find] = find(view)
        return memo[find]  # type: ignore[no-any-return] # the memo holds the results of many functions

    found.__doc__ = find.__doc__
    return found


@dataclass(frozen=True, slots=True)
class View:
    """Any exchange. The others are narrower: their `of` gives None when an exchange is not of their kind."""

    reading: Reading

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        """The view of an exchange, or None when it is not of this kind."""
        # A turn on a WebSocket is no HTTP exchange; requirements of its own look at it.
        return None if exchange.request.on_socket else cls(reading_of(exchange))

    @property
    def exchange(self) -> Exchange:
        """The exchange itself."""
        return self.reading.exchange

    @property
    def asked(self) -> dict[str, Any]:
        """The request's JSON object; {} when it is none."""
        return self.reading.asked


@dataclass(frozen=True, slots=True)
class AnyChatAnswer(View):
    """A chat request that was answered 200, also one that was wrong on purpose."""

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        reading = reading_of(exchange)
        if exchange.status != 200 or Fact.BODY in exchange.lost or reading.operation != "chat":
            return None
        return cls(reading)


@dataclass(frozen=True, slots=True)
class ChatAnswer(AnyChatAnswer):
    """A right chat request that was answered 200, in whatever form."""

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        answer = AnyChatAnswer.of(exchange)
        return cls(answer.reading) if answer is not None and not answer.reading.faulty else None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices, whole or put together from a stream; () when the answer is no completion."""
        return self.reading.choices

    def values_of(self, name: str) -> Iterator[tuple[str, Any]]:
        """A field's values that are not null, each with its place: in the one body, or in the chunks of a stream."""
        if self.reading.is_sse:
            for chunk in self.reading.chunks:
                value = chunk.data.get(name)
                if value is not None:
                    yield f"event {chunk.number} /{name}", value
        elif self.reading.body is not None and self.reading.body.get(name) is not None:
            yield f"/{name}", self.reading.body[name]


@dataclass(frozen=True, slots=True)
class Completion(View):
    """A chat completion that came whole as one JSON object, to a right request."""

    body: dict[str, Any]

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        found = cls.whole(exchange)
        return found if found is not None and not found.reading.faulty else None

    @classmethod
    def whole(cls, exchange: Exchange) -> Self | None:
        """The completion, also of a request that was wrong on purpose."""
        if exchange.status != 200 or exchange.failure or Fact.BODY in exchange.lost:
            return None
        reading = reading_of(exchange)
        if reading.operation != "chat" or reading.is_sse or reading.body is None:
            return None
        return cls(reading, reading.body)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The choices that are objects."""
        choices = self.body.get("choices")
        return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []

    @property
    def messages(self) -> list[tuple[int, dict[str, Any]]]:
        """The messages that are objects, each with its choice's place in the list."""
        pairs = ((place, choice.get("message")) for place, choice in enumerate(self.choices))
        return [(place, message) for place, message in pairs if isinstance(message, dict)]


@dataclass(frozen=True, slots=True)
class Stream(View):
    """A chat completion that came as server-sent events, ended as HTTP says, and carries no error."""

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        if exchange.status != 200 or Fact.BODY in exchange.lost:
            return None
        reading = reading_of(exchange)
        if reading.operation != "chat" or not reading.is_stream or reading.faulty:
            return None
        return cls(reading)

    @property
    def events(self) -> tuple[Event, ...]:
        """All events, `[DONE]` among them."""
        return self.exchange.events

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The events before `[DONE]` that are JSON objects."""
        return self.reading.chunks

    @property
    def usage_asked(self) -> bool:
        """Whether the request opted in to usage in the stream."""
        options = self.asked.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True


@dataclass(frozen=True, slots=True)
class Refusal(View):
    """A 4xx or 5xx answer to an operation of the API (not to an unknown route)."""

    error: ErrorBody

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        if exchange.status is None or exchange.status < 400 or exchange.failure or Fact.BODY in exchange.lost:
            return None
        reading = reading_of(exchange)
        error = read_error(exchange)
        # Of an operation that a target may lack, 404 or 405 can be the router's word on an unknown route, which has no
        # envelope with OpenAI either.
        lacking = exchange.status in (404, 405) and reading.operation != CORE
        # What HTTP itself refuses is refused before the API has seen it, by a proxy as likely as by the server.
        lacking = lacking or exchange.status in OF_HTTP or beyond_the_api(exchange.request)
        lacking = lacking and error.envelope != "openai"
        return cls(reading, error) if reading.operation is not None and not lacking else None

"""What an invariant looks at: one exchange seen as a completion, a stream, an error, or just an HTTP response."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from conformance.reply import Chunk, ErrorBody, chunks_of, read_error
from conformance.reply.operation import operation_of
from conformance.wire import Event, Exchange


@dataclass(frozen=True, slots=True)
class View:
    """Any exchange. The others are narrower: their `of` gives None when an exchange is not of their kind."""

    exchange: Exchange
    asked: dict[str, Any]

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        """The view of an exchange, or None when it is not of this kind."""
        return cls(exchange, asked_of(exchange))


def asked_of(exchange: Exchange) -> dict[str, Any]:
    """The request's JSON object; {} when it is none."""
    body = exchange.request.json
    return body if isinstance(body, dict) else {}


@dataclass(frozen=True, slots=True)
class ChatAnswer(View):
    """A chat request that was answered 200, in whatever form."""

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        if exchange.status != 200 or operation_of(exchange.request) != "chat":
            return None
        return cls(exchange, asked_of(exchange))


@dataclass(frozen=True, slots=True)
class Completion(View):
    """A chat completion that came whole as one JSON object."""

    body: dict[str, Any]

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        if exchange.status != 200 or exchange.failure or exchange.is_sse or operation_of(exchange.request) != "chat":
            return None
        try:
            body = json.loads(exchange.body)
        except (ValueError, RecursionError):
            return None
        return cls(exchange, asked_of(exchange), body) if isinstance(body, dict) else None

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

    events: tuple[Event, ...]
    chunks: tuple[Chunk, ...]

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        if exchange.status != 200 or exchange.failure or not exchange.is_sse:
            return None
        if operation_of(exchange.request) != "chat":
            return None
        chunks = chunks_of(exchange)
        if any(chunk.data.get("error") for chunk in chunks):
            return None
        return cls(exchange, asked_of(exchange), exchange.events, chunks)

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
        if exchange.status is None or exchange.status < 400 or exchange.failure:
            return None
        if operation_of(exchange.request) is None:
            return None
        return cls(exchange, asked_of(exchange), read_error(exchange))

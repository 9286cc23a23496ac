"""A Responses reply: a uniform view of a response that arrived as JSON or as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.reply.not_answered import NotAnswered
from conformance.reply.stream import Chunk, chunks_of, too_long
from conformance.wire.exchange import Exchange
from conformance.wire.json_data import parse_json

TERMINAL = ("response.completed", "response.incomplete", "response.failed")
"""The events that end a stream and contain the complete response; `error` ends it too, without a response."""

NOT_NOW = frozenset(
    {
        "rate_limit_exceeded",
        "rate_limit_error",
        "too_many_requests",
        "insufficient_quota",
        "server_is_overloaded",
        "overloaded_error",
        "slow_down",
    }
)
"""Codes and types of temporary errors: the meaning of a 429 or 503, sent inside a 200."""


COMMENTARY = "commentary"
"""The `phase` of a message that is not the final answer (OpenAPI MessagePhase)."""


def text_parts(message: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the text parts of the message at location `where`, each with its location."""
    for number, part in enumerate(message["content"]):
        if isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str):
            yield f"{where}/content/{number}", part


def says_not_now(carrier: Any) -> bool:
    """Return whether an event or a failed response has a temporary error; the error's fields may be in `error`."""
    data = carrier if isinstance(carrier, dict) else {}
    nested = data.get("error")
    error = nested if isinstance(nested, dict) else data
    return any(isinstance(said, str) and said in NOT_NOW for said in (error.get("code"), error.get("type")))


def ends_turn(message: str) -> bool:
    """Return whether a WebSocket message is the last message that answers a `response.create`.

    A message that is not JSON never ends a turn.
    """
    try:
        data = parse_json(message)
    except ValueError:
        return False
    kind = data.get("type") if isinstance(data, dict) else None
    return kind in (*TERMINAL, "error") or (kind is None and isinstance(data, dict) and bool(data.get("error")))


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One function call in the output. `arguments` is the unparsed value, which is a string in OpenAI's API."""

    place: int
    id: Any
    call_id: Any
    name: Any
    arguments: Any

    @property
    def parsed(self) -> Any:
        """The arguments of the function call as JSON data, or None if they are not a string with valid JSON."""
        try:
            return parse_json(self.arguments)
        except (TypeError, ValueError):
            return None


@dataclass(frozen=True)
class ResponseReply:
    """The reply to one request to the Responses API, as a client sees it.

    Reading the content of the reply raises `NotAnswered` if the target rejected the request.
    """

    exchange: Exchange

    @property
    def accepted(self) -> bool:
        """Whether the target returned 200 with a readable response whose status is not `failed`."""
        return self.readable and self.status != "failed"

    @property
    def readable(self) -> bool:
        """Whether the target returned 200 with a body that a client can read as a response, even one with status `failed`."""
        try:
            return isinstance(self.object.get("output"), list)
        except NotAnswered:
            return False

    @property
    def put_off(self) -> bool:
        """Whether the response failed because of a temporary error, such as an exceeded rate limit."""
        return self.readable and self.status == "failed" and says_not_now(self.object)

    @property
    def streamed(self) -> bool:
        """Whether the reply consists of events: server-sent events or WebSocket messages."""
        return self.exchange.is_sse or self.exchange.request.on_socket

    @cached_property
    def events(self) -> tuple[Chunk, ...]:
        """All JSON objects of the event stream; invalid data never raises an exception."""
        return chunks_of(self.exchange)

    @cached_property
    def object(self) -> dict[str, Any]:
        """The response object: the body, or the object in the last event of the stream. Raises `NotAnswered`."""
        exchange = self.exchange
        if exchange.status is None:
            raise NotAnswered(exchange, f"no response: {exchange.failure.message if exchange.failure else 'unknown'}")
        if exchange.status != (101 if exchange.request.on_socket else 200):
            raise NotAnswered(exchange, f"the target answered {exchange.status}")
        if exchange.failure:
            raise NotAnswered(exchange, f"the response broke off: {exchange.failure.message}")
        return self._last() if self.streamed else self._body()

    def require_object(self) -> dict[str, Any]:
        """The response object. Raises `NotAnswered`, with the reason, if there is no response object."""
        return self.object

    def require_output(self) -> tuple[dict[str, Any], ...]:
        """The output items. Raises `NotAnswered`, with the reason, if the response has no list of output items."""
        return self.output

    @property
    def id(self) -> str:
        """The id with which a later request can continue the response.

        Raises `NotAnswered` if the response has no object id.
        """
        identifier = self.object.get("id")
        if not isinstance(identifier, str) or not identifier:
            raise NotAnswered(self.exchange, "the response has no id")
        return identifier

    @property
    def status(self) -> Any:
        """The `status` of the response, such as `completed` or `incomplete`. Raises `NotAnswered`."""
        return self.object.get("status")

    @property
    def incomplete(self) -> bool:
        """Whether the response is marked `incomplete`, usually because of the token limit. Raises `NotAnswered`."""
        return bool(self.status == "incomplete" or self.object.get("incomplete_details"))

    @property
    def output(self) -> tuple[dict[str, Any], ...]:
        """The output items that are JSON objects.

        Raises `NotAnswered` if the response has no list of output items, or only a temporary error.
        """
        if self.put_off:
            raise NotAnswered(self.exchange, "the response failed, and says that it may be asked for again later")
        output = self.object.get("output")
        if not isinstance(output, list):
            raise NotAnswered(self.exchange, "the response has no output")
        return tuple(item for item in output if isinstance(item, dict))

    @property
    def text(self) -> str:
        """The text of all messages, equal to `output_text` in the official client. Raises `NotAnswered`.

        `text` also includes messages with `phase: commentary`; checks of the answer therefore read the property
        `answer`.
        """
        return "".join(self.texts)

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each message in the response. Raises `NotAnswered`."""
        return tuple("".join(part["text"] for _, part in parts) for _, parts in self._messages)

    @property
    def answer(self) -> str:
        """The text of the final answer: all messages except those with `phase: commentary`. Raises `NotAnswered`.

        In a message with `phase: commentary`, a model may announce its next step before it answers.
        """
        return "".join(part["text"] for _, part in self.answer_parts)

    @property
    def answer_parts(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """The text parts of the answer, each with its location. Raises `NotAnswered`."""
        return tuple(part for item, parts in self._messages if item.get("phase") != COMMENTARY for part in parts)

    @property
    def only_commentary(self) -> bool:
        """Whether all messages are commentary, so that there is no final answer. Raises `NotAnswered`."""
        phases = [item.get("phase") for item, _ in self._messages]
        return bool(phases) and all(phase == COMMENTARY for phase in phases)

    @property
    def _messages(self) -> tuple[tuple[dict[str, Any], tuple[tuple[str, dict[str, Any]], ...]], ...]:
        """The messages, each with its text parts and their places. Raises `NotAnswered`."""
        output = self.object.get("output") if self.output else None
        messages = tuple(
            (item, tuple(text_parts(item, f"/output/{place}")))
            for place, item in enumerate(output or ())
            if isinstance(item, dict) and item.get("type") == "message" and isinstance(item.get("content"), list)
        )
        if why := too_long(part["text"] for _, parts in messages for _, part in parts):
            raise NotAnswered(self.exchange, why)
        return messages

    @property
    def function_calls(self) -> tuple[FunctionCall, ...]:
        """The function calls in the output, each with its location. Raises `NotAnswered`."""
        return tuple(
            FunctionCall(place, item.get("id"), item.get("call_id"), item.get("name"), item.get("arguments"))
            for place, item in enumerate(self.output)
            if item.get("type") == "function_call"
        )

    @property
    def usage(self) -> dict[str, Any] | None:
        """The usage object of the response, or None. Raises `NotAnswered`."""
        usage = self.object.get("usage")
        return usage if isinstance(usage, dict) else None

    def _body(self) -> dict[str, Any]:
        try:
            data = parse_json(self.exchange.body)
        except ValueError:
            raise NotAnswered(self.exchange, "the body of the 200 response is not JSON") from None
        if not isinstance(data, dict):
            raise NotAnswered(self.exchange, "the body of the 200 response is not a JSON object")
        if data.get("error") and "output" not in data:
            raise NotAnswered(self.exchange, "the 200 response is an error")
        return data

    def _last(self) -> dict[str, Any]:
        for event in reversed(self.events):
            kind, response = event.data.get("type"), event.data.get("response")
            if kind == "error" or (event.data.get("error") and not isinstance(kind, str)):
                raise NotAnswered(self.exchange, f"the stream carries an error (event {event.number})")
            if kind in TERMINAL and isinstance(response, dict):
                return response
        raise NotAnswered(self.exchange, "the stream ends without the whole response")

"""A Responses reply: the same view of a response whether it came as JSON or as the last event of a stream."""

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
"""The events that end a stream and carry the whole response; `error` ends it too and carries none."""

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
"""Codes and types of an error that say 'not now' rather than 'not so': what a plain 429 or 503 says, inside a 200."""


COMMENTARY = "commentary"
"""The `phase` of a message that is not the answer (OpenAPI MessagePhase)."""


def text_parts(message: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The text parts of a message that stands at `where`, each with its place."""
    for number, part in enumerate(message["content"]):
        if isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str):
            yield f"{where}/content/{number}", part


def says_not_now(carrier: Any) -> bool:
    """Whether an event or a failed response carries an error that says 'not now'; its fields may stand under `error`."""
    data = carrier if isinstance(carrier, dict) else {}
    nested = data.get("error")
    error = nested if isinstance(nested, dict) else data
    return any(isinstance(said, str) and said in NOT_NOW for said in (error.get("code"), error.get("type")))


def ends_turn(message: str) -> bool:
    """Whether a message of a WebSocket is the last that answers a `response.create`. One that is no JSON ends nothing."""
    try:
        data = parse_json(message)
    except ValueError:
        return False
    kind = data.get("type") if isinstance(data, dict) else None
    return kind in (*TERMINAL, "error") or (kind is None and isinstance(data, dict) and bool(data.get("error")))


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One function call of the output. `arguments` is what the wire carried: a string if the target does as OpenAI."""

    place: int
    id: Any
    call_id: Any
    name: Any
    arguments: Any

    @property
    def parsed(self) -> Any:
        """The arguments as JSON data, or None when they are not a string of JSON."""
        try:
            return parse_json(self.arguments)
        except (TypeError, ValueError):
            return None


@dataclass(frozen=True)
class ResponseReply:
    """What a client sees of one call of the Responses API. Reading a refused call raises `NotAnswered`."""

    exchange: Exchange

    @property
    def accepted(self) -> bool:
        """Whether the target answered 200 with a response that a client can read, and that is not a failure of its own."""
        return self.readable and self.status != "failed"

    @property
    def readable(self) -> bool:
        """Whether the target answered 200 with something that a client can read as a response, a failed one among them."""
        try:
            return isinstance(self.object.get("output"), list)
        except NotAnswered:
            return False

    @property
    def put_off(self) -> bool:
        """Whether the response failed for now only, as a 429 says it of a request that is not begun."""
        return self.readable and self.status == "failed" and says_not_now(self.object)

    @property
    def streamed(self) -> bool:
        """Whether the answer came as events: server-sent ones, or messages of a WebSocket."""
        return self.exchange.is_sse or self.exchange.request.on_socket

    @cached_property
    def events(self) -> tuple[Chunk, ...]:
        """All JSON objects of a stream; never raises."""
        return chunks_of(self.exchange)

    @cached_property
    def object(self) -> dict[str, Any]:
        """The response object: the body, or what the stream's last event carries. Raises `NotAnswered`."""
        exchange = self.exchange
        if exchange.status is None:
            raise NotAnswered(exchange, f"no response: {exchange.failure.message if exchange.failure else 'unknown'}")
        if exchange.status != (101 if exchange.request.on_socket else 200):
            raise NotAnswered(exchange, f"the target answered {exchange.status}")
        if exchange.failure:
            raise NotAnswered(exchange, f"the response broke off: {exchange.failure.message}")
        return self._last() if self.streamed else self._body()

    def require_object(self) -> dict[str, Any]:
        """The response object, for who goes on only when there is one. Raises `NotAnswered` with the reason."""
        return self.object

    def require_output(self) -> tuple[dict[str, Any], ...]:
        """The output items, for who goes on only when there is a list of them. Raises `NotAnswered` with the reason."""
        return self.output

    @property
    def id(self) -> str:
        """The id of the response, by which it can be continued. Raises `NotAnswered` when it has none."""
        identifier = self.object.get("id")
        if not isinstance(identifier, str) or not identifier:
            raise NotAnswered(self.exchange, "the response has no id")
        return identifier

    @property
    def status(self) -> Any:
        """`completed`, `incomplete`, … Raises `NotAnswered`."""
        return self.object.get("status")

    @property
    def incomplete(self) -> bool:
        """Whether the target says that it did not finish, the token limit most likely. Raises `NotAnswered`."""
        return bool(self.status == "incomplete" or self.object.get("incomplete_details"))

    @property
    def output(self) -> tuple[dict[str, Any], ...]:
        """The output items that are objects. Raises `NotAnswered` when there is no list of them, or not now."""
        if self.put_off:
            raise NotAnswered(self.exchange, "the response failed, and says that it may be asked for again later")
        output = self.object.get("output")
        if not isinstance(output, list):
            raise NotAnswered(self.exchange, "the response has no output")
        return tuple(item for item in output if isinstance(item, dict))

    @property
    def text(self) -> str:
        """The text of all messages, as the official client's `output_text` gives it. Raises `NotAnswered`.

        With commentary in it: what was asked for in some form is `answer`.
        """
        return "".join(self.texts)

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each message. Raises `NotAnswered`."""
        return tuple("".join(part["text"] for _, part in parts) for _, parts in self._messages)

    @property
    def answer(self) -> str:
        """The text of the answer: of all messages but commentary, as `phase` tells it. Raises `NotAnswered`.

        A model may say in messages of `phase: commentary` what it is about to do, before the one with the answer.
        """
        return "".join(part["text"] for _, part in self.answer_parts)

    @property
    def answer_parts(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """The text parts of the answer, each with its place. Raises `NotAnswered`."""
        return tuple(part for item, parts in self._messages if item.get("phase") != COMMENTARY for part in parts)

    @property
    def only_commentary(self) -> bool:
        """Whether all messages are commentary, so that the answer did not come (yet). Raises `NotAnswered`."""
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
        """The function calls of the output, each with its place. Raises `NotAnswered`."""
        return tuple(
            FunctionCall(place, item.get("id"), item.get("call_id"), item.get("name"), item.get("arguments"))
            for place, item in enumerate(self.output)
            if item.get("type") == "function_call"
        )

    @property
    def usage(self) -> dict[str, Any] | None:
        """The usage object, or None. Raises `NotAnswered`."""
        usage = self.object.get("usage")
        return usage if isinstance(usage, dict) else None

    def _body(self) -> dict[str, Any]:
        try:
            data = parse_json(self.exchange.body)
        except ValueError:
            raise NotAnswered(self.exchange, "the body of the 200 answer is not JSON") from None
        if not isinstance(data, dict):
            raise NotAnswered(self.exchange, "the body of the 200 answer is not a JSON object")
        if data.get("error") and "output" not in data:
            raise NotAnswered(self.exchange, "the 200 answer is an error")
        return data

    def _last(self) -> dict[str, Any]:
        for event in reversed(self.events):
            kind, response = event.data.get("type"), event.data.get("response")
            if kind == "error" or (event.data.get("error") and not isinstance(kind, str)):
                raise NotAnswered(self.exchange, f"the stream carries an error (event {event.number})")
            if kind in TERMINAL and isinstance(response, dict):
                return response
        raise NotAnswered(self.exchange, "the stream ends without the whole response")

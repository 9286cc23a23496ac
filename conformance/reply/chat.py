"""A chat reply: a uniform view of a completion that arrived as JSON or as a stream of chunks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.reply.choice import Choice, ToolCall, folded, whole
from conformance.reply.not_answered import NotAnswered
from conformance.reply.stream import Chunk, chunks_of, mixed_up, too_long
from conformance.wire.exchange import Exchange
from conformance.wire.json_data import parse_json


@dataclass(frozen=True)
class ChatReply:
    """The response to a chat request as a client sees it.

    Accessing a choice raises `NotAnswered` if the request was rejected.
    """

    exchange: Exchange

    @property
    def accepted(self) -> bool:
        """Whether the target returned 200 with a body that a client can read as a completion."""
        try:
            return bool(self.choices)
        except NotAnswered:
            return False

    @cached_property
    def streamed(self) -> bool:
        """Whether the response consists of server-sent events."""
        return self.exchange.is_sse

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON body of a response that was not streamed. Raises `NotAnswered`."""
        self._require_ok()
        try:
            data = parse_json(self.exchange.body)
        except ValueError:
            raise NotAnswered(self.exchange, "the body of the 200 response is not JSON") from None
        if not isinstance(data, dict):
            raise NotAnswered(self.exchange, "the body of the 200 response is not a JSON object")
        return data

    @cached_property
    def payloads(self) -> tuple[Chunk, ...]:
        """All JSON objects of a stream, chunks or errors; never raises."""
        return chunks_of(self.exchange)

    @cached_property
    def errors(self) -> tuple[Chunk, ...]:
        """The JSON objects of a stream that carry an error; never raises."""
        return tuple([chunk for chunk in self.payloads if chunk.data.get("error")])

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of a streamed response. Raises `NotAnswered`."""
        self._require_ok()
        if self.errors:
            raise NotAnswered(self.exchange, f"the stream carries an error (event {self.errors[0].number})")
        if not self.payloads:
            raise NotAnswered(self.exchange, "the stream carries no chunk")
        return self.payloads

    @cached_property
    def mixed_up(self) -> str:
        """The reason why the chunks of a stream cannot be assembled to a completion; "" if they can be assembled."""
        return mixed_up(self.payloads, self.exchange)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """All choices of the completion, by index. Raises `NotAnswered`."""
        if self.streamed and self.chunks and self.mixed_up:
            raise NotAnswered(self.exchange, self.mixed_up)
        choices = folded(self.chunks) if self.streamed else whole(self.body, self.exchange)
        if not choices:
            raise NotAnswered(self.exchange, "the answer has no choices")
        if self.streamed and all(choice.finish_reason is None for choice in choices):
            raise NotAnswered(self.exchange, "the stream ended without a finish reason")
        written = [text for c in choices for text in (c.content, c.refusal, *(call.arguments for call in c.tool_calls))]
        if why := too_long(written):
            raise NotAnswered(self.exchange, why)
        return tuple(sorted(choices, key=lambda choice: choice.index))

    @property
    def text(self) -> str:
        """The text of the first choice. Raises `NotAnswered`."""
        return self.choices[0].text

    @property
    def finish_reason(self) -> Any:
        """The finish reason of the first choice. Raises `NotAnswered`."""
        return self.choices[0].finish_reason

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls of the first choice. Raises `NotAnswered`."""
        return self.choices[0].tool_calls

    @cached_property
    def usage(self) -> dict[str, Any] | None:
        """The usage object, or None; in a stream, the last usage that is not null. Raises `NotAnswered`."""
        if not self.streamed:
            usage = self.body.get("usage")
        else:
            usage = next((c.data["usage"] for c in reversed(self.chunks) if c.data.get("usage")), None)
        return usage if isinstance(usage, dict) else None

    @property
    def completion_tokens(self) -> int | None:
        """`usage.completion_tokens`, or None if the target does not report it."""
        count = (self.usage or {}).get("completion_tokens")
        return count if isinstance(count, int) else None

    @property
    def message(self) -> dict[str, Any]:
        """The message of the first choice of a response that was not streamed. Raises `NotAnswered`."""
        self.require_choices()
        message = self.body["choices"][0].get("message")
        return message if isinstance(message, dict) else {}

    def require_choices(self) -> tuple[Choice, ...]:
        """The choices. Raises `NotAnswered`, with the reason, if the response has no choices."""
        return self.choices

    def _require_ok(self) -> None:
        exchange = self.exchange
        if exchange.status is None:
            raise NotAnswered(exchange, f"no response: {exchange.failure.message if exchange.failure else 'unknown'}")
        if exchange.status != 200:
            raise NotAnswered(exchange, f"the target answered {exchange.status}")
        if exchange.failure:
            raise NotAnswered(exchange, f"the response broke off: {exchange.failure.message}")

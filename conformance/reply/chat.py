"""A chat reply: the same view of a completion whether it came as JSON or as a stream of chunks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.reply.stream import Chunk, chunks_of, mixed_up, too_long
from conformance.wire.exchange import Exchange
from conformance.wire.json_data import parse_json


class NotAnswered(Exception):
    """The target did not answer with a completion, so what the check wants to see does not exist."""

    def __init__(self, exchange: Exchange, why: str) -> None:
        super().__init__(why)
        self.exchange = exchange
        self.why = why


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call. `arguments` is what the wire carried: a string if the target does as OpenAI does."""

    index: int
    id: Any
    type: Any
    name: Any
    arguments: Any

    @property
    def parsed(self) -> Any:
        """The arguments as JSON data, or None when they are not a string of JSON."""
        try:
            return parse_json(self.arguments)
        except (TypeError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice, whole: for a stream, its deltas put together as the official client does.

    `refusal` is what the model says in place of the answer; "" when it does not refuse.
    """

    index: int
    content: str | None
    finish_reason: Any
    role: Any = None
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: list[dict[str, Any]] | None = None
    refusal: str = ""

    @property
    def text(self) -> str:
        """The content, "" for null."""
        return self.content or ""


@dataclass(frozen=True)
class ChatReply:
    """What a client sees of one chat call. Reading a choice of a refused call raises `NotAnswered`."""

    exchange: Exchange

    @property
    def accepted(self) -> bool:
        """Whether the target answered 200 with something that a client can read as a completion."""
        try:
            return bool(self.choices)
        except NotAnswered:
            return False

    @cached_property
    def streamed(self) -> bool:
        """Whether the answer came as server-sent events."""
        return self.exchange.is_sse

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON body of an answer that was not streamed. Raises `NotAnswered`."""
        self._require_ok()
        try:
            data = parse_json(self.exchange.body)
        except ValueError:
            raise NotAnswered(self.exchange, "the body of the 200 answer is not JSON") from None
        if not isinstance(data, dict):
            raise NotAnswered(self.exchange, "the body of the 200 answer is not a JSON object")
        return data

    @cached_property
    def payloads(self) -> tuple[Chunk, ...]:
        """All JSON objects of a stream, chunks or errors; never raises."""
        return chunks_of(self.exchange)

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of a streamed answer. Raises `NotAnswered`."""
        self._require_ok()
        chunks = self.payloads
        for chunk in chunks:
            if chunk.data.get("error"):
                raise NotAnswered(self.exchange, f"the stream carries an error (event {chunk.number})")
        if not chunks:
            raise NotAnswered(self.exchange, "the stream carries no chunk")
        return chunks

    @cached_property
    def mixed_up(self) -> str:
        """Why the chunks of a stream cannot be put together; "" when they can."""
        return mixed_up(self.payloads, self.exchange)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """All choices by index. Raises `NotAnswered`."""
        if self.streamed and self.chunks and self.mixed_up:
            raise NotAnswered(self.exchange, self.mixed_up)
        choices = _fold(self.chunks) if self.streamed else _whole(self.body, self.exchange)
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
        """The usage object, or None. For a stream the last one that is not null. Raises `NotAnswered`."""
        if not self.streamed:
            usage = self.body.get("usage")
        else:
            usage = next((c.data["usage"] for c in reversed(self.chunks) if c.data.get("usage")), None)
        return usage if isinstance(usage, dict) else None

    @property
    def completion_tokens(self) -> int | None:
        """`usage.completion_tokens`, or None when the target does not say."""
        count = (self.usage or {}).get("completion_tokens")
        return count if isinstance(count, int) else None

    @property
    def message(self) -> dict[str, Any]:
        """The first choice's message of an answer that was not streamed. Raises `NotAnswered`."""
        self.require_choices()
        message = self.body["choices"][0].get("message")
        return message if isinstance(message, dict) else {}

    def require_choices(self) -> tuple[Choice, ...]:
        """The choices, for who goes on only when there are some. Raises `NotAnswered` with the reason."""
        return self.choices

    def _require_ok(self) -> None:
        exchange = self.exchange
        if exchange.status is None:
            raise NotAnswered(exchange, f"no response: {exchange.failure.message if exchange.failure else 'unknown'}")
        if exchange.status != 200:
            raise NotAnswered(exchange, f"the target answered {exchange.status}")
        if exchange.failure:
            raise NotAnswered(exchange, f"the response broke off: {exchange.failure.message}")


def _index(data: dict[str, Any], default: int) -> int:
    index = data.get("index")
    return index if isinstance(index, int) else default


def _text(value: Any, exchange: Exchange) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise NotAnswered(exchange, f"the content is not text but {type(value).__name__}")


def _logprobs(choice: dict[str, Any]) -> list[dict[str, Any]] | None:
    logprobs = choice.get("logprobs")
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    return [entry for entry in content if isinstance(entry, dict)] if isinstance(content, list) else None


def _refusal(message: dict[str, Any]) -> str:
    refusal = message.get("refusal")
    return refusal if isinstance(refusal, str) else ""


def _whole(body: dict[str, Any], exchange: Exchange) -> list[Choice]:
    choices = body.get("choices")
    if not isinstance(choices, list):
        return []
    return [_whole_choice(choice, place, exchange) for place, choice in enumerate(choices) if isinstance(choice, dict)]


def _whole_choice(choice: dict[str, Any], place: int, exchange: Exchange) -> Choice:
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    calls = message.get("tool_calls")
    return Choice(
        index=_index(choice, place),
        content=_text(message.get("content"), exchange),
        finish_reason=choice.get("finish_reason"),
        role=message.get("role"),
        tool_calls=tuple(
            ToolCall(number, call.get("id"), call.get("type"), function.get("name"), function.get("arguments"))
            for number, call in enumerate(calls if isinstance(calls, list) else ())
            if isinstance(call, dict)
            for function in [call["function"] if isinstance(call.get("function"), dict) else {}]
        ),
        logprobs=_logprobs(choice),
        refusal=_refusal(message),
    )


class _Pieces(list[str]):
    """Fragments of one text: joined once at the end, since a stream may have a hundred thousand."""


def _joined(call: dict[str, Any]) -> dict[str, Any]:
    return {name: "".join(value) if isinstance(value, _Pieces) else value for name, value in call.items()}


@dataclass
class _Building:
    """A choice while its deltas arrive."""

    content: list[str] = field(default_factory=list)
    role: Any = None
    finish_reason: Any = None
    logprobs: list[dict[str, Any]] | None = None
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    refusal: list[str] = field(default_factory=list)

    def add(self, choice: dict[str, Any]) -> None:
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        content = delta.get("content")
        if isinstance(content, str):
            self.content.append(content)
        self.refusal.append(_refusal(delta))
        self.role = self.role or delta.get("role")
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        logprobs = _logprobs(choice) if choice.get("logprobs") else None
        if logprobs is not None:
            self.logprobs = self.logprobs or []
            self.logprobs += logprobs
        calls = delta.get("tool_calls")
        if calls and isinstance(calls, list):
            for place, call in enumerate(calls):
                if isinstance(call, dict):
                    self._add_call(call, place)

    def _add_call(self, call: dict[str, Any], place: int) -> None:
        function = call["function"] if isinstance(call.get("function"), dict) else {}
        built = self.calls.setdefault(_index(call, place), {"id": None, "type": None, "name": None, "arguments": None})
        for key, value in (("id", call.get("id")), ("type", call.get("type")), ("name", function.get("name"))):
            built[key] = built[key] or value
        fragment = function.get("arguments")
        if isinstance(fragment, str):
            if not isinstance(built["arguments"], _Pieces):
                built["arguments"] = _Pieces()
            built["arguments"].append(fragment)
        elif fragment is not None:
            built["arguments"] = fragment

    def choice(self, index: int) -> Choice:
        return Choice(
            index=index,
            content="".join(self.content) if self.content else None,
            finish_reason=self.finish_reason,
            role=self.role,
            tool_calls=tuple(ToolCall(number, **_joined(call)) for number, call in sorted(self.calls.items())),
            logprobs=self.logprobs,
            refusal="".join(self.refusal),
        )


def _fold(chunks: tuple[Chunk, ...]) -> list[Choice]:
    building: dict[int, _Building] = {}
    for chunk in chunks:
        for place, choice in enumerate(chunk.choices):
            index = _index(choice, place)
            if index not in building:
                building[index] = _Building()
            building[index].add(choice)
    return [built.choice(index) for index, built in building.items()]

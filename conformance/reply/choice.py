"""The choices of a completion, read from one JSON object or assembled from the deltas of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.reply.not_answered import NotAnswered
from conformance.reply.stream import Chunk
from conformance.wire.exchange import Exchange
from conformance.wire.json_data import parse_json


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call. One tool call; `arguments` is the unparsed value, which is a string in OpenAI's API."""

    index: int
    id: Any
    type: Any
    name: Any
    arguments: Any

    @property
    def parsed(self) -> Any:
        """The arguments of the tool call as JSON data, or None if they are not a string with valid JSON."""
        try:
            return parse_json(self.arguments)
        except (TypeError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One complete choice, assembled from its deltas like in the official client if it was streamed.

    `refusal` is the text with which the model declines to answer; "" if there is none.
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
        """The text content of the choice; "" if it is null."""
        return self.content or ""


def _text(value: Any, exchange: Exchange) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise NotAnswered(exchange, f"the content is not text but {type(value).__name__}")


def _index(data: dict[str, Any], default: int) -> int:
    index = data.get("index")
    return index if isinstance(index, int) else default


def _logprobs(choice: dict[str, Any]) -> list[dict[str, Any]] | None:
    logprobs = choice.get("logprobs")
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    return [entry for entry in content if isinstance(entry, dict)] if isinstance(content, list) else None


def _refusal(message: dict[str, Any]) -> str:
    refusal = message.get("refusal")
    return refusal if isinstance(refusal, str) else ""


def whole(body: dict[str, Any], exchange: Exchange) -> list[Choice]:
    """Return the choices of a completion that arrived as one JSON object."""
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
    """Fragments of one text, joined once at the end: a stream may have a hundred thousand."""


def _joined(call: dict[str, Any]) -> dict[str, Any]:
    return {name: "".join(value) if isinstance(value, _Pieces) else value for name, value in call.items()}


@dataclass
class _Building:
    """A choice that is being assembled from its deltas."""

    content: list[str] = field(default_factory=list)
    role: Any = None
    finish_reason: Any = None
    logprobs: list[dict[str, Any]] | None = None
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    refusal: list[str] = field(default_factory=list)

    def add(self, choice: dict[str, Any]) -> None:
        if finish_reason := choice.get("finish_reason"):
            self.finish_reason = finish_reason
        if choice.get("logprobs") and (logprobs := _logprobs(choice)) is not None:
            self.logprobs = self.logprobs or []
            self.logprobs += logprobs
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        if isinstance(content := delta.get("content"), str):
            self.content.append(content)
        if isinstance(refusal := delta.get("refusal"), str):
            self.refusal.append(refusal)
        if not self.role:
            self.role = delta.get("role")
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


def folded(chunks: tuple[Chunk, ...]) -> list[Choice]:
    """Return the choices of a streamed completion, each assembled from its deltas."""
    building: dict[int, _Building] = {}
    for chunk in chunks:
        for place, choice in enumerate(chunk.choices):
            index = choice.get("index")
            if not isinstance(index, int):
                index = place
            if index not in building:
                building[index] = _Building()
            building[index].add(choice)
    return [built.choice(index) for index, built in building.items()]

"""Reads from one exchange when its tokens arrived, and how many tokens arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.wire import Exchange, parse_json

OPERATIONS = {
    "/chat/completions": "chat",
    "/responses": "generate_content",
    "/completions": "text_completion",
    "/embeddings": "embeddings",
}
"""OpenTelemetry's `gen_ai.operation.name` by the end of the path."""


MOST_TOKENS = 10_000_000
"""A larger count than this is no count: no model can read or generate so many tokens in one request."""


@dataclass(frozen=True, slots=True)
class TimedGeneration:
    """One successful generation. All times are in seconds after the request was sent.

    `chunks` has the arrival times of all events with data; `tokens` has the arrival times of the events that carry
    generated output. `chunks` and `tokens` are empty if the response is not a stream. `output_tokens` and
    `input_tokens` are the numbers that the target reports, or None. `hidden` is the number of output tokens that no
    event carries, such as hidden reasoning.
    """

    operation: str
    duration: float | None
    chunks: tuple[float, ...] = ()
    tokens: tuple[float, ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    hidden: int = 0
    choices: int = 1


def operation_of(exchange: Exchange) -> str:
    """Return OpenTelemetry's name of the operation; "" if the request generates nothing."""
    path = exchange.request.path
    if exchange.request.method != "POST" or exchange.request.on_socket:
        return ""
    return next((name for end, name in OPERATIONS.items() if path.endswith(end)), "")


def generation_of(exchange: Exchange) -> TimedGeneration | None:
    """Return the generation of a successful exchange, None for other exchanges."""
    operation = operation_of(exchange)
    if not operation or exchange.status != 200 or exchange.failure is not None:
        return None
    timing = exchange.timing
    ended = not exchange.stopped and timing.last_byte_ms is not None
    duration = (timing.last_byte_ms or 0.0) / 1_000 if ended else None
    asked = exchange.request.json
    count = asked.get("n") if isinstance(asked, dict) else None
    choices = count if isinstance(count, int) and count > 0 else 1
    if not exchange.is_sse:
        usage = _usage(_object(exchange.text))
        return TimedGeneration(operation, duration, (), (), *_counts(usage), choices=choices)
    events = [(event.at_ms / 1_000, _object(event.data)) for event in exchange.events if event.data != "[DONE]"]
    data = [each for _, each in events]
    usage = next((found for each in reversed(data) if (found := _usage(each))), {})
    shows_reasoning = any(_reasons(each) for each in data)
    return TimedGeneration(
        operation,
        duration,
        tuple(at for at, _ in events),
        tuple(at for at, each in events if _generates(each)),
        *_counts(usage),
        hidden=0 if shows_reasoning else _reasoning(usage),
        choices=choices,
    )


def _object(text: str) -> dict[str, Any]:
    try:
        data = parse_json(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _usage(data: dict[str, Any]) -> dict[str, Any]:
    inner = data.get("response")
    usage = (inner if isinstance(inner, dict) else data).get("usage")
    return usage if isinstance(usage, dict) else {}


def _counts(usage: dict[str, Any]) -> tuple[int | None, int | None]:
    return (
        _first(usage, ("prompt_tokens", "input_tokens")),
        _first(usage, ("completion_tokens", "output_tokens")),
    )


def _first(data: dict[str, Any], names: tuple[str, ...]) -> int | None:
    values = (data.get(name) for name in names)
    counts = (each for each in values if isinstance(each, int) and not isinstance(each, bool))
    return next((each for each in counts if 0 <= each <= MOST_TOKENS), None)


def _reasoning(usage: dict[str, Any]) -> int:
    for name in ("completion_tokens_details", "output_tokens_details"):
        details = usage.get(name)
        if isinstance(details, dict):
            return _first(details, ("reasoning_tokens",)) or 0
    return 0


def _generates(data: dict[str, Any]) -> bool:
    """Return whether an event carries generated output: text, reasoning, a refusal, or a part of a tool call.

    The first event of a stream often has only the role, or an empty text. It carries no output.
    """
    if str(data.get("type", "")).endswith(".delta"):
        return bool(data.get("delta"))
    return any(True for _ in _outputs(data))


def _outputs(data: dict[str, Any]) -> Iterator[str]:
    choices = data.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            continue
        delta = choice.get("delta")
        parts = {**delta} if isinstance(delta, dict) else {}
        for name in ("content", "reasoning_content", "reasoning", "refusal"):
            if isinstance(parts.get(name), str) and parts[name]:
                yield name
        if parts.get("tool_calls") or parts.get("function_call"):
            yield "tool_calls"
        if isinstance(choice.get("text"), str) and choice["text"]:
            yield "text"


def _reasons(data: dict[str, Any]) -> bool:
    if str(data.get("type", "")).startswith("response.reasoning") and data.get("delta"):
        return True
    return any(name in ("reasoning_content", "reasoning") for name in _outputs(data))

"""Computes the cost of a request in output tokens: the maximum before it is sent, the actual cost afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.wire import Exchange, Request, parse_json

NO_LIMIT = 10_000_000
"""A number of tokens that no model can reach: as a limit, it limits nothing; a larger reported count is cut to it."""
FEWEST = 8
"""Characters per token, or events per token, for responses that report too few tokens."""
_OUTPUT, _INPUT = ("completion_tokens", "output_tokens"), ("prompt_tokens", "input_tokens")


def output_bound(request: Request) -> int:
    """Return the maximum cost of a request in output tokens: its token limit times its number of choices.

    For a request without a token limit, or with a limit that no model can reach, the maximum cost is 0.
    """
    if request.on_socket:
        return sum(_bound(_data(message)) for message in request.body.split(b"\n"))
    return _bound(request.json)


def _bound(body: Any) -> int:
    if not isinstance(body, dict):
        return 0
    limits = [body.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens")]
    limit = next((value for value in limits if isinstance(value, int) and not isinstance(value, bool)), 0)
    choices = body.get("n")
    count = int(choices) if isinstance(choices, (int, float)) and not isinstance(choices, bool) else 1
    limit = limit if 0 < limit < NO_LIMIT else 0
    return limit * min(max(count, 1), 128)


def output_tokens(exchange: Exchange) -> int | None:
    """Return the reported number of output tokens or the number of visible tokens, whichever is larger.

    Returns 0 for an error response, and None if the number of output tokens is unknown.
    """
    told = _said(exchange)
    return None if told is None else max(told, _seen(exchange))


def input_estimate(request: Request) -> int:
    """Return an estimate of a request's input tokens that is rarely too small: one per three bytes of its body."""
    return len(request.body) // 3


def input_tokens(exchange: Exchange) -> int | None:
    """Return the reported number of input tokens; None if the target reports none."""
    if exchange.status != 200 or exchange.request.on_socket:
        return 0 if exchange.status is not None and exchange.status >= 400 else None
    payloads = [event.data for event in exchange.events[-3:]] if exchange.is_sse else [exchange.text]
    return next(
        (told for told in (_told(_data(each), _INPUT) for each in reversed(payloads)) if told is not None), None
    )


def _seen(exchange: Exchange) -> int:
    """Return the least number of tokens that a response can have: one per eight characters, or per eighth event."""
    if exchange.status not in (200, 101):
        return 0
    if exchange.events:
        return len(exchange.events) // FEWEST
    data = _data(exchange.body)
    return sum(map(len, _texts(data))) // FEWEST if isinstance(data, dict) else 0


def _texts(data: dict[str, Any]) -> Iterator[str]:
    for choice in _objects(data.get("choices")):
        message = choice.get("message")
        for text in (choice.get("text"), message.get("content") if isinstance(message, dict) else None):
            if isinstance(text, str):
                yield text
    for item in _objects(data.get("output")):
        yield from (part["text"] for part in _objects(item.get("content")) if isinstance(part.get("text"), str))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _said(exchange: Exchange) -> int | None:
    if exchange.request.on_socket:
        told = [_told(_data(event.data)) for event in exchange.events]
        return None if exchange.status == 101 and not any(told) else sum(filter(None, told))
    if exchange.status != 200:
        return 0 if exchange.status is not None else None
    payloads = [event.data for event in exchange.events[-3:]] if exchange.is_sse else [exchange.text]
    return next((told for told in (_told(_data(payload)) for payload in reversed(payloads)) if told is not None), None)


def _told(data: Any, names: tuple[str, ...] = _OUTPUT) -> int | None:
    """Return the count in the usage of a body or an event."""
    holder = data.get("response", data) if isinstance(data, dict) else None
    usage = holder.get("usage") if isinstance(holder, dict) else None
    if isinstance(usage, dict):
        for name in names:
            if isinstance(usage.get(name), int):
                return min(max(int(usage[name]), 0), NO_LIMIT)
    return None


def _data(text: str | bytes) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return None

"""Right exchanges that an invariant judges, the ways to damage them, and what a damaged one breaks."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from conformance.contract import load_registry
from conformance.judging.tally import Judging, Tally
from conformance.verdict import Finding, Outcome
from conformance.wire import Exchange, Request, decode

Data = Any
Damage = Callable[[Data], Data]
REGISTRY = load_registry()
OURS = {name for name in REGISTRY if not name.startswith(("telnyx.", "vllm."))}
URL = "https://api.example.com/v1/chat/completions"
DATE = ("date", "Sat, 01 Aug 2026 00:00:00 GMT")
HEADERS = (("content-type", "application/json"), DATE, ("x-request-id", "req_1"))
SSE = (("content-type", "text/event-stream"), DATE, ("x-request-id", "req_1"))

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("get", "set")]
REQUEST = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
USAGE = {
    "prompt_tokens": 8,
    "completion_tokens": 3,
    "total_tokens": 11,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
LOGPROBS = {
    "content": [
        {"token": "Hel", "logprob": -0.5, "bytes": [72, 101, 108], "top_logprobs": []},
        {"token": "lo", "logprob": 0, "bytes": [108, 111], "top_logprobs": []},
    ],
    "refusal": None,
}


def call(name: str, number: int) -> Data:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": "{}"}}


COMPLETION: Data = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_760_000_000,
    "model": "m-1",
    "service_tier": "default",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello", "refusal": None},
            "logprobs": LOGPROBS,
            "finish_reason": "stop",
        },
        {
            "index": 1,
            "message": {
                "role": "assistant",
                "content": None,
                "refusal": None,
                "tool_calls": [call("get", 1), call("set", 2)],
            },
            "logprobs": None,
            "finish_reason": "tool_calls",
        },
    ],
    "usage": USAGE,
}


def piece(delta: Data, index: int = 0, reason: str | None = None) -> Data:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
    return {**about(), "choices": [choice], "usage": None}


def about() -> Data:
    return {"id": "chatcmpl-2", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "m-1"}


def fragment(index: int, arguments: str, **first: Data) -> Data:
    """A piece of a tool call."""
    name = first.pop("name", None)
    function = {**({"name": name} if name else {}), "arguments": arguments}
    return {"tool_calls": [{"index": index, **first, "function": function}]}


STREAM: Data = [
    piece({"role": "assistant", "content": ""}),
    piece({"role": "assistant", "content": None}, 1),
    piece({"content": "Hel"}),
    piece(fragment(0, "", name="get", id="call_1", type="function"), 1),
    piece(fragment(0, "{}"), 1),
    piece(fragment(1, "{}", name="set", id="call_2", type="function"), 1),
    piece({"content": "lo"}),
    piece({}, 0, "stop"),
    piece({}, 1, "tool_calls"),
    {**about(), "choices": [], "usage": USAGE},
]
STREAM_REQUEST = {**REQUEST, "tools": TOOLS, "n": 2, "stream": True, "stream_options": {"include_usage": True}}
REFUSAL: Data = {
    "error": {"message": "No such model.", "type": "invalid_request_error", "param": "model", "code": None}
}


def at(data: Data, pointer: str) -> tuple[Data, Any]:
    """What holds the value at a pointer, and its key there."""
    *way, last = pointer.split("/")
    for step in way:
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data, int(last) if isinstance(data, list) else last


def put(pointer: str, value: Data) -> Damage:
    """Another value at a place; `...` for none."""

    def apply(data: Data) -> Data:
        holder, key = at(data, pointer)
        if value is ...:
            del holder[key]
        else:
            holder[key] = value
        return data

    return apply


def both(*damages: Damage) -> Damage:
    """One damage after the other."""

    def apply(data: Data) -> Data:
        for each in damages:
            data = each(data)
        return data

    return apply


def insert(place: int, item: Data) -> Damage:
    return lambda items: [*items[:place], item, *items[place:]]


def without(*places: int) -> Damage:
    return lambda items: [item for place, item in enumerate(items) if place not in places]


def tallies(exchange: Exchange) -> dict[str, Tally]:
    judging = Judging(REGISTRY, OURS)
    judging.add(exchange)
    return judging.tallies


def broken_by(exchange: Exchange) -> dict[str, str]:
    """The requirements that the exchange breaks, each with the place of its first finding."""
    found = {}
    for name, tally in tallies(exchange).items():
        verdict = tally.verdict()
        assert verdict.outcome is not Outcome.ERROR, verdict.detail
        if verdict.findings:
            found[name] = verdict.findings[0].where
    return found


def answered(body: bytes, request: Data, **more: Data) -> Exchange:
    facts: Data = {"status": 200, "headers": HEADERS, **more}
    sent = Request("POST", facts.pop("url", URL), (), json.dumps(request).encode())
    events = decode(body) if facts["headers"] == SSE else ()
    return Exchange("x1", sent, body=body, events=events, **facts)


def whole(damage: Damage = lambda data: data, request: Data = None, **more: Data) -> Exchange:
    body = damage(copy.deepcopy(COMPLETION))
    return answered(json.dumps(body).encode(), request or {**REQUEST, "n": 2, "tools": TOOLS}, **more)


def streamed(
    damage: Damage = lambda data: data, request: Data = None, end: bytes = b"data: [DONE]\n\n", **more: Data
) -> Exchange:
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in damage(copy.deepcopy(STREAM))]
    return answered(b"".join(lines) + end, request or STREAM_REQUEST, headers=SSE, **more)


def refused(damage: Damage = lambda data: data, status: int = 400, **more: Data) -> Exchange:
    return answered(json.dumps(damage(copy.deepcopy(REFUSAL))).encode(), REQUEST, status=status, **more)


def finding(exchange: Exchange, requirement: str) -> Finding:
    """The first finding against a requirement that the exchange breaks."""
    return tallies(exchange)[requirement].verdict().findings[0]


def seen(exchange: Exchange, requirement: str) -> bool:
    """Whether the exchange has anything that the requirement is about."""
    return tallies(exchange)[requirement].seen > 0

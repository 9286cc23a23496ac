"""Judging a stream by all invariants parses each event once, and never the body as a whole."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from conformance.contract import load_registry
from conformance.judging.tally import Judging
from conformance.wire import Exchange, Request, decode, json_data

CHAT = [
    {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1_800_000_000,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }
    for delta, reason in (
        ({"role": "assistant", "content": ""}, None),
        *(({"content": f"word {number} "}, None) for number in range(30)),
        ({}, "stop"),
    )
]
RESPONSES = [
    {
        "type": "response.output_text.delta",
        "sequence_number": number,
        "output_index": 0,
        "content_index": 0,
        "item_id": "i",
        "delta": f"word {number} ",
    }
    for number in range(30)
]


@pytest.mark.parametrize(("path", "events"), [("chat/completions", CHAT), ("responses", RESPONSES)])
def test_each_event_is_parsed_once(monkeypatch: pytest.MonkeyPatch, path: str, events: list[dict[str, Any]]) -> None:
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    request = Request("POST", f"https://api.example.com/v1/{path}", (), b'{"model": "m", "stream": true}')
    headers = (("content-type", "text/event-stream"),)
    exchange = Exchange("x1", request, status=200, headers=headers, body=body, events=decode(body))
    parsed: Counter[str | bytes] = Counter()

    def loads(text: str | bytes) -> Any:
        parsed[text] += 1
        return orjson.loads(text)

    counting = SimpleNamespace(loads=loads, JSONDecodeError=orjson.JSONDecodeError)
    monkeypatch.setattr(json_data, "orjson", counting)
    Judging(load_registry()).add(exchange)
    assert [parsed[event.data] for event in exchange.events] == [1] * len(events)
    assert parsed[body] == 0

"""Each invariant of a response object on small ones: the right one breaks nothing, each damage what it should."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.checks.examples import Damage, answered, both, broken_by, put, tallies

Data = Any
URL = "https://api.example.com/v1/responses"
REQUEST = {"model": "m", "input": "Hi"}
TEXT = {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}
RESPONSE: Data = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_760_000_000,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "metadata": {},
    "model": "m-1",
    "output": [
        {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [TEXT]},
        {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get", "arguments": "{}", "status": "completed"},
        {"id": "fc_2", "type": "function_call", "call_id": "call_2", "name": "get", "arguments": "{}", "status": "completed"},
    ],
    "parallel_tool_calls": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "usage": {
        "input_tokens": 8,
        "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 0},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 11,
    },
}  # fmt: skip
CUT = both(put("status", "incomplete"), put("incomplete_details", {"reason": "max_output_tokens"}))

DAMAGES: dict[str, tuple[Damage, dict[str, str]]] = {
    "nothing": (lambda data: data, {}),
    "cut at the limit": (CUT, {}),
    "cut by the filter": (both(CUT, put("incomplete_details/reason", "content_filter")), {}),
    "cut for no known reason": (
        both(CUT, put("incomplete_details/reason", "length")),
        {"responses.incomplete.reason": "/incomplete_details/reason"},
    ),
    "cut and not said why": (
        both(CUT, put("incomplete_details", None)),
        {"responses.incomplete.reason": "/incomplete_details/reason"},
    ),
    "another object": (put("object", "chat.completion"), {"responses.object.name": "/object"}),
    "no id": (put("id", ""), {"responses.object.id": "/id"}),
    "created in milliseconds": (put("created_at", 1_760_000_000_000), {"responses.object.created-at": "/created_at"}),
    "created as a text": (put("created_at", "2026-01-01"), {"responses.object.created-at": "/created_at"}),
    "created in 2019": (put("created_at", 1_577_836_799.5), {"responses.object.created-at": "/created_at"}),
    "created in 2020": (put("created_at", 1_577_836_800), {}),
    "created in 2099": (put("created_at", 4_102_444_799.5), {}),
    "created in 2100": (put("created_at", 4_102_444_800), {"responses.object.created-at": "/created_at"}),
    "created with a fraction": (put("created_at", 1_760_000_000.5), {}),
    "created is true": (put("created_at", True), {"responses.object.created-at": "/created_at"}),
    "another status": (put("status", "done"), {"responses.object.status": "/status"}),
    "output_text": (put("output_text", "Hello"), {"responses.object.output-text": "/output_text"}),
    "no error key": (put("error", ...), {"responses.object.nullable": "/error"}),
    "no instructions key": (put("instructions", ...), {"responses.object.nullable": "/instructions"}),
    "no top_p key": (put("top_p", ...), {"responses.object.nullable": "/top_p"}),
    "no error key and no model": (
        both(put("error", ...), put("model", ...)),
        {"responses.object.nullable": "/error", "responses.object": "/model"},
    ),
    "no tools": (put("tools", ...), {"responses.object": "/tools"}),
    "tools is a text": (put("tools", "none"), {"responses.object": "/tools"}),
    "reasoning null": (put("parallel_tool_calls", None), {"responses.object.absent-not-null": "/parallel_tool_calls"}),
    "output null": (put("output", None), {"responses.object": "/output"}),
    "an item that is a text": (put("output/0", "Hello"), {"responses.items": "/output/0"}),
    "an item that is a list": (put("output", [[]]), {"responses.items": "/output/0"}),
    "no usage": (put("usage", ...), {"responses.usage": "/usage"}),
    "a count is a text": (put("usage/output_tokens", "3"), {"responses.usage": "/usage/output_tokens"}),
    "no details": (
        put("usage/input_tokens_details", ...),
        {"responses.usage": "/usage/input_tokens_details/cached_tokens"},
    ),
    "the sum is wrong": (put("usage/total_tokens", 12), {"responses.usage.sum": "/usage/total_tokens"}),
    "more cached than sent": (
        put("usage/input_tokens_details/cached_tokens", 9),
        {"responses.usage.details": "/usage/input_tokens_details/cached_tokens"},
    ),
    "more thought than made": (
        put("usage/output_tokens_details/reasoning_tokens", 4),
        {"responses.usage.details": "/usage/output_tokens_details/reasoning_tokens"},
    ),
    "an item without a type": (put("output/0/type", ""), {"responses.items": "/output/0/type"}),
    "an item without a role": (put("output/0/role", ...), {"responses.items": "/output/0"}),
    "a call without arguments": (put("output/1/arguments", ...), {"responses.items": "/output/1"}),
    "a call's status null": (put("output/1/status", None), {"responses.object.absent-not-null": "/output/1/status"}),
    "a reasoning item": (put("output/0", {"id": "rs_1", "type": "reasoning", "summary": []}), {}),
    "a reasoning item without a summary": (
        put("output/0", {"id": "rs_1", "type": "reasoning"}),
        {"responses.items": "/output/0"},
    ),
    "logprobs of a text that are a number": (
        put("output/0/content/0/logprobs", 5),
        {"responses.text.logprobs": "/output/0/content/0/logprobs"},
    ),
    "content that is a text": (put("output/0/content", ["Hello"]), {"responses.items": "/output/0/content/0"}),
    "an item of a new kind": (put("output/0", {"id": "x_1", "type": "new_kind"}), {}),
    "items share an id": (put("output/2/id", "fc_1"), {"responses.items.ids": "/output"}),
    "calls share a call_id": (put("output/2/call_id", "call_1"), {"responses.items.ids": "/output"}),
    "a text without logprobs": (
        put("output/0/content/0/logprobs", ...),
        {"responses.text.logprobs": "/output/0/content/0/logprobs"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_response(damage: str) -> None:
    """One damage to a response breaks what is named, there."""
    apply, wanted = DAMAGES[damage]
    body = json.dumps(apply(copy.deepcopy(RESPONSE))).encode()
    assert broken_by(answered(body, REQUEST, url=URL)) == wanted


def test_every_invariant_of_a_whole_response_has_judged() -> None:
    """None of them passes because it saw nothing."""
    body = json.dumps(CUT(copy.deepcopy(RESPONSE))).encode()
    found = tallies(answered(body, REQUEST, url=URL))
    ours = ("responses.object", "responses.usage", "responses.items", "responses.text", "responses.incomplete")
    assert not [name for name, tally in found.items() if name.startswith(ours) and not tally.seen]


@pytest.mark.parametrize(
    ("status", "usage"),
    [("completed", RESPONSE["usage"]), ("failed", None), ("in_progress", None), ("cancelled", None), ("queued", None)],
)
def test_every_status_of_the_api_is_right(status: str, usage: Data) -> None:
    """Six words; the sixth, incomplete, needs its reason. Usage comes with what was completed or cut."""
    body = json.dumps({**RESPONSE, "status": status, "usage": usage}).encode()
    assert broken_by(answered(body, REQUEST, url=URL)) == {}


def test_ids_and_call_ids_are_two_faults() -> None:
    """Each has a separate cause, with the ids that come twice."""
    apply = both(put("output/2/id", "fc_1"), put("output/2/call_id", "call_1"))
    exchange = answered(json.dumps(apply(copy.deepcopy(RESPONSE))).encode(), REQUEST, url=URL)
    found = tallies(exchange)["responses.items.ids"].verdict().findings
    assert [(each.cause, each.observed) for each in found] == [
        ("id", '["fc_1", "fc_1"]'),
        ("call_id", '["call_1", "call_1"]'),
    ]

"""The WebSocket as OpenAI's own clients use it: frames with `stream`, and a turn that only warms up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

ENDS = {"response.completed", "response.incomplete", "response.failed", "error"}


def turn(socket: ClientConnection, **body: Any) -> list[dict[str, Any]]:
    """All messages that answer one `response.create`."""
    socket.send(json.dumps({"type": "response.create", "model": "reference-1", "temperature": 0, **body}))
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["type"] not in ENDS:
        seen.append(json.loads(socket.recv(timeout=10)))
    return seen


@pytest.fixture
def socket(server):
    key = {"Authorization": f"Bearer {server.api_key}"}
    with connect(server.url.replace("http", "ws") + "/responses", additional_headers=key) as opened:
        yield opened


@pytest.mark.parametrize("stream", [True, False, None])
def test_stream_is_let_pass(socket: ClientConnection, stream):
    """OpenAI's agents and Codex say `stream: true` in every frame."""
    assert turn(socket, input="Say yes.", stream=stream)[-1]["type"] == "response.completed"


def test_a_turn_warms_up_and_the_next_continues(socket: ClientConnection):
    """`generate: false` writes nothing, and its id can be continued from, stored or not."""
    *_, warm = turn(socket, input="My name is Ada.", generate=False, store=False)
    assert (warm["type"], warm["response"]["output"]) == ("response.completed", [])
    assert warm["response"]["usage"]["output_tokens"] == 0
    *_, last = turn(socket, input="What is my name?", previous_response_id=warm["response"]["id"], store=False)
    assert "Ada" in last["response"]["output"][0]["content"][0]["text"]


def test_a_warm_up_needs_no_input(socket: ClientConnection):
    """Instructions and tools are enough to prepare a turn."""
    tool = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
    assert turn(socket, instructions="Be brief.", tools=[tool], generate=False)[-1]["type"] == "response.completed"


@pytest.mark.parametrize(("name", "code"), [("stream", "invalid_type"), ("generate", "invalid_type")])
def test_their_types_are_checked(socket: ClientConnection, name, code):
    """A string is no boolean; the connection stays usable."""
    error = turn(socket, input="Say yes.", **{name: "yes"})[-1]
    assert (error["error"]["param"], error["error"]["code"]) == (name, code)
    assert turn(socket, input="Say yes.")[-1]["type"] == "response.completed"


def test_deltas_are_obfuscated_where_that_is_asked_for(socket: ClientConnection):
    """As in a stream."""
    seen = turn(socket, input="Count to 5.", stream_options={"include_obfuscation": True})
    assert all("obfuscation" in event for event in seen if event["type"].endswith(".delta"))

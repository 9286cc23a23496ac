"""A resumed run takes from the earlier one what would be answered alike now, and nothing that was deleted since."""

from __future__ import annotations

import json

import pytest

from conformance.engine import reusable
from conformance.wire import Exchange, Request

URL = "https://example.org/v1"


def exchange(method: str, path: str, body: object = None, status: int = 200) -> Exchange:
    raw = b"" if body is None else json.dumps(body).encode()
    return Exchange("x1", Request(method, URL + path, (), raw), status=status, identity="abc")


@pytest.mark.parametrize(
    "kept",
    [
        exchange("POST", "/responses", {"input": "Hi."}),
        exchange("POST", "/responses", {"input": "Hi.", "store": True}),
        exchange("POST", "/responses", {"input": "Hi.", "store": False, "previous_response_id": "resp_1"}),
        exchange("POST", "/responses", {"input": "Hi.", "store": False, "conversation": "conv_1"}),
        exchange("POST", "/chat/completions", {"messages": [], "store": True}),
        exchange("GET", "/chat/completions/chatcmpl-1"),
        exchange("GET", "/responses/resp_1"),
        exchange("GET", "/responses/resp_1/input_items?limit=2"),
        exchange("POST", "/conversations", {}),
        exchange("GET", "/conversations/conv_1/items"),
    ],
    ids=lambda kept: f"{kept.request.method} {kept.request.url.removeprefix(URL)} {kept.request.body.decode()}",
)
def test_what_was_kept_on_the_target_is_asked_again(kept: Exchange) -> None:
    """The earlier run deleted it at its end, so its ids name nothing."""
    assert not reusable(kept)


@pytest.mark.parametrize(
    "answered",
    [
        exchange("POST", "/chat/completions", {"messages": []}),
        exchange("POST", "/chat/completions", {"messages": [], "store": False}),
        exchange("POST", "/responses", {"input": "Hi.", "store": False}),
        exchange("GET", "/models"),
    ],
    ids=lambda answered: answered.request.url.removeprefix(URL),
)
def test_what_leaves_nothing_behind_is_reused(answered: Exchange) -> None:
    """The answer would be the same kind of answer now."""
    assert reusable(answered)


def test_not_now_is_asked_again() -> None:
    """A 429 says nothing of the target but that it was busy."""
    assert not reusable(exchange("GET", "/models", status=429))

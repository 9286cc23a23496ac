"""A request of ours that breaks the contract is our fault: it is not sent, and the outcome is `error`."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.auditing.outgoing import Outgoing, OwnFault
from conformance.config import load_profile

RIGHT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"stop": ["a", "b"], "temperature": 0, "n": 2},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]},
        {"temperature": None, "stop": None},
    ],
)
def test_right_requests_pass(more: dict[str, Any]) -> None:
    """What OpenAI's document allows may be sent to anyone."""
    Outgoing(load_profile("openai"))(RIGHT | more)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"messages": 12345}, "messages"),
        ({"temperature": "hot"}, "temperature"),
        ({"stop": ["1", "2", "3", "4", "5"]}, "stop"),
        ({"max_token": 4}, "max_token: no such parameter"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "role"),
    ],
)
def test_wrong_requests_are_our_fault(more: dict[str, Any], says: str) -> None:
    """A wrong type, a value out of bounds, a parameter that does not exist."""
    with pytest.raises(OwnFault, match="our own request breaks the contract") as raised:
        Outgoing(load_profile("openai"))(RIGHT | more)
    assert says in str(raised.value)


def test_an_extension_is_right_where_the_profile_has_it() -> None:
    """`guided_json` is for a family that knows it, and nonsense for nobody."""
    extended = RIGHT | {"guided_json": {"type": "object"}}
    Outgoing(load_profile("vllm"))(extended)
    with pytest.raises(OwnFault):
        Outgoing(load_profile("vllm"))(RIGHT | {"guided_nonsense": 1})

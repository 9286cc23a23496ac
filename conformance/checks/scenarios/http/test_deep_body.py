"""A request body of thousands of nested arrays must be rejected, and must not stop the target."""

from __future__ import annotations

from conformance.checks import probe, requirement
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.survival import Survival, canary, expect_serving
from conformance.engine.clients import Chat, encode
from conformance.reply import ChatReply

from ..chat.conftest import HELLO

LEVELS = 20_000
"""More than the recursion limit of the usual parsers, in 40 KB."""


@probe
async def deep_body(chat: Chat, plain: ChatReply) -> Survival:
    """Send 20,000 nested arrays as `messages`, and then the valid request once more."""
    body = encode(chat.body(HELLO) | {"messages": "nested"})
    nested = b"[" * LEVELS + b"]" * LEVELS
    hostile = await chat.post(body.replace(b'"nested"', nested))
    return Survival(plain, (hostile,), await canary(lambda: chat(HELLO, fresh=True)))


@requirement("error.deep-body")
def test_a_deep_body_is_refused_and_survived(deep_body: Survival) -> None:
    expect_serving(deep_body)
    expect_refused(Faulty(deep_body.before, deep_body.hostile[0]))

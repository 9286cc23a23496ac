"""Repeats a request with a higher token limit if its response was truncated before any tool call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from conformance.checks.language import premise
from conformance.reply import ChatReply, ResponseReply

ROOM = 512
"""The token limit of the second try: far more than a call with one argument needs."""
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
Answer = TypeVar("Answer", ChatReply, ResponseReply)


async def with_room(ask: Callable[[int], Awaitable[Answer]], limit: int) -> Answer:
    """Send a request whose response has at most `limit` tokens.

    If the limit ends the response before any tool call, send the request again with the limit `ROOM`.
    """
    reply = await ask(limit)
    return await ask(ROOM) if reply.accepted and not _calls(reply) and _cut(reply) else reply


def premise_not_cut_before_a_call(reply: ChatReply | ResponseReply) -> None:
    """Continue the check only if a missing tool call cannot be explained by the token limit.

    The check continues if the response has a tool call, if the response ended before the token limit, or if a limit of
    at least `ROOM` tokens truncated prose.
    """
    text = (reply.text if isinstance(reply, ChatReply) else reply.answer).strip()
    # A cut answer that begins like a call, or is short (the rest was thoughts, or white space), may be a call under way.
    prose = _limit(reply) >= ROOM and len(text) >= ROOM and not text.startswith(("<", "[", "{", "`"))
    premise(_calls(reply) or not _cut(reply) or prose, "the token limit truncated the response before a call")


def a_call(of: str, reply: ChatReply | ResponseReply) -> str:
    """Describe the expected tool call for a finding.

    If the response was truncated, the description adds why the target must have begun a call before the truncation.
    """
    cut = not _calls(reply) and _cut(reply)
    why = f": a model that is constrained to a call cannot write {ROOM} tokens of prose" if cut else ""
    return f"a call to {of}{why}"


def _calls(reply: ChatReply | ResponseReply) -> bool:
    return bool(reply.tool_calls if isinstance(reply, ChatReply) else reply.function_calls)


def _cut(reply: ChatReply | ResponseReply) -> bool:
    """Whether the limit ended the answer, as the target says or as its tokens show: some say `completed` of any answer."""
    if isinstance(reply, ChatReply):
        said, spent = reply.finish_reason == "length", reply.completion_tokens
    else:
        said, spent = reply.incomplete, (reply.usage or {}).get("output_tokens")
    return said or (isinstance(spent, int) and spent >= _limit(reply) > 0)


def _limit(reply: ChatReply | ResponseReply) -> int:
    """The most tokens that the request allows; 0 when it sets no limit."""
    asked = reply.exchange.request.json
    limits = [asked.get(name) for name in LIMITS] if isinstance(asked, dict) else []
    return min((limit for limit in limits if isinstance(limit, int)), default=0)

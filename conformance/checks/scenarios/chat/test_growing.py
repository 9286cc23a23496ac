"""Prompts of growing length find a context window that the target names nowhere: no prompt may be truncated silently."""

from __future__ import annotations

from conformance.checks import NotApplicable, deep, premise, probe, requirement
from conformance.checks.growing import Growing, expect_last_prompt_rejected, grow, tokens
from conformance.checks.refusal import not_now
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.wire import Exchange

from .test_history import known_window


@probe
async def context_window(model_list: Exchange, target: Target) -> int:
    """Return the size of the context window in tokens; 0 if the size is unknown."""
    return known_window(model_list, target)


@probe
async def growing_prompts(chat: Chat, plain: ChatReply, context_window: int) -> Growing:
    """Send longer and longer prompts until the target rejects one, or does not count all of it.

    No prompt is sent if the size of the context window is known, or if the target counts no tokens.
    """
    if context_window or not tokens(plain):
        return Growing()
    return await grow(lambda prompt, fresh: chat(prompt, max_tokens=1, fresh=fresh))


@requirement("chat.context.overflow-unnamed", transport="json")
@deep
def test_a_prompt_that_does_not_fit_an_unnamed_window_is_refused(
    growing_prompts: Growing, plain: ChatReply, overflow: tuple[int, ChatReply] | None, context_window: int
) -> None:
    if overflow is not None and 400 <= (overflow[1].exchange.status or 0) < 500 and not not_now(overflow[1]):
        return  # the size is known, so this one prompt was enough
    if context_window:
        raise NotApplicable("the size of the context window is known", see="chat.context.overflow")
    plain.require_choices()
    premise(growing_prompts.sent, "the target does not count prompt tokens", see="chat.usage.counts")
    expect_last_prompt_rejected(growing_prompts, see="chat.usage.prompt-grows")

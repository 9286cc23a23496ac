"""Prompts of growing length find a context window that the target names nowhere: no prompt may be truncated silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.checks import NotApplicable, deep, expect, premise, probe, requirement
from conformance.checks.language import Phrase, answer
from conformance.checks.refusal import not_now
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered
from conformance.wire import Exchange

from .test_history import known_window

SIZES = (128, 256, 512, 1024, 2048, 4096)
"""The numbers in each prompt: each prompt is at least twice as long as the one before it, up to about 20,000 tokens."""
LEAST = 64
"""The fewest additional tokens of the second prompt that show that the target counts tokens."""


def prompt_of(size: int) -> str:
    """Return a prompt that contains `size` numbers.

    Prompts of different sizes begin differently, because some targets do not count tokens that they have cached.
    """
    return f"{size} numbers: {' '.join(map(str, range(size, 2 * size)))}. Say hello."


def tokens(reply: ChatReply) -> int:
    """Return the number of prompt tokens that a response reports; 0 if it reports none."""
    count = (reply.usage or {}).get("prompt_tokens") if reply.accepted else None
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


@dataclass(frozen=True, slots=True)
class Growing:
    """The responses to longer and longer prompts.

    If the target truncated the last prompt, `again` is the response to the same prompt, sent once more.
    """

    sent: tuple[ChatReply, ...] = ()
    again: ChatReply | None = None


@probe
async def context_window(model_list: Exchange, target: Target) -> int:
    """Return the size of the context window in tokens; 0 if the size is unknown."""
    return known_window(model_list, target)


@probe
async def growing_prompts(chat: Chat, plain: ChatReply, context_window: int) -> Growing:
    """Send longer and longer prompts until the target rejects one, or does not count all of it.

    If the target counts only a part of the tokens of a prompt, the prompt is sent again. No prompt is sent if the size
    of the context window is known, or if the target counts no tokens.
    """
    if context_window or not tokens(plain):
        return Growing()
    sent: list[ChatReply] = []
    for size in SIZES:
        sent.append(await chat(prompt_of(size), max_tokens=1))
        if truncated(sent):
            return Growing(tuple(sent), await chat(prompt_of(size), max_tokens=1, fresh=True))
        if not sent[-1].accepted:
            break
    return Growing(tuple(sent))


def truncated(sent: Sequence[ChatReply]) -> bool:
    """Return whether the token count grew so little with the last prompt that the target must have truncated it.

    Each prompt is at least twice as long as the prompt before it. If the target truncates no prompt, each increase of
    the token count is at least twice the previous increase.
    """
    counts = [tokens(reply) for reply in sent]
    if len(counts) < 3 or not all(counts):
        return False
    before, last = counts[-2] - counts[-3], counts[-1] - counts[-2]
    return before >= LEAST and last < before / 2


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
    sent = growing_prompts.sent
    premise(sent, "the target does not count prompt tokens", see="chat.usage.counts")
    last, size = sent[-1], SIZES[len(sent) - 1]
    status = last.exchange.status or 0
    if not_now(last) or last.exchange.failure is not None or status in (502, 504):
        raise NotAnswered(last.exchange, f"no response to a prompt with {size} numbers")
    if not last.accepted:
        expected = f"a 4xx, or a completion, for a prompt with {size} numbers"
        expect(400 <= status < 500, expected, got=answer(last), where="status", on=last)
        return
    counts = [tokens(reply) for reply in sent]
    if growing_prompts.again is not None:
        again = tokens(growing_prompts.again)
        premise(
            again and abs(again - counts[-1]) <= counts[-1] // 50, f"the same prompt has {counts[-1]} or {again} tokens"
        )
        expected = f"a 4xx, or at least {2 * counts[-2] - counts[-3]} prompt tokens for {size} numbers"
        got = Phrase(f"{counts[-1]}, where {size // 2} numbers have {counts[-2]} and {size // 4} have {counts[-3]}")
        expect(False, expected, got=got, where="/usage/prompt_tokens", on=last)
    grows = len(counts) > 1 and counts[1] - counts[0] >= LEAST
    premise(grows, "prompt tokens do not grow", see="chat.usage.prompt-grows")
    raise NotApplicable(f"a prompt of {counts[-1]} tokens fits the context window, and longer prompts cost too much")

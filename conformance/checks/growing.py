"""Sends prompts of growing length to find a context window that the target names nowhere, and judges the last one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from conformance.checks.language import NotApplicable, Phrase, answer, expect, premise
from conformance.checks.refusal import not_now
from conformance.reply import ChatReply, NotAnswered, ResponseReply

SIZES = (128, 256, 512, 1024, 2048, 4096)
"""The numbers in each prompt: each prompt is at least twice as long as the one before it, up to about 20,000 tokens."""
LEAST = 64
"""The fewest additional tokens of the second prompt that show that the target counts tokens."""

CountedReply = ChatReply | ResponseReply
"""A reply whose usage counts the tokens of the prompt."""


def prompt_of(size: int) -> str:
    """Return a prompt that contains `size` numbers.

    Prompts of different sizes begin differently, because some targets do not count tokens that they have cached.
    """
    return f"{size} numbers: {' '.join(map(str, range(size, 2 * size)))}. Say hello."


def tokens(reply: CountedReply) -> int:
    """Return the number of prompt tokens that a response reports; 0 if it reports none."""
    usage = (reply.usage or {}) if reply.accepted else {}
    count = usage.get("prompt_tokens" if isinstance(reply, ChatReply) else "input_tokens")
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


@dataclass(frozen=True, slots=True)
class Growing:
    """The responses to longer and longer prompts; `sizes` says how many numbers each prompt contains.

    If the target truncated the last prompt, `again` is the response to the same prompt, sent once more.
    """

    sent: tuple[CountedReply, ...] = ()
    again: CountedReply | None = None
    sizes: tuple[int, ...] = SIZES

    @property
    def fits(self) -> bool:
        """Whether the target accepted and counted all prompts."""
        return bool(self.sent) and self.again is None and self.sent[-1].accepted

    @property
    def last_sizes(self) -> tuple[int, ...]:
        """The sizes of the last three prompts.

        The three sizes are enough to see on another operation whether the target truncates the last prompt.
        """
        return self.sizes[: len(self.sent)][-3:]


async def grow(ask: Callable[[str, bool], Awaitable[CountedReply]], sizes: tuple[int, ...] = SIZES) -> Growing:
    """Send longer and longer prompts until the target rejects one, or counts only a part of its tokens.

    `ask` sends a prompt; its second argument is true if an equal earlier request must be sent again. If the target
    counts only a part of the tokens of a prompt, the prompt is sent again.
    """
    sent: list[CountedReply] = []
    for size in sizes:
        sent.append(await ask(prompt_of(size), False))
        if truncated(sent):
            return Growing(tuple(sent), await ask(prompt_of(size), True), sizes)
        if not sent[-1].accepted:
            break
    return Growing(tuple(sent), None, sizes)


def truncated(sent: Sequence[CountedReply]) -> bool:
    """Return whether the token count grew so little with the last prompt that the target must have truncated it.

    Each prompt is at least twice as long as the prompt before it. If the target truncates no prompt, each increase of
    the token count is at least twice the previous increase.
    """
    counts = [tokens(reply) for reply in sent]
    if len(counts) < 3 or not all(counts):
        return False
    before, last = counts[-2] - counts[-3], counts[-1] - counts[-2]
    return before >= LEAST and last < before / 2


def expect_last_prompt_rejected(growing: Growing, *, see: str) -> None:
    """Expect that a prompt that does not fit the context window is rejected with a 4xx.

    The check is not applicable if all prompts fit. `see` is the id of the requirement that a longer prompt has more tokens.
    """
    sent = growing.sent
    last, size = sent[-1], growing.sizes[len(sent) - 1]
    status = last.exchange.status or 0
    if not_now(last) or last.exchange.failure is not None or status in (502, 504):
        raise NotAnswered(last.exchange, f"no response to a prompt with {size} numbers")
    if not last.accepted:
        expected = f"a 4xx, or a result, for a prompt with {size} numbers"
        expect(400 <= status < 500, expected, got=answer(last), where="status", on=last)
        return
    counts = [tokens(reply) for reply in sent]
    if growing.again is not None:
        again = tokens(growing.again)
        premise(
            again and abs(again - counts[-1]) <= counts[-1] // 50, f"the same prompt has {counts[-1]} or {again} tokens"
        )
        expected = f"a 4xx, or at least {2 * counts[-2] - counts[-3]} prompt tokens for {size} numbers"
        got = Phrase(f"{counts[-1]}, where {size // 2} numbers have {counts[-2]} and {size // 4} have {counts[-3]}")
        name = "prompt_tokens" if isinstance(last, ChatReply) else "input_tokens"
        expect(False, expected, got=got, where=f"/usage/{name}", on=last)
    premise(len(counts) > 1 and counts[1] - counts[0] >= LEAST, "prompt tokens do not grow", see=see)
    raise NotApplicable(f"a prompt of {counts[-1]} tokens fits the context window, and longer prompts cost too much")

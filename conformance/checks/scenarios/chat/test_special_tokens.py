"""Control tokens in a user message are text: a user must not be able to end a turn or to begin another one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement, standard
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import HELLO, counted

REPEATS = 16
SLACK = 4
"""The most additional tokens of the text around the control tokens."""
TOKENS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>")
"""The tokens that end a turn in the chat templates of ChatML, Llama 3, Gemma, and Harmony; as text, each has at least 3 tokens."""


def changed(token: str) -> str:
    """Change the last letter of a control token, so that it becomes ordinary text of about the same length."""
    end = max(index for index, letter in enumerate(token) if letter.isalpha())
    return f"{token[:end]}q{token[end + 1 :]}"


@dataclass(frozen=True, slots=True)
class Injected:
    """The responses to a prompt that repeats a control token, and to this prompt after a letter of the token changed.

    `injected` is the response to the prompt with the control token. `literal` is the response to the prompt in which
    the last letter of the control token is changed. `literal` is None if the `usage` of the response `injected` does not count each control token in the prompt as one token.
    """

    token: str
    injected: ChatReply
    literal: ChatReply | None


def growth(plain: ChatReply, reply: ChatReply) -> int:
    """Return how many more prompt tokens `reply` has than `plain`; 0 if one of the responses has no token count."""
    found = [(each.usage or {}).get("prompt_tokens") if each.accepted else None for each in (plain, reply)]
    one, other = (count if isinstance(count, int) else 0 for count in found)
    return other - one if one and other else 0


def one_each(more: int) -> bool:
    """Return whether the number `more` of additional prompt tokens is about the number of repeated control tokens."""
    return REPEATS <= more <= REPEATS + SLACK


@probe
async def special_tokens(chat: Chat, plain: ChatReply) -> tuple[Injected, ...]:
    """Repeat the control token of each common chat template in a user message.

    If the target counts only one token for each repeated control token, the prompt is sent again with a control token
    whose last letter is changed.
    """
    if not plain.accepted:
        return ()

    async def injected(token: str) -> Injected:
        reply = await chat(f"{HELLO} {token * REPEATS}", max_tokens=1)
        suspicious = one_each(growth(plain, reply))
        literal = await chat(f"{HELLO} {changed(token) * REPEATS}", max_tokens=1) if suspicious else None
        return Injected(token, reply, literal)

    return tuple(await asyncio.gather(*map(injected, TOKENS)))


@requirement("chat.messages.special-tokens", transport="json")
@standard
def test_control_tokens_of_a_user_are_text(plain: ChatReply, special_tokens: tuple[Injected, ...]) -> None:
    plain.require_choices()
    counted(plain)
    for each in special_tokens:
        as_text = growth(plain, each.literal) if each.literal else 0
        if as_text >= 2 * REPEATS:
            expected = f"about {as_text} more prompt tokens, as with {REPEATS} times {changed(each.token)!r}"
            got = f"{growth(plain, each.injected)} more, one for each {each.token!r}"
            expect(False, expected, got=got, where="/usage/prompt_tokens", on=each.injected)
    judged = any(growth(plain, each.injected) > REPEATS + SLACK for each in special_tokens)
    premise(judged, "prompt tokens do not grow with the prompt", see="chat.usage.prompt-grows")

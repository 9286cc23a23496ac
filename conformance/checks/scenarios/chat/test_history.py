"""Long conversations: no turn is lost or appears in another conversation, and later messages correct earlier ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from conformance.checks import Broken, NotApplicable, expect, premise, probe, requirement
from conformance.checks.bodies import json_of
from conformance.checks.language import answer, shown
from conformance.checks.refusal import not_now
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered, read_error
from conformance.verdict import Finding
from conformance.wire import Exchange

from .conftest import HELLO, counted
from .test_messages import RULE, expect_counted, user
from .test_recall import FACTS

Pair = tuple[ChatReply, ChatReply]
Three = tuple[ChatReply, ChatReply, ChatReply]
TURNS = 12
A_TURN = 4
"""The fewest tokens of a turn in the prompt: a word and its template marks."""


def small_talk(turns: int) -> list[dict[str, Any]]:
    """Return messages with short questions and answers that are all different."""
    found = []
    for number in range(turns):
        found += [
            user(f"What comes after {number}?"),
            {"role": "assistant", "content": f"After {number} comes {number + 1}."},
        ]
    return found


@probe
async def long_histories(chat: Chat) -> Three:
    """Send twelve turns, then twenty-four turns, then the same twenty-four turns with a longer system message."""
    short, rule = {"role": "system", "content": "Answer."}, {"role": "system", "content": RULE}
    asked = ([short, *small_talk(TURNS)], [short, *small_talk(2 * TURNS)], [rule, *small_talk(2 * TURNS)])
    few, many, ruled = await asyncio.gather(*(chat([*turns, user(HELLO)], max_tokens=2) for turns in asked))
    return few, many, ruled


@requirement("chat.history.all-turns")
def test_no_turn_of_a_long_conversation_is_dropped(long_histories: Three, short_and_long: Pair) -> None:
    few, many, _ = long_histories
    # Each turn has at least eight words and signs, and two messages' marks around them.
    expect_counted((few, many), f"{TURNS} more turns in the prompt", short_and_long, at_least=8 * TURNS)


@requirement("chat.history.system-kept")
def test_a_system_rule_stays_in_a_long_conversation(long_histories: Three, short_and_long: Pair) -> None:
    _, without, ruled = long_histories
    expect_counted((without, ruled), "the longer system rule in the prompt", short_and_long)


@probe
async def again_and_again(plain: ChatReply, asked_twice: Pair) -> list[ChatReply]:
    """Send the same short prompt before and after long conversations, which must not influence the response."""
    return [plain, *asked_twice]


@requirement("chat.history.stateless")
def test_a_fresh_request_knows_nothing(again_and_again: list[ChatReply]) -> None:
    counts = [(counted(reply), reply) for reply in again_and_again if reply.accepted]
    premise(len(counts) > 1, "the request was answered only once")
    fewest = counts[0][0]
    for count, reply in counts:
        grown = count - fewest >= A_TURN
        expected = f"{fewest} prompt tokens, as for the same request before"
        expect(not grown, expected, got=count, where="/usage/prompt_tokens", on=reply)
        fewest = min(fewest, count)
    found = [count for count, _ in counts]
    # Two back ends may count differently, and some leave out what they had cached.
    premise(len(set(found)) == 1, f"the counts {found} differ, but by less than a turn")


@probe
async def conversations(recall: list[tuple[str, ChatReply]]) -> list[tuple[str, ChatReply]]:
    """Send several conversations at the same time. Each of the conversations states a different fact."""
    return recall


@requirement("chat.history.no-leak")
def test_no_answer_knows_another_conversation(conversations: list[tuple[str, ChatReply]]) -> None:
    secrets = [fact.partition(" is ")[2] for fact in FACTS]
    premise(any(reply.text for _, reply in conversations), "the model returned no text")
    for own, reply in conversations:
        foreign = [secret for secret in secrets if secret != own and secret.lower() in reply.text.lower()]
        where = "/choices/0/message/content"
        expect(
            not foreign,
            f"nothing from parallel conversations (this one is about {own})",
            got=reply.text,
            where=where,
            on=reply,
        )


COLOURS = (("turquoise", "crimson"), ("crimson", "turquoise"))


@probe
async def corrections(chat: Chat) -> list[tuple[str, str, ChatReply]]:
    """Send two conversations that state a colour, correct it to a second colour, and ask for it.

    The second conversation states the same two colours as the first conversation, in opposite order.
    """

    async def ask(first: str, second: str) -> tuple[str, str, ChatReply]:
        turns = [
            user(f"My door is {first}."),
            {"role": "assistant", "content": "Understood."},
            user(f"I was wrong: my door is {second}."),
            {"role": "assistant", "content": "Understood."},
            user("What colour is my door? Answer with the colour alone."),
        ]
        return first, second, await chat(turns, temperature=0, max_tokens=12)

    return list(await asyncio.gather(*(ask(*pair) for pair in COLOURS)))


@requirement("chat.history.correction")
def test_the_later_statement_counts(corrections: list[tuple[str, str, ChatReply]]) -> None:
    def wrong() -> Iterator[tuple[str, ChatReply]]:
        for first, second, reply in corrections:
            text = reply.text.lower()
            premise(first in text or second in text, "the model names neither colour")
            if second not in text:
                yield second, reply

    found = list(wrong())
    # One of two is no more than a model that likes one word; none of two is an order that got lost.
    if len(found) < len(corrections):
        return
    kept = f"(0 of {len(corrections)} corrections applied)"
    raise Broken([Finding(f"{second} {kept}", shown(reply.text), "", reply.exchange.id) for second, reply in found])


# Longer windows than this would cost too much to overflow if they were accepted.
AFFORDABLE = 20_000
WINDOW_NAMES = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")


def window_of(listed: Exchange, model: str | None) -> int:
    """Return the context window in tokens that `/models` advertises for the tested model; 0 if none is advertised."""
    data = json_of(listed)
    models = data.get("data") if isinstance(data, dict) else None
    for item in models if isinstance(models, list) else []:
        if isinstance(item, dict) and item.get("id") == model:
            meta = item.get("meta")
            facts = {**(meta if isinstance(meta, dict) else {}), **item}
            return next((facts[name] for name in WINDOW_NAMES if isinstance(facts.get(name), int)), 0)
    return 0


def known_window(model_list: Exchange, target: Target) -> int:
    """Return the size of the context window in tokens; 0 if the size is unknown.

    The context window comes from the option `context_window`, from the list of models, or from the target's profile, in
    this order.
    """
    advertised = window_of(model_list, target.model) if model_list.status == 200 else 0
    return target.context_window or advertised or target.profile.context_window


@probe
async def overflow(chat: Chat, model_list: Exchange, target: Target) -> tuple[int, ChatReply] | None:
    """Send a prompt that exceeds the context window, if the size of the window is known and small enough."""
    window = known_window(model_list, target)
    if not 0 < window <= AFFORDABLE:
        return None
    return window, await chat(" ".join(map(str, range(window + 64))), max_tokens=2)


def overflown(overflow: tuple[int, ChatReply] | None) -> tuple[int, ChatReply]:
    """Return the size of the context window, and the response to a prompt that exceeds it."""
    if overflow is None:
        raise NotApplicable(
            f"neither `/models` nor the option `context_window` names a context window of at most {AFFORDABLE} tokens"
        )
    reply = overflow[1]
    if not_now(reply):
        raise NotAnswered(reply.exchange, "no answer to a prompt longer than the context window")
    return overflow


@requirement("chat.context.overflow")
def test_a_prompt_that_does_not_fit_is_refused(overflow: tuple[int, ChatReply] | None) -> None:
    window, reply = overflown(overflow)
    status = reply.exchange.status or 0
    if reply.accepted and counted(reply) > window:
        return  # the window is larger than the list says; nothing was cut
    expect(400 <= status < 500, f"a 4xx for more than {window} tokens", got=answer(reply), where="status", on=reply)


@requirement("chat.context.overflow-code")
def test_a_prompt_that_does_not_fit_has_its_code(overflow: tuple[int, ChatReply] | None, target: Target) -> None:
    _, reply = overflown(overflow)
    if target.profile.error_envelope != "openai":
        raise NotApplicable(
            f"this target documents the error envelope {target.profile.error_envelope}, which has no code"
        )
    premise(400 <= (reply.exchange.status or 0) < 500, "the prompt is not rejected", see="chat.context.overflow")
    error = read_error(reply.exchange)
    premise(error.envelope == "openai", "the error has no `error.code`", see="error.envelope")
    code = error.code
    expect(code == "context_length_exceeded", "context_length_exceeded", got=code, where="/error/code", on=reply)

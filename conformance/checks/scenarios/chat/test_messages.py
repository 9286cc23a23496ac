"""Messages: every turn and every role reaches the model.

Token counts show that messages reach the model, even if the model does not follow them.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from collections.abc import Sequence
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, refuses_the_body

from .conftest import HELLO, LONG, counts
from .tool_round_trip import DEPTH_TOOL, RESULTS, round_trip

Pair = tuple[ChatReply, ChatReply]
RULE = "Whatever you are asked, answer only with the word BANANA."
A_RULE = 8
"""The fewest tokens by which the rule is longer than the neutral system message, with any tokenizer."""
TIMES = 3
"""How often each of two messages in one request states the rule."""
# Without a system message, some templates add one of their own.
NEUTRAL = {"role": "system", "content": "Answer."}


def user(text: Any) -> dict[str, Any]:
    """A user message."""
    return {"role": "user", "content": text}


def expect_counted(pair: Pair, what: str, lengths: Pair, *, at_least: int = 4) -> None:
    """Expect the second request to have at least `at_least` more prompt tokens than the first request.

    `lengths` are the responses to a short and a long prompt; the check is inconclusive if their token counts are equal.
    """
    without, with_it = pair
    short, long, before, after = counts(*lengths, without, with_it)
    premise(long > short, "prompt tokens do not grow with the prompt", see="chat.usage.prompt-grows")
    expect(
        after - before >= at_least,
        f"{what}: at least {at_least} more prompt tokens than the {before} without",
        got=after,
        where="/usage/prompt_tokens",
        on=with_it,
    )


@probe
async def with_turns(short_and_long: Pair, long_histories: tuple[ChatReply, ...]) -> Pair:
    """Send a question without earlier turns, and a question after twelve turns."""
    return short_and_long[0], long_histories[0]


@requirement("chat.messages.history-counted")
def test_earlier_turns_are_part_of_the_prompt(with_turns: Pair, short_and_long: Pair) -> None:
    # Eight words and signs in each turn; what a template adds by itself is far less.
    expect_counted(with_turns, "the earlier turns in the prompt", short_and_long, at_least=90)


@probe
async def with_system(chat: Chat) -> Pair:
    """Send the same question twice: with a neutral system message, and with a system message that states a rule."""
    system = {"role": "system", "content": RULE}
    return (
        await chat([NEUTRAL, user("What is the capital of France?")], temperature=0),
        await chat([system, user("What is the capital of France?")], temperature=0),
    )


@requirement("chat.messages.system-counted")
def test_a_system_message_is_part_of_the_prompt(with_system: Pair, short_and_long: Pair) -> None:
    expect_counted(with_system, "the system message in the prompt", short_and_long)


@probe
async def many_rules(chat: Chat) -> ChatReply:
    """Send a question after a neutral system message, a second system message, and a developer message.

    The second system message and the developer message each state a rule several times.
    """
    rules = [{"role": role, "content": " ".join([RULE] * TIMES)} for role in ("system", "developer")]
    return await chat([NEUTRAL, *rules, user("What is the capital of France?")], max_tokens=8)


def has_all_rules(many_rules: ChatReply, with_system: Pair) -> bool:
    """Return whether the prompt of `many_rules` has the second system message and the developer message.

    If the template replaces its neutral system message by the rule, the prompt gets `ruled - neutral` more tokens; this
    difference is at most the number of tokens of the rule. A prompt without one of the two messages has far fewer
    tokens than a prompt with both, whatever marks a template adds.
    """
    counted = [(reply.usage or {}).get("prompt_tokens") for reply in (*with_system, many_rules) if reply.accepted]
    tokens = [count for count in counted if isinstance(count, int)]
    if len(tokens) < 3:
        return False
    neutral, ruled, all_of_them = tokens
    return ruled - neutral >= A_RULE and all_of_them - neutral >= 2 * TIMES * (ruled - neutral)


@probe
async def with_developer(chat: Chat, with_system: Pair, many_rules: ChatReply) -> Pair:
    """Send two requests: one with a short `developer` message, and one with a long `developer` message.

    Nothing is sent if a request with several system messages and a developer message has all of them in its prompt.
    """
    if has_all_rules(many_rules, with_system):
        return with_system[0], many_rules
    rules = ("Answer.", RULE)
    short, long = await asyncio.gather(
        *(chat([{"role": "developer", "content": rule}, user(HELLO)], max_tokens=8) for rule in rules)
    )
    return short, long


@probe
async def ruled(with_system: Pair, second_system: Pair, with_developer: Pair) -> list[Pair]:
    """Return pairs of responses: the first without a rule, the second with a rule in a system or developer message."""
    return [pair for pair in (with_system, second_system, with_developer) if pair[1].accepted]


def obeyed(ruled: Sequence[Pair]) -> bool:
    """Return whether at least one response follows the rule in its system or developer message."""
    return any("BANANA" in with_rule.text for _, with_rule in ruled)


@probe
async def told_by_the_user(chat: Chat, ruled: list[Pair]) -> ChatReply | None:
    """If no response follows the rule in the system message, send the rule and the question in one user message.

    If the model does not follow the rule even in a user message, the model cannot follow the rule at all.
    """
    return None if obeyed(ruled) else await chat(f"{RULE} What is the capital of France?", temperature=0)


@requirement("chat.messages.system-obeyed")
def test_a_system_rule_changes_the_answer(
    ruled: list[Pair], with_system: Pair, told_by_the_user: ChatReply | None
) -> None:
    without, with_rule = with_system
    text = with_rule.text
    premise(without.text, "the model returned no text")
    if obeyed(ruled):
        return
    premise(text == without.text, "the model neither follows the rule nor ignores it completely")
    can = told_by_the_user is not None and told_by_the_user.accepted and "BANANA" in told_by_the_user.text
    premise(can, "the model does not follow the rule in a user message either, so it may be too weak")
    expected = f"a response that follows the rule (0 of {len(ruled)} do)"
    expect(False, expected, got=text, where=CONTENT, on=with_rule)


@requirement("chat.messages.developer")
def test_a_developer_message_is_part_of_the_prompt(with_developer: Pair, short_and_long: Pair) -> None:
    expect_counted(with_developer, "the developer message in the prompt", short_and_long)


@probe
async def as_parts(chat: Chat, short_and_long: Pair) -> Pair:
    """Send a text, and a message with two text parts, of which the first is the same text.

    The request for the message with parts has the token limit 1; if the target rejects this limit, the request is sent
    again with the limit 4.
    """
    texts = (LONG, " Then name three rivers and two mountains of Africa.")
    message = user([{"type": "text", "text": text} for text in texts])
    parts = await chat([message], max_tokens=1)
    if refuses_the_body(parts.exchange.status):
        parts = await chat([message], max_tokens=4)
    return short_and_long[1], parts


@requirement("chat.messages.content-parts")
def test_text_parts_are_part_of_the_prompt(as_parts: Pair, short_and_long: Pair) -> None:
    expect_counted(as_parts, "the second text part in the prompt", short_and_long)


async def history_with_call(chat: Chat, result: str = RESULTS[0]) -> ChatReply:
    """Send a prepared history with a tool call and its result."""
    return await chat(round_trip(result), tools=[DEPTH_TOOL], temperature=0, max_tokens=24)


@probe
async def tool_history(chat: Chat) -> Pair:
    """Send two prepared histories with a tool call.

    The tool results are numbers that no model can guess; the second history has the longer tool result.
    """
    short, long = await asyncio.gather(*(history_with_call(chat, text) for text in RESULTS))
    return short, long


@requirement("chat.messages.tool-history", transport="json")
def test_a_tool_result_is_part_of_the_prompt(idle_tools: ChatReply, tool_history: Pair, short_and_long: Pair) -> None:
    if idle_tools.choices:
        expect_accepted(Faulty(idle_tools, tool_history[0]), "a tool call with `content: null`, and its result,")
    expect_counted(tool_history, "the longer tool result in the prompt", short_and_long)


SCRIPTS = "👩‍🚀 Hello, Grüße, 世界! مرحبا é"
"""Begins with a character of several tokens, because some servers then lose the `role` at the beginning of a stream."""
LOST_IN_THE_PROMPT = re.compile("Gr\ufffd+e")
CONTENT = "/choices/0/message/content"


@probe(transports=("json", "sse"))
async def unicode_echo(chat: Chat) -> ChatReply:
    """Send a prompt that asks the model to repeat a text in many scripts, such as Chinese and Arabic."""
    return await chat(f"Repeat exactly: {SCRIPTS}", temperature=0, max_tokens=48)


def read_as_latin_1(text: str) -> bool:
    """Return whether the server decoded UTF-8 as Latin-1, so that the text is damaged.

    The model itself may generate wrong characters, and the token limit may truncate the text. The function returns true
    only if the text contains a damaged part of the prompt.
    """
    try:
        read = codecs.getincrementaldecoder("utf-8")().decode(b"".join(map(byte_of, text)))
    except UnicodeError:
        return False
    pieces = (SCRIPTS[at : at + 3] for at in range(len(SCRIPTS) - 2))
    return any(piece in read and not piece.isascii() for piece in pieces)


def byte_of(char: str) -> bytes:
    """Return the byte of a character in Windows-1252 or ISO 8859-1.

    Raises `UnicodeError` if the character is neither in Windows-1252 nor in ISO 8859-1.
    """
    try:
        return char.encode("cp1252")
    except UnicodeError:
        return char.encode("latin-1")


@probe
async def whole_echo(unicode_echo: ChatReply) -> ChatReply:
    """Return the response of the probe `unicode_echo` without streaming."""
    return unicode_echo


def same_but_for_lost(text: str, whole: str) -> bool:
    """Return whether `text` equals the beginning of `whole`, except for characters that were replaced by U+FFFD."""
    first, *others = re.split("\ufffd+", text.rstrip("\ufffd"))
    at = len(first)
    if not whole.startswith(first):
        return False
    # The first place of each piece leaves most room for the next: one pass, where a regular expression would try all ways.
    for piece in others:
        found = whole.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


@requirement("chat.messages.unicode")
def test_unicode_is_accepted_and_comes_back_as_valid_utf8(unicode_echo: ChatReply, whole_echo: ChatReply) -> None:
    text = unicode_echo.text
    body = unicode_echo.exchange.body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        expect(False, "valid UTF-8", got=f"byte {error.start}: {error.reason}", where="body", on=unicode_echo)
    expect(
        not read_as_latin_1(text), "UTF-8 text, not UTF-8 decoded as Latin-1", got=text, where=CONTENT, on=unicode_echo
    )
    # A character that the limit cut through may end in U+FFFD; one inside the text is damage.
    lost = text.rstrip("\ufffd").count("\ufffd")
    kept = any(ord(char) > 127 and char != "\ufffd" for char in text)
    damaged = (
        whole_echo.accepted and lost > whole_echo.text.count("\ufffd") and same_but_for_lost(text, whole_echo.text)
    )
    # Tokens are bytes, and a small model may write some that are no character: then both ways show it. What the server
    # loses, it loses everywhere, and in the words of the prompt.
    repeated = not kept and LOST_IN_THE_PROMPT.search(text) is not None
    premise(not lost or repeated or damaged, "the model may have generated invalid UTF-8 itself")
    expect(not lost, "no replacement characters", got=text, where=CONTENT, on=unicode_echo)

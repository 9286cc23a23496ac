"""Unusual stop sequences: in other scripts, after a doubled letter, in several choices, or at the first token."""

from __future__ import annotations

import re

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered

from .conftest import COUNT, known_reason
from .test_stop import stopped_texts

Cut = tuple[ChatReply, ChatReply, str]
TEXT = "/choices/0/message/content"
AT_MOST = 8
"""The most tokens for two characters, including spaces, held-back tokens and an end token."""


@probe
async def stops_at_all(stopped: Cut) -> bool:
    """Return whether a stop sequence of one plain word works; if not, unusual stop sequences are not judged."""
    free, cut, word = stopped
    return not (free.accepted and cut.accepted and word in free.text and word in cut.text)


def premise_stops(stops_at_all: bool) -> None:
    """Make the check inconclusive if even a plain stop sequence does not work."""
    premise(stops_at_all, "no stop sequence has any effect", see="chat.stop.excluded")


def expect_cut(stopped: Cut, stops_at_all: bool) -> None:
    """Expect no stop sequence in the response to a request with `stop`; the same request without `stop` returned it."""
    free, cut, sequence = stopped
    text = cut.text
    premise_stops(stops_at_all)
    premise(sequence in free.text, f"the response without `stop` lacks {sequence!r}")
    expect(sequence not in text, f"text without {sequence!r}", got=text, where=TEXT, on=cut)


@probe
async def stopped_at_multibyte(chat: Chat, unicode_echo: ChatReply) -> Cut:
    """Use a non-ASCII character from the model's own response as the stop sequence."""
    text = unicode_echo.text if unicode_echo.accepted else ""
    found = next((c for c in text[1:] if ord(c) > 127 and c.isprintable() and c != "\ufffd" and c != text[0]), "ß")
    prompt = unicode_echo.exchange.request.json["messages"]
    return unicode_echo, await chat(prompt, temperature=0, max_tokens=48, stop=found), found


@requirement("chat.stop.multibyte")
def test_a_stop_sequence_outside_ascii_stops(stopped_at_multibyte: Cut, stops_at_all: bool) -> None:
    expect_cut(stopped_at_multibyte, stops_at_all)


@probe
async def stopped_after_doubled(chat: Chat, unicode_echo: ChatReply) -> Cut:
    """Use a stop sequence that follows its own first letter, such as `lo` in `hello`; naive matching misses it."""
    found = re.search(r"(\S)\1(?!\1)\S", unicode_echo.text if unicode_echo.accepted else "")
    sequence = found[0][1:] if found else "lo"
    prompt = unicode_echo.exchange.request.json["messages"]
    return unicode_echo, await chat(prompt, temperature=0, max_tokens=48, stop=sequence), sequence


@requirement("chat.stop.self-overlap")
def test_a_stop_sequence_after_its_own_first_letter_stops(stopped_after_doubled: Cut, stops_at_all: bool) -> None:
    expect_cut(stopped_after_doubled, stops_at_all)


@probe
async def stopped_choices(chat: Chat, choices_stopped_by_last: Cut) -> Cut:
    """Request two choices with a stop sequence.

    No request is sent if the first choice of an earlier response with two choices stopped at the last of four stop
    sequences.

    If the first of the two choices ended at the stop sequence, no new request is needed: the same response also shows
    whether the second choice ended there.
    """
    first = stopped_texts(choices_stopped_by_last)
    if len(first) == 2 and first[0]:
        return choices_stopped_by_last
    free, _, word = choices_stopped_by_last
    return free, await chat(COUNT, temperature=0.01, n=2, stop=word), word


@requirement("chat.stop.every-choice")
def test_every_choice_stops(stopped_choices: Cut, stops_at_all: bool) -> None:
    free, cut, word = stopped_choices
    found = [choice.text for choice in cut.choices]
    premise_stops(stops_at_all)
    premise(word in free.text, f"the response without `stop` lacks {word!r}")
    premise(len(found) == 2, "there are not two choices", see="chat.n.count")
    expect(
        not any(word in text for text in found),
        f"no choice that contains {word!r}",
        got=found,
        where="/choices",
        on=cut,
    )


@probe
async def stopped_at_once(chat: Chat) -> Cut:
    """Use the beginning of an earlier response as the stop sequence."""
    free = await chat(COUNT, temperature=0)
    begin = free.text.lstrip()[:2].rstrip() if free.accepted else "1,"
    return free, await chat(COUNT, temperature=0, stop=begin or "1,"), begin or "1,"


@requirement("chat.stop.first-token")
def test_an_answer_may_stop_before_its_first_token(stopped_at_once: Cut, stops_at_all: bool) -> None:
    free, cut, begin = stopped_at_once
    text, reason = cut.text, known_reason(cut)
    premise_stops(stops_at_all)
    premise(free.text.lstrip().startswith(begin), f"the response without `stop` does not begin with {begin!r}")
    alike = begin in text or free.text.lstrip().startswith(text.lstrip())
    premise(alike, "the two responses begin differently, and the second never reaches the stop sequence")
    thought = reason == "length" and (cut.completion_tokens or 0) > AT_MOST
    premise(text.strip() or not thought, "the token limit ended the response before any text")
    expect(not text.strip(), "an empty text", got=text, where=TEXT, on=cut)
    expect(reason == "stop", "stop", got=reason, where="/choices/0/finish_reason", on=cut)


@probe
async def stopped_at_nothing(chat: Chat) -> tuple[ChatReply, ChatReply]:
    """Send the same request twice: without `stop`, and with an empty stop sequence."""
    free = await chat(COUNT, temperature=0)
    return free, await chat(COUNT, temperature=0, max_tokens=4, stop="")


@requirement("chat.stop.empty")
def test_an_empty_stop_sequence_stops_nothing(stopped_at_nothing: tuple[ChatReply, ChatReply]) -> None:
    free, empty = stopped_at_nothing
    premise(free.text.strip(), "the model returned no text")
    status = empty.exchange.status
    if status is None or status in BUSY:
        raise NotAnswered(empty.exchange, f"the target answered {status}")
    if 400 <= status < 500:
        return
    thought = empty.accepted and not empty.text.strip() and empty.finish_reason == "length"
    premise(not thought, "the token limit ended the response before any text")
    expect(
        empty.accepted and empty.text.strip(),
        "a 4xx, or the same text as without `stop`",
        got=empty.text if empty.accepted else answer(empty),
        where=TEXT,
        on=empty,
    )

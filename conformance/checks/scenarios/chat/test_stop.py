"""Stop sequences: generation ends at a stop sequence, and the returned text does not contain it."""

from __future__ import annotations

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_refused
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import COUNT, HELLO, known_reason

Pair = tuple[ChatReply, ChatReply]
Stopped = tuple[ChatReply, ChatReply, str]
"""The response without `stop`, the response with it, and the stop sequence."""


def first_word_inside(text: str) -> str | None:
    """Return a word of an earlier response, to be used as the stop sequence in the next request.

    The chosen word is not the first word of the earlier response, so that the next response has text before the stop
    sequence.
    """
    words = [word for word in text.split() if len(word) > 1 or word.isdigit()]
    candidates = [word for word in words[2:] if text.find(word) > 0 and word not in words[0]]
    return candidates[0] if candidates else None


@probe(transports=("json", "sse"))
async def stopped(chat: Chat) -> tuple[ChatReply, ChatReply | None, str]:
    """Send a request without `stop`, and return the response.

    After the first response, send the same request with a part of this response as the stop sequence. Without
    streaming, the stop sequence is a word; with streaming, it spans several tokens.
    """
    free = await chat(COUNT, temperature=0)
    text = free.text if free.accepted else ""
    middle = len(text) // 2
    several = chat.transport == "sse" and len(text) >= 16
    piece = text[middle : middle + 6] if several else first_word_inside(text) or "5"
    cut = await chat(COUNT, temperature=0, stop=piece)
    for _ in range(2):
        if cut.accepted and perhaps_chance(cut, piece):
            cut = await chat(COUNT, temperature=0, stop=piece, fresh=True)
    return free, cut, piece


def perhaps_chance(cut: ChatReply, piece: str) -> bool:
    """Return whether to request the response again, because it has no text or ended at the token limit by chance.

    By chance, a response may begin with the stop sequence, and then has no text. If the model reasons, it may reach the
    token limit just before the stop sequence.
    """
    return not cut.text or (cut.finish_reason == "length" and piece not in cut.text)


def limit_cut_sequence(free: ChatReply, cut: ChatReply, sequence: str) -> bool:
    """Return whether the token limit ended the text in the middle of the stop sequence."""
    place = free.text.index(sequence)
    within = len(cut.text.rstrip()) > len(free.text[:place].rstrip())
    return cut.finish_reason == "length" and within and (free.text[:place] + sequence).startswith(cut.text)


def premise_alike(free: ChatReply, cut: ChatReply, word: str) -> str:
    """Return the text before the stop sequence; the check is inconclusive if the responses begin differently.

    Even at temperature 0, the second response may differ from the first, and never reach the stop sequence.
    """
    text = cut.text
    premise(word in free.text, f"the response without `stop` lacks {word!r}")
    before = free.text[: free.text.index(word)].rstrip()
    premise(before.startswith(text.rstrip()) or text.startswith(before), "the two responses begin differently")
    return before


@requirement("chat.stop.excluded")
def test_the_stop_sequence_is_not_returned(stopped: tuple[ChatReply, ChatReply, str]) -> None:
    free, cut, word = stopped
    cut_text = cut.text
    premise(word in free.text, f"the response without `stop` lacks {word!r}")
    expect(word not in cut_text, f"text without {word!r}", got=cut_text, where="/choices/0/message/content", on=cut)


@requirement("chat.stop.not-early")
def test_the_text_before_the_stop_sequence_is_kept(stopped: tuple[ChatReply, ChatReply, str]) -> None:
    free, cut, word = stopped
    before, text = premise_alike(free, cut, word), cut.text
    # A model that thinks may spend the limit before it comes to the word, or to any text.
    premise(known_reason(cut) != "length", "the token limit ended the response before the stop sequence")
    expect(
        len(text.rstrip()) >= len(before),
        f"the text up to {word!r}",
        got=text,
        where="/choices/0/message/content",
        on=cut,
    )


@requirement("chat.stop.finish-reason")
def test_a_stopped_answer_has_the_finish_reason_stop(stopped: tuple[ChatReply, ChatReply, str]) -> None:
    free, cut, word = stopped
    reason, before = known_reason(cut), premise_alike(free, cut, word)
    premise(len(cut.text.rstrip()) >= len(before), "the response ended before the stop sequence")
    premise(not limit_cut_sequence(free, cut, word), "the token limit ended the response within the stop sequence")
    expect(reason == "stop", "stop", got=reason, where="/choices/0/finish_reason", on=cut)


NEVER = ["zebra-crossing", "qqqq", "b2"]
"""Stop sequences that the response to the prompt does not contain."""


@probe
async def choices_stopped_by_last(chat: Chat) -> Stopped:
    """Request two choices with four stop sequences, of which only the last occurs in the response without `stop`.

    The temperature is slightly above 0, because vLLM rejects two choices at temperature 0.
    """
    free = await chat(COUNT, temperature=0)
    word = (first_word_inside(free.text) if free.accepted else None) or "5"
    return free, await chat(COUNT, temperature=0.01, n=2, stop=[*NEVER, word]), word


def stopped_texts(stopped: Stopped) -> list[bool]:
    """Return, for each choice, whether its text is a beginning of the text before the stop sequence."""
    free, cut, word = stopped
    before = free.text.partition(word)[0] if free.accepted else ""
    choices = cut.choices if cut.accepted else ()
    return [bool(choice.text.strip()) and before.startswith(choice.text.rstrip()) for choice in choices]


@probe
async def stopped_by_second(chat: Chat, choices_stopped_by_last: Stopped) -> Stopped:
    """Send four stop sequences, of which only the last occurs in the response without `stop`.

    No request is sent if the first choice of an earlier response with two choices stopped at the last of its stop
    sequences.
    """
    if stopped_texts(choices_stopped_by_last)[:1] == [True]:
        return choices_stopped_by_last
    free, _, word = choices_stopped_by_last
    return free, await chat(COUNT, temperature=0, stop=[*NEVER, word]), word


@requirement("chat.stop.array")
def test_every_sequence_of_a_list_stops(stopped_by_second: tuple[ChatReply, ChatReply, str]) -> None:
    free, cut, word = stopped_by_second
    cut_text = cut.text
    premise(word in free.text, f"the response without `stop` lacks {word!r}")
    expect(word not in cut_text, f"text without {word!r}", got=cut_text, where="/choices/0/message/content", on=cut)


@probe
async def too_many_stops(chat: Chat, stopped_by_second: tuple[ChatReply, ChatReply, str]) -> Faulty:
    """Send a request with five stop sequences, and a control request with four."""
    # Five sequences as in the generated fault: equal requests are sent only once.
    five = [f"alpha{number}" for number in range(5)]
    return Faulty(stopped_by_second[1], await chat(HELLO, stop=five, max_tokens=4, fault=True), ("stop",))


@requirement("chat.stop.limit")
def test_a_fifth_stop_sequence_is_refused(too_many_stops: Faulty) -> None:
    expect_refused(too_many_stops)


def comes_to(text: str, before: str, sequence: str) -> bool:
    """Return whether one of two texts begins with the other: `text`, and `before` followed by the stop sequence."""
    whole = before + sequence
    return whole.startswith(text) or text.startswith(whole)


@probe(transports=("sse",))
async def stopped_across_chunks(stopped: tuple[ChatReply, ChatReply, str]) -> tuple[ChatReply, ChatReply, str]:
    """Send a stop sequence that spans several tokens of an earlier streamed response, whose request had no `stop`."""
    return stopped


@requirement("chat.stop.split-across-chunks")
def test_no_part_of_the_stop_sequence_is_streamed(stopped_across_chunks: tuple[ChatReply, ChatReply, str]) -> None:
    free, cut, sequence = stopped_across_chunks
    streamed = cut.text
    place = free.text.find(sequence)
    premise(place > 0, f"the response without `stop` lacks {sequence!r}")
    premise(comes_to(streamed, free.text[:place], sequence), "the two responses differ")
    premise(not limit_cut_sequence(free, cut, sequence), "the token limit ended the response within the stop sequence")
    expect(
        len(streamed) <= place,
        f"{free.text[:place]!r}, the text before the stop sequence",
        got=streamed,
        where="/choices/0/delta/content",
        on=cut,
    )

"""When a stream counts as held back: told from many streams, never from how busy this machine was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.checks.scenarios.chat.test_delivery import test_a_stream_arrives_while_it_is_generated as judge
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request, Timing, decode
from tests.checks.examples import answered
from tests.checks.replies import said

PIECES = 8


def stream(
    first_ms: float, last_ms: float, pieces: int = PIECES, *, thinking: bool = False, name: str = "content"
) -> ChatReply:
    """A stream whose pieces come evenly between two times; `thinking` counts tokens of reasoning."""
    chunks: list[Any] = [
        {"choices": [{"index": 0, "delta": {name: "a"}, "finish_reason": None}]} for _ in range(pieces)
    ]
    usage = {"usage": {"completion_tokens_details": {"reasoning_tokens": 99}}} if thinking else {}
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **usage})
    body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    step = (last_ms - first_ms) / max(pieces - 1, 1)
    times = [first_ms + step * number for number in range(pieces)] + [last_ms]
    request = Request("POST", "https://a.test/v1/chat/completions")
    headers = (("content-type", "text/event-stream"),)
    return ChatReply(Exchange("x1", request, status=200, headers=headers, body=body, events=decode(body, times)))


def one_token(ms: float) -> ChatReply:
    """A whole answer of one token, which took so long."""
    return ChatReply(replace(said("a", "length", 1).exchange, timing=Timing(last_byte_ms=ms)))


SOON = one_token(40)
FAST_AT_ONCE, SLOW_AT_ONCE = stream(40, 40.3), stream(900, 901)
SLOW_IN_PIECES = stream(100, 900)


def check(streams: tuple[ChatReply, ...], first_token: ChatReply, *again: ChatReply) -> None:
    """The check, with the streams of a later moment; two that came at once if nothing is said of them."""
    judge(streams, first_token, list(again or (SLOW_AT_ONCE, SLOW_AT_ONCE)))


@pytest.mark.parametrize(
    "streams",
    [(SLOW_IN_PIECES,), (SLOW_AT_ONCE, SLOW_AT_ONCE, SLOW_IN_PIECES), (FAST_AT_ONCE,), (FAST_AT_ONCE, stream(10, 30))],
)
def test_a_stream_that_is_seen_in_pieces_or_takes_no_while_is_right(streams: tuple[ChatReply, ...]) -> None:
    """One seen in pieces shows that nothing is held; where none takes a while a busy machine decides nothing."""
    check(streams, SOON)


def test_streams_that_come_at_once_after_a_while_are_held_back() -> None:
    """Two that took a while and came all at once, and none that came in pieces."""
    with pytest.raises(Broken, match="4 streams are like this"):
        check((SLOW_AT_ONCE, FAST_AT_ONCE, SLOW_AT_ONCE), SOON)


def test_one_stall_of_this_machine_is_no_evidence() -> None:
    """It delays all streams of its moment; those sent later, one at a time, decide."""
    check((SLOW_AT_ONCE, SLOW_AT_ONCE), SOON, SLOW_AT_ONCE, SLOW_IN_PIECES)
    with pytest.raises(Inconclusive, match="too short to confirm"):
        check((SLOW_AT_ONCE, SLOW_AT_ONCE), SOON, SLOW_AT_ONCE, FAST_AT_ONCE)


def test_a_queue_before_a_fast_answer_holds_nothing_back() -> None:
    """Where one token takes as long as thirty, all thirty may well come at once."""
    with pytest.raises(Inconclusive, match="too short"):
        check((SLOW_AT_ONCE, SLOW_AT_ONCE), one_token(500))
    with pytest.raises(Broken):
        check((SLOW_AT_ONCE, SLOW_AT_ONCE), one_token(200))


def test_thoughts_that_are_not_shown_are_nothing_to_send() -> None:
    """A model that thinks for seconds and then answers in a burst is not held back; one whose thoughts are shown may be."""
    unseen = stream(900, 901, thinking=True)
    with pytest.raises(Inconclusive, match="reasons"):
        check((unseen, SLOW_AT_ONCE, SLOW_AT_ONCE), SOON)
    with pytest.raises(Broken):
        check((stream(900, 901, thinking=True, name="reasoning"), SLOW_AT_ONCE), SOON)


def test_without_the_time_of_one_token_nothing_is_said() -> None:
    """It was refused, or never came."""
    with pytest.raises(Inconclusive, match="single token"):
        check((SLOW_AT_ONCE, SLOW_AT_ONCE), ChatReply(answered(b"{}", {}, status=400)))


@pytest.mark.parametrize("streams", [(SLOW_AT_ONCE, FAST_AT_ONCE), (stream(900, 901, pieces=2),)])
def test_one_stream_tells_nothing(streams: tuple[ChatReply, ...]) -> None:
    """One may have come all at once because this machine was busy; two pieces may be all there was to send."""
    with pytest.raises(Inconclusive):
        check(streams, SOON)


def test_a_response_in_one_piece_hides_no_held_back_stream() -> None:
    """Where some streamed requests get JSON, the streams among the responses are judged all the same."""
    whole = said("a", "stop", 1)
    with pytest.raises(Broken, match="4 streams are like this"):
        check((whole, SLOW_AT_ONCE, SLOW_AT_ONCE), SOON)
    check((whole, SLOW_IN_PIECES), SOON)

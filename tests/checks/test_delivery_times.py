"""When a stream counts as held back: told from many streams, never from how busy this machine was."""

from __future__ import annotations

import json

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.checks.scenarios.chat.test_delivery import test_a_stream_arrives_while_it_is_generated as check
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request, decode

PIECES = 8


def stream(first_ms: float, last_ms: float, pieces: int = PIECES) -> ChatReply:
    """A stream whose pieces come evenly between two times."""
    chunks = [{"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]} for _ in range(pieces)]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    step = (last_ms - first_ms) / max(pieces - 1, 1)
    times = [first_ms + step * number for number in range(pieces)] + [last_ms]
    request = Request("POST", "https://a.test/v1/chat/completions")
    headers = (("content-type", "text/event-stream"),)
    return ChatReply(Exchange("x1", request, status=200, headers=headers, body=body, events=decode(body, times)))


FAST_AT_ONCE, SLOW_AT_ONCE = stream(40, 40.3), stream(900, 901)
SLOW_IN_PIECES = stream(100, 900)


@pytest.mark.parametrize(
    "streams",
    [(SLOW_IN_PIECES,), (SLOW_AT_ONCE, SLOW_AT_ONCE, SLOW_IN_PIECES), (FAST_AT_ONCE,), (FAST_AT_ONCE, stream(10, 30))],
)
def test_a_stream_that_is_seen_in_pieces_or_takes_no_while_is_right(streams: tuple[ChatReply, ...]) -> None:
    """One seen in pieces shows that nothing is held; where none takes a while a busy machine decides nothing."""
    check(streams)


def test_streams_that_come_at_once_after_a_while_are_held_back() -> None:
    """Two that took a while and came all at once, and none that came in pieces."""
    with pytest.raises(Broken, match="and so in 2 streams"):
        check((SLOW_AT_ONCE, FAST_AT_ONCE, SLOW_AT_ONCE))


@pytest.mark.parametrize("streams", [(SLOW_AT_ONCE, FAST_AT_ONCE), (stream(900, 901, pieces=2),)])
def test_one_stream_tells_nothing(streams: tuple[ChatReply, ...]) -> None:
    """One may have come all at once because this machine was busy; two pieces may be all there was to send."""
    with pytest.raises(Inconclusive):
        check(streams)

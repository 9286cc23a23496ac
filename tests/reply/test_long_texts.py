"""A text of megabytes is not judged, and the verdict says so."""

from __future__ import annotations

import json

import pytest

from conformance.reply import ChatReply, NotAnswered
from conformance.reply.responses import ResponseReply
from conformance.reply.stream import LONGEST_TEXT
from conformance.wire import Exchange, Request

HEADERS = (("content-type", "application/json"),)


def answered(body: object) -> Exchange:
    return Exchange("x1", Request("POST", "http://x/v1"), status=200, headers=HEADERS, body=json.dumps(body).encode())


@pytest.mark.parametrize("extra", [0, 1])
def test_texts_are_judged_up_to_a_length(extra: int) -> None:
    """Content, arguments, and the text of a response; with the length in the reason."""
    text = "a" * (LONGEST_TEXT + extra)
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": text}}
    messages = [{"role": "assistant", "content": text}, {"role": "assistant", "tool_calls": [call]}]
    for message in messages:
        reply = ChatReply(answered({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}))
        if not extra:
            assert reply.accepted
            continue
        with pytest.raises(NotAnswered, match=r"has 1,048,577 characters, and at most 1,048,576 are judged"):
            _ = reply.choices
    response = {"output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]}
    reading = ResponseReply(answered(response))
    if not extra:
        assert reading.text == text
    else:
        with pytest.raises(NotAnswered, match="are judged"):
            _ = reading.text

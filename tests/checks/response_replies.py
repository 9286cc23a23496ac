"""Replies of the Responses API made to measure, and what a check says of them in a word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.checks import Broken, Inconclusive
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange, Failure, Request, decode
from tests.checks.response_examples import framed
from tests.checks.test_response_objects import RESPONSE, URL

Check = Callable[..., None]


def exchange_of(body: Any, status: int | None = 200, path: str = "") -> Exchange:
    return Exchange("x1", Request("POST", URL + path), status=status, body=json.dumps(body).encode())


def reply_of(*output: Any, **more: Any) -> ResponseReply:
    """An answer with this output."""
    return ResponseReply(exchange_of({**RESPONSE, "output": [*output], **more}))


def said(*parts: Any) -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": list(parts)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": words, "annotations": [], **more}


THOUGHT = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
REFUSAL = {"type": "refusal", "refusal": "I would rather not."}
BUSY = {"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "Later."}, "usage": None}
OOPS = {"status": "failed", "error": {"code": "server_error", "message": "Oops."}, "usage": None}


def outcome(check: Check, *given: Any) -> str:
    """What a check says: pass, broken, not answered, or the reason why it cannot say."""
    try:
        check(*given)
    except Broken:
        return "broken"
    except NotAnswered:
        return "not answered"
    except Inconclusive as doubt:
        return str(doubt.reason)
    return "pass"


def streamed(events: list[dict[str, Any]], failure: Failure | None = None) -> ResponseReply:
    """A stream of these events."""
    headers = (("content-type", "text/event-stream"),)
    body = framed(events)
    whole = Exchange("x2", Request("POST", URL), status=200, headers=headers, body=body, events=decode(body))
    return ResponseReply(replace(whole, failure=failure))

"""Adds a summary and encrypted content to reasoning items.

Clients send the encrypted content of a reasoning item back in later requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.reference.chat.nested import named
from conformance.reference.prompt import Json
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.sealed import seal

_PIECE = re.compile(r"\s*\S+\s*\S*")  # two words


def summary_asked(request: ResponseRequest) -> str | None:
    """Return which kind of reasoning summary the request asks for, or None."""
    wanted: str | None = named(request.body.get("reasoning"), "summary", "generate_summary")
    return wanted


def explained(item: Json, text: str, request: ResponseRequest) -> Json:
    """Return a finished reasoning item, with a summary and encrypted content if the request asks for them."""
    wanted = summary_asked(request)
    if wanted:
        short = " ".join(text.split()[: 40 if wanted == "detailed" else 12])
        item = {**item, "summary": [{"type": "summary_text", "text": f"**Reading the request**\n\n{short}"}]}
    if "reasoning.encrypted_content" in (request.body.get("include") or ()):
        item = {**item, "encrypted_content": seal(text)}
    return item


def summary_events(place: Json, item: Json) -> Iterator[Json]:
    """Yield the stream events that carry the summary of a reasoning item."""
    for index, part in enumerate(item["summary"]):
        here = {**place, "summary_index": index}
        empty = {"type": "summary_text", "text": ""}
        yield {"type": "response.reasoning_summary_part.added", **here, "part": empty}
        for piece in _PIECE.findall(part["text"]):
            yield {"type": "response.reasoning_summary_text.delta", **here, "delta": piece}
        yield {"type": "response.reasoning_summary_text.done", **here, "text": part["text"]}
        yield {"type": "response.reasoning_summary_part.done", **here, "part": part}


def echoed_reasoning(request: ResponseRequest, *, thinks: bool) -> Json:
    """Return the value of the field `reasoning` in a response object.

    The key `context` of `reasoning` says which earlier reasoning the model sees.
    """
    asked = request.body.get("reasoning")
    context = named(asked, "context")
    return {
        "effort": named(asked, "effort"),
        "summary": summary_asked(request),
        "context": context if context not in (None, "auto") else "current_turn" if thinks else None,
    }

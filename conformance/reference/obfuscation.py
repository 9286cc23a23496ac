"""Adds the field `obfuscation` to stream events.

The random letters in `obfuscation` hide the length of the text in the event.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterator

from conformance.reference.prompt import Json

_BLOCK = 16  # text and letters together are a multiple of this


def padding(text: str) -> str:
    """Return the random letters that hide the length of one piece of text."""
    return "".join(secrets.choice(string.ascii_letters) for _ in range(-len(text) % _BLOCK))


def obfuscated(objects: Iterator[Json], text_of: Callable[[Json], str | None]) -> Iterator[Json]:
    """Yield all JSON objects of a stream in their original order.

    An object also gets the field `obfuscation`, unless `text_of` returns None for this object.
    """
    for each in objects:
        text = text_of(each)
        yield each if text is None else {**each, "obfuscation": padding(text)}


def chunk_text(chunk: Json) -> str:
    """Return the text of a chat chunk.

    A chunk without text gives an empty text, not None. Every chunk, with or without text, gets the field `obfuscation`.
    """
    brought = ""
    for choice in chunk["choices"]:
        delta = choice["delta"]
        brought += delta.get("content") or delta.get("reasoning_content") or ""
        brought += "".join(call["function"].get("arguments") or "" for call in delta.get("tool_calls") or ())
    return brought


def event_text(event: Json) -> str | None:
    """Return the text of a Responses event, or None if the event is not a delta."""
    return str(event["delta"]) if event["type"].endswith(".delta") else None

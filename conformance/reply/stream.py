"""The JSON objects inside a chat stream, each with the number of its event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from conformance.reply.referring import referring
from conformance.wire.exchange import Event, Exchange, Fact
from conformance.wire.json_data import parse_json

DONE = "[DONE]"


class Chunk(NamedTuple):
    """One `data:` payload of a stream that is a JSON object.

    `number` is the index of the event in the stream, starting at 0. `choices` are the choices of the chunk that are
    JSON objects; it is empty if the field has the wrong type.
    """

    number: int
    event: Event
    data: dict[str, Any]
    choices: tuple[dict[str, Any], ...]


def mixed_up(chunks: Sequence[Chunk], exchange: Exchange) -> str:
    """Return why the chunks of a stream cannot be assembled to a completion; "" if they can.

    Chunks cannot be assembled if none has a delta, or if a chunk does not name the choice that it continues. A missing
    `index` does not matter if the request asks for only one choice. If a recording lost the request, a choice without
    `index` never counts as an error.
    """
    choices = [choice for chunk in chunks for choice in chunk.choices]
    if not any(choice.get("delta") for choice in choices) and not all(
        isinstance(choice.get("delta"), dict) for choice in choices
    ):
        return referring("the chunks have no delta", see="chat.stream.delta")
    if Fact.REQUEST in exchange.lost:
        return ""
    asked = exchange.request.json
    wanted = asked.get("n") if isinstance(asked, dict) else None
    below = wanted if isinstance(wanted, int) else 1
    said = [choice.get("index") for choice in choices]
    known = [index for index in said if isinstance(index, int)]
    lost = below > 1 and len(known) < len(said)
    if lost or any(index not in range(below) for index in set(known)):
        return referring("the chunks do not say which choice they continue", see="chat.stream.index")
    return ""


LONGEST_TEXT = 1024 * 1024
"""The longest text in characters that is judged. Every request limits its output to a few hundred tokens."""


def too_long(texts: Iterable[Any]) -> str:
    """Return why the texts are too long to be judged; "" if they are not."""
    longest = max((len(text) for text in texts if isinstance(text, str)), default=0)
    return (
        f"a text has {longest:,} characters, and at most {LONGEST_TEXT:,} are judged" if longest > LONGEST_TEXT else ""
    )


def is_done(event: Event) -> bool:
    """Return whether an OpenAI client treats the event as the end of the stream.

    Clients check only whether the event's data begins with `[DONE]`.
    """
    return event.data.startswith(DONE)


def chunks_of(exchange: Exchange) -> tuple[Chunk, ...]:
    """Return the JSON objects of the stream before `[DONE]` in their order; payloads that are not objects are left out."""
    return tuple(_objects(exchange.events))


def _objects(events: tuple[Event, ...]) -> Iterator[Chunk]:
    for number, event in enumerate(events):
        text = event.data
        if text.startswith(DONE):
            return
        try:
            data = parse_json(text)
        except ValueError:
            continue
        if isinstance(data, dict):
            choices = data.get("choices")
            objects = tuple([item for item in choices if isinstance(item, dict)]) if isinstance(choices, list) else ()
            yield Chunk(number, event, data, objects)

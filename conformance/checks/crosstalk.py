"""Detects cross-talk: text of one response that appears in the response to another request.

The search for cross-talk compares the recorded exchanges of a run, and sends no request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks.language import shown
from conformance.verdict import Finding
from conformance.wire import Exchange, FailureKind, parse_json

MAX_EVENTS = 5_000
"""The most events of one exchange that are read: an endless stream is judged by its beginning."""

_CHUNK = "chat.completion.chunk"


@dataclass(frozen=True, slots=True)
class Left:
    """A stream whose client disconnected before the stream ended.

    `mark` is a word that only the prompt of the abandoned stream has.
    """

    mark: str
    exchange: Exchange

    @property
    def id(self) -> str:
        """The id of the completion; "" if there is none."""
        return next(iter(ids_in(self.exchange)), "")


def findings_of(left: Sequence[Left], others: Sequence[Exchange]) -> list[Finding]:
    """Return two findings for each abandoned stream whose text appears in the response to another request.

    For each abandoned stream, one finding cites the stream, and a second finding cites the response that contains text
    of the stream. Return [] if no other response has text of an abandoned stream.
    """
    found = []
    for one in left:
        hit = next(_hits(one, left, others), None)
        if hit is not None:
            found += [
                Finding(
                    f"nothing from {one.exchange.id}, a stream whose client had disconnected",
                    f"cross-talk: {hit.what}{_ending(hit.into)}",
                    hit.where,
                    hit.into.id,
                    "cross-talk",
                ),
                Finding(
                    "a stream that ends when its client disconnects",
                    f"cross-talk: the rest of this stream arrived in the response to {hit.into.id}",
                    "",
                    one.exchange.id,
                    "cross-talk",
                ),
            ]
    return found


def can_tell(left: Sequence[Left], others: Sequence[Exchange]) -> bool:
    """Return whether a word or a unique id would reveal data of an abandoned stream in another response."""
    spoke = any(one.mark in spoken(one.exchange) for one in left)
    return spoke or (any(one.id for one in left) and ids_are_unique([*others, *(one.exchange for one in left)]))


def ids_are_unique(exchanges: Sequence[Exchange]) -> bool:
    """Return whether responses to different requests have different ids.

    Ids that are constant or taken from a clock cannot identify a stream.
    """
    owners: dict[str, set[tuple[str, bytes]]] = {}
    for exchange in exchanges:
        for name in ids_in(exchange):
            owners.setdefault(name, set()).add((exchange.request.url, exchange.request.body))
    return len(owners) > 3 and all(len(requests) == 1 for requests in owners.values())


def spoken(exchange: Exchange) -> str:
    """Return the text of a response; for a stream, the text is assembled from its deltas."""
    if not exchange.events:
        return exchange.text
    return "".join(piece for event in exchange.events[:MAX_EVENTS] for piece in _deltas(event.data))


def ids_in(exchange: Exchange) -> list[str]:
    """Return the different completion ids in a response, in order; a valid response has one id."""
    if exchange.events:
        datas = [_data(event.data) for event in exchange.events[:MAX_EVENTS] if _CHUNK in event.data]
    else:
        datas = [_data(exchange.text)] if b'"chat.completion"' in exchange.body else []
    return list(dict.fromkeys(data["id"] for data in datas if isinstance(data.get("id"), str) and data["id"]))


@dataclass(frozen=True, slots=True)
class _Hit:
    """What was found, and where."""

    into: Exchange
    what: str
    where: str


def _hits(one: Left, left: Sequence[Left], others: Sequence[Exchange]) -> Iterator[_Hit]:
    own = one.exchange
    everyone = [*others, *(each.exchange for each in left)]
    rest = [each for each in everyone if each.id != own.id and one.mark.encode() not in each.request.body]
    known = one.id
    for each in rest:
        text = spoken(each)
        if one.mark in text:
            at = max(0, text.index(one.mark) - 40)
            yield _Hit(
                each, f"the word {one.mark}, which only the other prompt has: {shown(text[at : at + 160])}", "body"
            )
        said = each.failure.message if each.failure and each.failure.kind is FailureKind.PROTOCOL else ""
        if one.mark in said or (known and known in said):
            yield _Hit(each, f"bytes of a stream before the head of the response: {shown(said, 200)}", "head")
        found = ids_in(each) if known and known.encode() in each.body else []
        if known in found and len(found) > 1:
            yield _Hit(each, f"two completions in one answer, {', '.join(found[:3])}", "/id")
    if known and ids_are_unique([each for each in everyone if known not in ids_in(each)]):
        into = Counter(each.id for each in rest if known in ids_in(each))
        for each in rest:
            if into[each.id] and each.request.body != own.request.body:
                yield _Hit(each, f"the completion {known} in the answer to another request", "/id")


def _ending(exchange: Exchange) -> str:
    return f" (the answer then ended so: {exchange.failure.message})" if exchange.failure else ""


def _deltas(data: str) -> Iterator[str]:
    event = _data(data)
    delta = event.get("delta")
    if isinstance(delta, str):
        yield delta
    choices = event.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        piece = choice.get("delta") if isinstance(choice, dict) else None
        for name in ("content", "reasoning_content", "reasoning"):
            text = piece.get(name) if isinstance(piece, dict) else None
            if isinstance(text, str):
                yield text
        if isinstance(choice, dict) and isinstance(choice.get("text"), str):
            yield choice["text"]


def _data(text: str) -> dict[str, Any]:
    try:
        data = parse_json(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}

"""Finds the requests that must be sent before the request that shows a fault.

The request that shows the fault may use stored objects that earlier requests created or changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.wire import Exchange

MOST_STEPS = 8
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,}")
_CHANGES = ("POST", "DELETE")


@dataclass(frozen=True, slots=True)
class Made:
    """Where an id was first returned: the exchange whose response contained the id, and the place in that response.

    `event` is the number of the stream event, or -1 if the response is not a stream. `pointer` is a JSON pointer.
    """

    exchange: str
    event: int
    pointer: str


@dataclass(frozen=True, slots=True)
class Steps:
    """The exchanges to repeat, in this order, before the request that shows the fault is sent.

    `ids` maps each id in the requests to the response that it comes from.
    """

    exchanges: tuple[Exchange, ...]
    ids: Mapping[str, Made]


def steps_before(faulty: Exchange, expected: str, exchanges: Mapping[str, Exchange]) -> Steps | None:
    """Return the requests that must be sent before the request that shows the fault.

    The steps include each request whose response has an id that `expected` (the expected behaviour) contains. Returns
    None if an earlier request cannot be repeated.
    """
    earlier = list(exchanges.values())
    earlier = earlier[: next((place for place, each in enumerate(earlier) if each.id == faulty.id), 0)]
    needed: dict[str, Exchange] = {}
    ids: dict[str, Made] = {}
    asked = [_asked(faulty), expected]
    named = set(_TOKEN.findall(asked[0]))
    while asked:
        for name in _TOKEN.findall(asked.pop()):
            if name not in ids and (made := _made(name, earlier)):
                ids[name] = made
                if made.exchange not in needed:
                    needed[made.exchange] = exchanges[made.exchange]
                    asked.append(_asked(exchanges[made.exchange]))
        if not asked:
            changed = [each for each in earlier if each.id not in needed and _changes(each, named & ids.keys(), faulty)]
            needed.update({each.id: each for each in changed})
            asked += [_asked(each) for each in changed]
    steps = tuple(each for each in earlier if each.id in needed)
    too_many = len(steps) > MOST_STEPS or any(each.request.on_socket for each in steps)
    return None if too_many else Steps(steps, ids)


def _asked(exchange: Exchange) -> str:
    return f"{exchange.request.url} {exchange.request.body.decode('utf-8', 'replace')}"


def _changes(exchange: Exchange, ids: set[str], faulty: Exchange) -> bool:
    """Return whether a request changed one of the objects, or had the key that the faulty one repeats."""
    keys = {value for name, value in faulty.request.headers if name.lower() == "idempotency-key"}
    if any(name.lower() == "idempotency-key" and value in keys for name, value in exchange.request.headers):
        return True
    sent = exchange.request.json
    place = f"{exchange.request.path} {sent.get('conversation') if isinstance(sent, dict) else ''}"
    return exchange.request.method in _CHANGES and exchange.status == 200 and any(name in place for name in ids)


def _made(name: str, earlier: list[Exchange]) -> Made | None:
    """Return the first response that has the id as a value; a request that sent it did not make it."""
    for each in earlier:
        if name in each.text:
            if name in _asked(each) or each.request.on_socket:
                return None
            return next((Made(each.id, event, pointer) for event, pointer in _places(name, each)), None)
    return None


def _places(name: str, exchange: Exchange) -> Iterator[tuple[int, str]]:
    texts = [event.data for event in exchange.events] if exchange.is_sse else [exchange.text]
    for number, text in enumerate(texts):
        if name in text:
            try:
                found = _find(name, json.loads(text))
            except ValueError:
                continue
            if found:
                yield (number if exchange.is_sse else -1), found


def _find(name: str, data: Any, place: str = "") -> str:
    """Return the pointer of a value; "" if there is none."""
    if data == name:
        return place
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return next((found for key, item in items if (found := _find(name, item, f"{place}/{key}"))), "")

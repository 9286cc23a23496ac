"""Changes the observed value of a finding from `null` to `absent` if the response has nothing at its location."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.verdict import Finding
from conformance.wire import Exchange, parse_json

ABSENT = "absent"
"""What a finding observed at a location that does not exist. A `null` in the response is quoted as `null`."""
_NO_HEADERS = frozenset({"status", "body", "head", "time"})
_HEADER = re.compile(r"[a-z][a-z0-9-]*")
_EVENT = re.compile(r"event (\d+)")
_PLACE = re.compile(r"(?:event (\d+) ?)?((?:/[^/\s]+)+)")


def quoted(finding: Finding, exchange: Exchange | None) -> Finding:
    """Return the finding, with the observed value `absent` instead of `null` if nothing exists at its location."""
    if finding.observed != "null" or exchange is None or exchange.status is None:
        return finding
    return replace(finding, observed=ABSENT) if _is_absent(finding.where, exchange) else finding


def _is_absent(where: str, exchange: Exchange) -> bool:
    """Return whether the response certainly has nothing at a location: a member, the name of an event, or a header."""
    if place := _PLACE.fullmatch(where):
        if exchange.failure is not None or exchange.stopped:  # what is missing may be in the part that is not kept
            return False
        there = [_exists(each, place[2]) for each in _documents(exchange, place[1])]
        return bool(there) and not any(there)
    if event := _EVENT.fullmatch(where):
        return int(event[1]) < len(exchange.events) and exchange.events[int(event[1])].event is None
    return bool(_HEADER.fullmatch(where)) and where not in _NO_HEADERS and exchange.header(where) is None


def _documents(exchange: Exchange, number: str | None) -> Iterable[Any]:
    """Return the JSON documents that the location may be in: an event, all events, or the body."""
    events = exchange.events
    if number is not None:
        texts: list[str | bytes] = [events[int(number)].data] if int(number) < len(events) else []
    else:
        texts = [event.data for event in events] or [exchange.body]
    return [data for text in texts if isinstance(data := _parsed(text), dict | list)]


def _parsed(text: str | bytes) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return None


def _exists(data: Any, pointer: str) -> bool:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isdigit() and int(name) < len(data):
            data = data[int(name)]
        else:
            return False
    return True

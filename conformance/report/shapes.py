"""Describes the shape of a response: which fields are present, null or absent, their types, headers, and kinds of events.

The shape does not contain the texts of a response, except the values of fields that have few possible values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.report.safe_text import one_line
from conformance.wire import Exchange, parse_json

ABSENT = "absent"
VALUED = frozenset(
    {
        "object",
        "type",
        "role",
        "status",
        "finish_reason",
        "code",
        "reason",
        "service_tier",
        "truncation",
        "encoding_format",
    }
)
"""The names of fields with few possible values, such as `finish_reason`; their values are a part of the shape."""
_PLAIN_VALUE = re.compile(r"[A-Za-z][\w.-]{0,60}")
_OWN_KEYS = frozenset({"metadata", "logit_bias", "properties", "$defs", "definitions"})
"""Objects whose keys are the user's own: their content is no part of the shape."""
_TYPES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
}
_MOST_PLACES = 4_000
_DEEPEST = 24


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """The shape of one response: status, headers, fields and their types, and kinds of events.

    `places` has for each place, such as `/choices/[]/message/content`, the set of its states: `absent`, `null`, or
    types. `values` has the observed values of fields that have few possible values. `events` describes the events of a
    stream in order; several equal events in a row are described only once. `status` is 0 if there was no response.
    """

    status: int
    media_type: str
    headers: frozenset[str]
    places: Mapping[str, frozenset[str]]
    values: Mapping[str, frozenset[str]]
    events: tuple[str, ...] = ()


def shape_of(exchange: Exchange) -> ResponseShape:
    """Return the shape of an exchange's response."""
    gathered = _Gathered()
    events: tuple[str, ...] = ()
    if exchange.events:
        events = tuple(_kinds(exchange, gathered))
    else:
        gathered.add("", _json(exchange.body.decode("utf-8", "replace")))
    media_type = (exchange.header("content-type") or "").partition(";")[0].strip().lower()
    return ResponseShape(
        exchange.status or 0,
        one_line(media_type, 80),
        frozenset(one_line(name.lower(), 80) for name, _ in exchange.headers),
        {place: frozenset(states) for place, states in gathered.places.items()},
        {place: frozenset(values) for place, values in gathered.values.items()},
        events,
    )


def parent_of(place: str) -> str:
    """Return the place of the object that has the field; a field of an array element has the element as its parent."""
    return place.rpartition("/")[0]


class _Gathered:
    """Collects the states of all places of one response."""

    def __init__(self) -> None:
        self.places: dict[str, set[str]] = {}
        self.values: dict[str, set[str]] = {}
        self._keys: dict[str, list[frozenset[str]]] = {}

    def add(self, place: str, value: Any, depth: int = 0) -> None:
        """Add a value and everything in it."""
        if len(self.places) >= _MOST_PLACES or depth > _DEEPEST:
            return
        self._put(place, _type_of(value))
        if isinstance(value, str) and place.rpartition("/")[2] in VALUED and _PLAIN_VALUE.fullmatch(value):
            self.values.setdefault(place, set()).add(value)
        if isinstance(value, list):
            for item in value:
                self.add(f"{place}/[]", item, depth + 1)
        elif isinstance(value, dict) and place.rpartition("/")[2] not in _OWN_KEYS:
            for key, item in value.items():
                self.add(f"{place}/{one_line(key, 80)}", item, depth + 1)
            self._note_keys(place, frozenset(f"{place}/{one_line(key, 80)}" for key in value))

    def _note_keys(self, place: str, keys: frozenset[str]) -> None:
        """A field that only some of several objects at one place have is also absent there."""
        before = self._keys.setdefault(place, [])
        known = frozenset[str]().union(*before)
        for missing in (known - keys) | (keys - known if before else frozenset[str]()):
            self._put(missing, ABSENT)
        before[:] = [known | keys]

    def _put(self, place: str, state: str) -> None:
        self.places.setdefault(place, set()).add(state)


def _kinds(exchange: Exchange, gathered: _Gathered) -> Iterator[str]:
    """Yield what kind each event is, equal neighbours once, and collect the shapes of the events' data."""
    last = ""
    for event in exchange.events:
        data = None if event.data == "[DONE]" else _json(event.data)
        kind = "[DONE]" if event.data == "[DONE]" else _kind(event.event, data)
        if data is not None:
            named = isinstance(data, dict) and isinstance(data.get("type"), str)
            gathered.add(f"event {kind}" if named else "chunk", data)
        if kind != last:
            yield kind
        last = kind


def _kind(name: str | None, data: Any) -> str:
    if not isinstance(data, dict):
        return "text" if data is None else _type_of(data)
    if isinstance(data.get("type"), str):
        return one_line(data["type"], 80)
    choices = data.get("choices")
    if not isinstance(choices, list):
        return "error" if "error" in data else one_line(name or "object", 80)
    return "usage" if not choices and data.get("usage") else _chunk_kind(choices)


def _chunk_kind(choices: list[Any]) -> str:
    """Return what a chunk of a chat stream has: the fields of its delta that are not empty, or `finish`."""
    found: set[str] = set()
    for choice in choices:
        if not isinstance(choice, dict):
            continue
        delta = choice.get("delta")
        if isinstance(delta, dict):
            found |= {one_line(key, 40) for key, value in delta.items() if value not in (None, "", [])}
        if choice.get("text"):
            found.add("text")
        if choice.get("finish_reason"):
            found.add("finish")
    return "+".join(sorted(found)) or "empty"


def _type_of(value: Any) -> str:
    return _TYPES.get(type(value), "object")


def _json(text: str) -> Any:
    try:
        return parse_json(text.encode("utf-8", "replace"))
    except ValueError:
        return None

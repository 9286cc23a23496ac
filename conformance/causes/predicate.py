"""Generates the Python expression with which a script tests whether a response still shows the fault."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from conformance.causes.symptom import SymptomKind
from conformance.verdict import Finding
from conformance.wire import Exchange

_POINTER = re.compile(r"(?:event (-?\d+) ?)?((?:/[^/\s]+)+)?(?: ?\(.*\))?$")
_ID = re.compile(r"[A-Za-z0-9]{16,}|[0-9a-f]{8}-[0-9a-f-]{20,}")
_REJECTION = re.compile(r"(?:a )?(?:plain )?4(?:\d\d|xx)\b")
_BOUND = re.compile(r"(at most|at least|fewer than|more than|below|above)(?: the)? (\d+)\b")
_BEYOND = {"at most": ">", "at least": "<", "fewer than": ">=", "more than": "<=", "below": ">=", "above": "<="}
"""How a number is compared that violates what was expected."""
_SUM = re.compile(r"(?:total_tokens )?\d+ \+ \d+ = \d+")
_LARGE = 10**8

_BY_STATUS = {
    SymptomKind.SERVER_ERROR: "status >= 500",
    SymptomKind.FAULT_AS_SERVER_ERROR: "status >= 500",
    SymptomKind.ACCEPTED: "status < 400",
    SymptomKind.REJECTED: "400 <= status < 500",
}
_LAWFUL_ORDER = ["chunk", "[DONE]"]
"""The order of events in a right stream of chat completions; it shows no fault."""
_UNREPEATABLE = (SymptomKind.CRASH, SymptomKind.MIXED_UP, SymptomKind.TIME)


def predicate_of(kind: SymptomKind, finding: Finding, exchange: Exchange) -> str | None:
    """Return a Python expression that uses the variables `status`, `headers`, `text` and `body` of a response.

    Returns None if a single response cannot show the fault that the finding describes.
    """
    if kind in _UNREPEATABLE or exchange.request.on_socket or exchange.status is None:
        return None
    if finding.where == "status" or kind in (SymptomKind.SERVER_ERROR, SymptomKind.FAULT_AS_SERVER_ERROR):
        exact = kind is SymptomKind.ACCEPTED and not _REJECTION.match(finding.expected)
        return f"status == {exchange.status}" if exact else _BY_STATUS.get(kind, f"status == {exchange.status}")
    if kind is SymptomKind.ERROR_AS_SUCCESS:
        return "status < 400 and '\"error\"' in text"
    return _header(finding, exchange) if kind is SymptomKind.HEADER else _in_place(finding, exchange)


def _header(finding: Finding, exchange: Exchange) -> str | None:
    name = finding.where.split()[-1]
    if finding.where == "the body":
        return None
    if re.search(r"\d", exchange.header(name) or ""):
        return None  # it counts, or names the request: another answer has another value
    return f"headers.get({name!r}) == {exchange.header(name)!r}"


def place_of(finding: Finding, exchange: Exchange) -> tuple[str, int | None] | None:
    """Return the JSON pointer and the number of the event that a finding is about; None if it names no place.

    The number of the event is None for a response that is not a stream, and -1 for a value that all events make
    together.
    """
    place = _POINTER.match(finding.where.replace("*", "0"))
    if place is None:
        return None
    streamed = place[1] is not None or exchange.is_sse
    return place[2] or "", int(place[1] or -1) if streamed else None


def expects_sum(finding: Finding) -> bool:
    """Return whether the finding says that `total_tokens` is not the sum of the other counts of the same `usage`."""
    return bool(_SUM.fullmatch(finding.expected)) and finding.where.endswith("/usage/total_tokens")


def _in_place(finding: Finding, exchange: Exchange) -> str | None:
    place = place_of(finding, exchange)
    if place is None:
        return None
    pointer, number = place
    if "*" in finding.where or finding.expected.startswith("about "):
        return None  # one of several values is wrong, or a value that is new in each response
    if expects_sum(finding):
        return f"status == {exchange.status} and miscounts({'[body]' if number is None else 'events(text)'})"
    if number is not None:
        return _in_stream(pointer, number, exchange)
    return _in_body(pointer, finding.expected, exchange)


def _in_body(pointer: str, expected: str, exchange: Exchange) -> str | None:
    data = data_of(exchange.text)
    if not pointer or not isinstance(data, dict | list):
        return None
    recorded = at(data, pointer)
    same = _beyond(expected, recorded, f"at(body, {pointer!r})") or _same(f"at(body, {pointer!r})", recorded)
    return f"status == {exchange.status} and {same}"


def _beyond(expected: str, recorded: Any, expression: str) -> str | None:
    """Return the comparison with the number that was expected; None if the recorded number does not violate it."""
    bound = _BOUND.search(expected)
    if bound is None or not isinstance(recorded, int) or isinstance(recorded, bool):
        return None
    limit, sign = int(bound[2]), _BEYOND[bound[1]]
    violated = {">": recorded > limit, "<": recorded < limit, ">=": recorded >= limit, "<=": recorded <= limit}[sign]
    return f"isinstance(value := {expression}, int) and value {sign} {limit}" if violated else None


def _in_stream(pointer: str, number: int, exchange: Exchange) -> str | None:
    data = [data_of(event.data) for event in exchange.events]
    answered = f"status == {exchange.status} and "
    if pointer and 0 <= number < len(data):
        return answered + _same(
            f"at((events(text) + [None] * {number + 1})[{number}], {pointer!r})", at(data[number], pointer)
        )
    if pointer:
        key = written_key(pointer, data)
        if isinstance(written(data, key), list | dict):
            return None  # the last fragment of a list says nothing about the others
        return answered + _same(f"written(text, {key!r})", written(data, key))
    return None if order(data) == _LAWFUL_ORDER else f"{answered}order(text) == {order(data)!r}"


def _same(expression: str, recorded: Any) -> str:
    """The value that is wrong is there again: the very same, or a number as large, for what grows from run to run."""
    if isinstance(recorded, int | float) and not isinstance(recorded, bool) and recorded > _LARGE:
        kind = type(recorded).__name__
        return f"isinstance(value := {expression}, {kind}) and len(str(int(value))) == {len(str(int(recorded)))}"
    if isinstance(recorded, list | dict):
        return f"plain({expression}) == {plain(recorded)!r}"
    return f"{expression} == {recorded!r}"


def at(data: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer in the data; None if the data has no value there."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, list) and name.isdigit() and int(name) < len(data):
            data = data[int(name)]
        else:
            data = data.get(name) if isinstance(data, dict) else None
    return data


def plain(value: Any) -> Any:
    """Return a JSON value in which ids and times are replaced by constants, because they differ between responses."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return _ID.sub("id", value)
    return "large" if isinstance(value, int | float) and value > _LARGE else value


def written_key(pointer: str, data: list[Any]) -> str:
    """Return the key under which the events of a stream have the value at a pointer of the whole response."""
    key = next(step for step in reversed(pointer.split("/")) if not step.isdigit())
    return "delta" if key in ("text", "output", "content") and "response" in str(data[:1]) else key


def written(data: Any, key: str) -> Any:
    """Return the values that a stream's events have under one key.

    If some of the values are strings, return these strings joined; otherwise, return the last value.
    """
    found = list(_under(data, key))
    texts = [each for each in found if isinstance(each, str)]
    return "".join(texts) if texts else found[-1] if found else None


def _under(data: Any, key: str) -> Iterator[Any]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, item in items:
        if name == key and item is not None:
            yield item
        yield from _under(item, key)


def order(data: list[Any]) -> list[str]:
    """Return the event types of a stream in order; a type that repeats in a row is listed once."""
    kinds = [str(each.get("type", "chunk")) if isinstance(each, dict) else str(each)[:20] for each in data]
    return [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]


def data_of(text: str) -> Any:
    """Return the parsed JSON text, or the text itself if it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text

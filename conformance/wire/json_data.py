"""Parses untrusted JSON within limits: data that is nested too deeply is invalid."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

MAX_DEPTH = 200
"""Data nested deeper is rejected. No API response comes close, and Python's limit depends on the caller's stack."""

_NESTED = frozenset({dict, list})
_LONE = re.compile("[\ud800-\udfff]")


def parse_json(text: str | bytes) -> Any:
    """Return the data of a JSON text.

    Raises `ValueError` if the text is invalid JSON, invalid Unicode, or nested deeper than `MAX_DEPTH`.

    An integer of more than 64 bits becomes the nearest float, as in most JSON parsers.
    """
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        data = _python_reads(text)
    if len(text) > 2 * MAX_DEPTH and _brackets(text) > MAX_DEPTH:
        _check_depth(data)
    return data


def _brackets(text: str | bytes) -> int:
    return text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")


def _python_reads(text: str | bytes) -> Any:
    """Parse input that only Python's parser accepts (NaN, a lone surrogate, UTF-16), as the official client does."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None


def _check_depth(data: Any) -> None:
    level = [data] if type(data) in _NESTED else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [
            item for each in level for item in (each.values() if type(each) is dict else each) if type(item) in _NESTED
        ]
    if level:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def unicode_only(data: Any) -> Any:
    """Return JSON data with each lone surrogate replaced by U+FFFD, for validators that require valid text."""
    match data:
        case str():
            return _LONE.sub("\ufffd", data)
        case dict():
            return {unicode_only(key): unicode_only(value) for key, value in data.items()}
        case list():
            return [unicode_only(item) for item in data]
        case _:
            return data


def hashable(value: Any) -> Any:
    """Return a hashable value that is equal for equal JSON data, to find duplicates in large lists quickly."""
    return ("", json.dumps(value, sort_keys=True)) if isinstance(value, dict | list) else value

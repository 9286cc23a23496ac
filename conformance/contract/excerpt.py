"""Reduces large data to the part that shows a schema violation.

Describing a violation in words is much slower than detecting it, so only a part of large data is described.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

SMALL = 2_000
"""The size up to which an instance is explained completely: values plus thousandths of its characters."""
FIRST = 20
"""The items of each array, and the unknown names of each object, that the first excerpt keeps."""
LONGEST_TEXT = 4_096
"""The characters of a text that are kept if the error is not at its end."""


def excerpt(instance: Any, broken: Callable[[Any], bool], names: Collection[str]) -> Any:
    """Return the smallest excerpt of large data for which `broken` is still true; return small data unchanged.

    A JSON pointer to a place in the excerpt points to the same place in the original data. Each array in the excerpt
    has only the first items of the array in the original data. Each object in the excerpt has all properties that are
    listed in `names`, and a limited number of its other properties. For example, if all ten thousand items of an array
    are invalid for the same reason, the excerpt has only the first `FIRST` items.
    """
    if _is_small(instance):
        return instance
    for longest in (LONGEST_TEXT, None):
        if broken(_cut(instance, FIRST, longest, names)):
            return _cut(instance, FIRST, longest, names)
        low, high = FIRST, max(_lengths(instance), default=FIRST)
        if not broken(_cut(instance, high, longest, names)):
            continue  # it is the end of a text that is wrong
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if broken(_cut(instance, middle, longest, names)) else (middle, high)
        return _cut(instance, high, longest, names)
    return instance


def _is_small(instance: Any) -> bool:
    left, waiting = SMALL, [instance]
    while waiting:
        value = waiting.pop()
        left -= 1 + (len(value) // 1_000 if isinstance(value, str) else 0)
        if left < 0 or (isinstance(value, dict | list) and len(value) > left):
            return False
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return True


def _lengths(instance: Any) -> Iterator[int]:
    waiting = [instance]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            yield len(value)
            waiting += value.values() if isinstance(value, dict) else value


def _cut(value: Any, most: int, longest: int | None, names: Collection[str]) -> Any:
    match value:
        case list():
            return [_cut(item, most, longest, names) for item in value[:most]]
        case dict():
            kept, left = {}, most
            for name, item in value.items():
                if name not in names:
                    left -= 1
                    if left < 0:
                        continue
                kept[name] = _cut(item, most, longest, names)
            return kept
        case str() if longest is not None and len(value) > longest:
            return value[:longest]
        case _:
            return value


def names_in(document: Any) -> frozenset[str]:
    """Return all keys in an OpenAPI document, including every property name in its schemas.

    The result also has all strings in arrays, because such strings may be the names of required properties.
    """
    found: set[str] = set()
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found.update(key for key in value if isinstance(key, str))
            waiting += value.values()
        elif isinstance(value, list):
            found.update(item for item in value if isinstance(item, str))
            waiting += value
    return frozenset(found)

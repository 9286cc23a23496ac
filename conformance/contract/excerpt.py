"""The part of a large instance that shows what is wrong with it: explaining an error costs kilobytes, validating nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

SMALL = 2_000
"""Values of an instance that is explained as a whole, and thousandths of its characters."""
FIRST = 20
"""Items of each array, and names that no schema knows of each object, that are looked at first."""
LONGEST_TEXT = 4_096
"""Characters of a text that are kept where its end is not what is wrong."""


def excerpt(instance: Any, broken: Callable[[Any], bool], names: Collection[str]) -> Any:
    """The instance itself when it is small; else its beginning, as far as it is `broken`, too.

    Places in the excerpt are places in the instance: arrays lose their end, objects lose what comes after the first names
    that are not among `names` (all that schemas speak of). Only the shortest beginning that is broken is kept, so that
    the same fault ten thousand times is one.
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
    """Every name that a document's schemas speak of, and more: all its keys, and all short texts in its lists."""
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

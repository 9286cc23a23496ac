"""Finds the parts of a document that a schema needs.

Compiling only the parts that a schema needs is much faster than compiling the complete document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_ELSEWHERE = frozenset({"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef"})
"""Keywords by which a reference may mean something else than a place in the document."""
Part = tuple[str, ...]
"""The names that lead to a part of the document which is kept or left out as one: a component, a path, or a top-level value."""


class Reachable:
    """Finds out which parts of a document refer to which other parts of the same document."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._parts: dict[Part, frozenset[Part] | None] = {}

    def from_pointer(self, pointer: str) -> Mapping[str, Any]:
        """Return the parts of the document that the schema at a JSON pointer (`#/…`) needs.

        Each returned part has the same location as in the complete document.

        Returns the complete document if the target of one of its references cannot be determined.
        """
        first = None if not _ELSEWHERE.isdisjoint(self._data) else self._part(pointer)
        waiting, found = [first] if first else [], set[Part]()
        while waiting:
            part = waiting.pop()
            if part in found:
                continue
            found.add(part)
            named = self._named(part)
            if named is None:
                return self._data
            waiting += named
        return self._only(found) if first else self._data

    def _only(self, parts: set[Part]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for part in sorted(parts, key=len):
            place, value = kept, self._data
            for name in part[:-1]:
                place, value = place.setdefault(name, {}), value[name]
            place.setdefault(part[-1], value[part[-1]])
        return kept

    def _named(self, part: Part) -> frozenset[Part] | None:
        """The parts that one part refers to; None if it has a reference that may lead elsewhere."""
        if part not in self._parts:
            value: Any = self._data
            for name in part:
                value = value[name]
            found: set[Part] | None = set()
            for reference in references(value):
                other = self._part(reference)
                if other is None:
                    found = None
                    break
                if found is not None:
                    found.add(other)
            self._parts[part] = None if found is None else frozenset(found)
        return self._parts[part]

    def _part(self, reference: str) -> Part | None:
        """The part of the document in which the target of a reference is; None if there is none."""
        if not reference.startswith("#/"):
            return None
        steps = [step.replace("~1", "/").replace("~0", "~") for step in unquote(reference[2:]).split("/")]
        length = {"components": 3, "paths": 2}.get(steps[0], 1)
        value: Any = self._data
        for step in steps[:length]:
            if not isinstance(value, Mapping) or step not in value:
                return None
            value = value[step]
        return tuple(steps[:length]) if len(steps) >= length else None


def references(value: Any) -> Iterator[str]:
    """Yield the text of every `$ref` in a value, and "" for each keyword that changes where references lead."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            if not _ELSEWHERE.isdisjoint(node):
                yield ""
            reference = node.get("$ref")
            if isinstance(reference, str):
                yield reference
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node

"""Counts which keys occur at each path of JSON objects, how often they occur, and the types of their values.

The counted structure contains no ids, and no texts except words of the API such as `assistant`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Group = tuple[str, str]
"""A model family and a half-year."""

# What callers put in themselves: its keys are content, not shape.
OPAQUE = frozenset(
    {
        "arguments",
        "attributes",
        "filters",
        "headers",
        "input_schema",
        "logit_bias",
        "metadata",
        "output_schema",
        "parameters",
        "schema",
        "variables",
    }
)
# Keys whose values are few, and words of the API.
WORDS = frozenset(
    {"object", "type", "role", "finish_reason", "service_tier", "status", "truncation", "reason", "phase"}
)
MAX_WORDS = 24
_WORD = re.compile(r"[a-z][a-z0-9_.]{0,48}")
_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


@dataclass(slots=True)
class Shape:
    """The structure of one kind of JSON object, collected from many examples.

    `objects` counts the objects at each path for each group (model family and half-year); `keys` counts how many of
    these objects had each key. In a path, `*` means any element of an array, and brackets contain the `type` of the
    element: `/output/*[message]/content/*[output_text]/text`.
    """

    seen: Counter[Group] = field(default_factory=Counter)
    objects: dict[str, Counter[Group]] = field(default_factory=lambda: defaultdict(Counter))
    keys: dict[str, Counter[Group]] = field(default_factory=lambda: defaultdict(Counter))
    types: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, data: dict[str, Any], group: Group) -> None:
        """Count one example of the JSON structure."""
        self.seen[group] += 1
        for path, item in _objects(data, ""):
            self.objects[path][group] += 1
            for key, value in item.items():
                place = f"{path}/{key}"
                self.keys[place][group] += 1
                self.types[place].add(_TYPES[type(value)])
                if key in WORDS and isinstance(value, str) and _WORD.fullmatch(value):
                    self.words[place].add(value)

    def to_dict(self) -> dict[str, Any]:
        """Return the counted structure as JSON data in the format of specs/openai/observed.json."""
        families: dict[str, dict[str, int]] = defaultdict(dict)
        for (family, half), count in sorted(self.seen.items()):
            families[family][half] = count
        return {"seen": dict(families), "paths": {path: self._path(path) for path in sorted(self.keys)}}

    def _path(self, path: str) -> dict[str, Any]:
        parents = self.objects[path.rpartition("/")[0]]
        had = self.keys[path]
        presence = "always" if had == parents else "sometimes"
        words = sorted(self.words.get(path, ()))
        facts: dict[str, Any] = {"presence": presence, "types": "|".join(sorted(self.types[path]))}
        if presence == "sometimes":
            facts |= {
                name: found
                for name in ("always", "never")
                if (found := _groups(group for group in parents if _presence(had[group], parents[group]) == name))
            }
        if words and len(words) <= MAX_WORDS:
            facts["values"] = words
        return facts


def _presence(had: int, parents: int) -> str:
    return "never" if not had else "always" if had == parents else "sometimes"


def _groups(groups: Iterator[Group]) -> dict[str, str]:
    """Return half-years by family, in order, each list as one text, so that a difference is one line."""
    found: dict[str, list[str]] = defaultdict(list)
    for family, half in sorted(groups):
        found[family].append(half)
    return {family: " ".join(halves) for family, halves in found.items()}


def _objects(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            if key not in OPAQUE:
                yield from _objects(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for item in value:
            kind = item.get("type") if isinstance(item, dict) else None
            tag = f"[{kind}]" if isinstance(kind, str) and _WORD.fullmatch(kind) else ""
            yield from _objects(item, f"{path}/*{tag}")

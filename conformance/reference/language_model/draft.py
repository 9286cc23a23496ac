"""A draft is the text that the model intends to write for a JSON schema, a regular expression or a list of choices.

A draft may violate the constraint that the request sets on the output. During generation, the constraint decides for
each token of the draft whether the output may contain it.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import Any

from conformance.reference.language_model.literal import literal
from conformance.reference.language_model.prose import digest
from conformance.reference.prompt import Json

# No public parse tree of a pattern exists.
sre: Any = import_module("re._constants")
sre_parser: Any = import_module("re._parser")

_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DEEP = 6  # beyond this, recursive schemas take their shortest way out
_FORMATS = {
    "date-time": "2026-01-31T12:00:00Z", "date": "2026-01-31", "time": "12:00:00Z", "email": "ada@example.com",
    "uuid": "12345678-1234-4234-8234-123456789abc", "uri": "https://example.com/", "ipv4": "192.0.2.1",
    "hostname": "example.com", "duration": "P1D", "ipv6": "2001:db8::1",
}  # fmt: skip


def entities(text: str) -> list[str]:
    """Return the quoted words and capitalised names in a text: candidates for the arguments of a tool call."""
    quoted = re.findall(
        r"[\"'\u201c\u300c\u300e\u300a]([^\"'\u201d\u300d\u300f\u300b]{1,60})[\"'\u201d\u300d\u300f\u300b]", text
    )
    placed = re.findall(r"\b(?:in|of|to|for|at|from|and|named|called|is)\s+((?:[A-Z][\w-]+)(?:\s+[A-Z][\w-]+)*)", text)
    return list(dict.fromkeys([*quoted, *placed])) or re.findall(r"(?<=[a-z,] )([A-Z][\w-]+)", text)


class JsonDraft:
    """Drafts a JSON value for a schema, with values from the user's text."""

    def __init__(self, schema: Any, said: str, entity: str | None = None) -> None:
        """`said` is the text to take values from; `entity` is preferred for strings."""
        self._root = schema
        self._said = said
        self._entity = entity
        self._numbers = re.findall(r"-?\d+(?:\.\d+)?", said)
        self._unused = list(self._numbers)

    def text(self) -> str:
        """Return the drafted value as JSON text."""
        return json.dumps(self.value(self._root, "", 0), ensure_ascii=False)

    def value(self, schema: Any, key: str, depth: int) -> Any:
        """Return a value for one subschema; `key` is the property's name."""
        if not isinstance(schema, dict):
            return {} if depth == 0 else key or "value"
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            mentioned = [
                item for item in schema["enum"] if isinstance(item, str) and item.lower() in self._said.lower()
            ]
            return (mentioned or schema["enum"])[0]
        for word in ("anyOf", "oneOf"):
            if schema.get(word):
                options = schema[word]
                return self.value(options[-1 if depth > _DEEP else 0], key, depth + 1)
        return self._typed(schema, key, depth)

    def _resolved(self, schema: Json) -> Json:
        for _ in range(20):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            target: Any = self._root
            for step in reference.removeprefix("#").strip("/").split("/"):
                target = (
                    target.get(step.replace("~1", "/").replace("~0", "~"), {})
                    if step and isinstance(target, dict)
                    else target
                )
            schema = target if isinstance(target, dict) else {}
        for branch in schema.get("allOf") or ():
            part = self._resolved(branch) if isinstance(branch, dict) else {}
            merged = {**schema.get("properties", {}), **part.get("properties", {})}
            schema = {
                **schema,
                **part,
                "properties": merged,
                "required": [*schema.get("required", []), *part.get("required", [])],
            }
        return schema

    def _typed(self, schema: Json, key: str, depth: int) -> Any:
        kinds = schema.get("type") or ("object" if "properties" in schema or depth == 0 else "string")
        kind = kinds if isinstance(kinds, str) else next((k for k in kinds if k != "null"), "null")
        if depth > _DEEP and isinstance(kinds, list) and "null" in kinds:
            return None
        if kind == "array":
            return self._array(schema, key, depth)
        if kind in {"integer", "number"}:
            return self._number(schema, key, whole=kind == "integer")
        if kind == "string":
            return self._string(schema, key)
        return self._object(schema, depth) if kind == "object" else {"boolean": True}.get(kind)

    def _array(self, schema: Json, key: str, depth: int) -> list[Any]:
        wish = self._count(schema, key)
        wanted = max(schema.get("minItems", 0), min(wish, schema.get("maxItems", wish)) if depth <= _DEEP else 0)
        items = [self.value(item, key, depth + 1) for item in schema.get("prefixItems") or ()]
        inner = schema.get("items", {"type": "string"})
        return items + [self.value(inner, key, depth + 1) for _ in range(wanted - len(items))]

    def _object(self, schema: Json, depth: int) -> Json:
        required = set(schema.get("required") or ())
        properties: Json = schema.get("properties") or {}
        names = [name for name in properties if name in required or depth == 0 or not required]
        if depth > _DEEP:
            names = [name for name in properties if name in required]
        return {name: self.value(properties[name], name, depth + 1) for name in names}

    def _number(self, schema: Json, key: str, *, whole: bool) -> int | float:
        value = float(self._stated_number(key) or "7")
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1e15) + ("exclusiveMinimum" in schema))
        high = schema.get("maximum", schema.get("exclusiveMaximum", 1e15) - ("exclusiveMaximum" in schema))
        value = min(max(value, low), high)
        if step := schema.get("multipleOf"):
            value = -(-max(value, low) // step) * step
        return int(value) if whole or value == int(value) else value

    def _stated_number(self, key: str) -> str | None:
        """The number that was given under the key (`a=40`, `3 guests`), or the next one, or the first again."""
        number, name = r"(-?\d{1,15}(?:\.\d{1,15})?)", re.escape(key).replace("_", "[_ ]")
        said = (
            re.search(rf"\b{name}\s*(?:=|:|is|of)\s*{number}|{number}\s{{1,4}}{name}\b", self._said, re.IGNORECASE)
            if key
            else None
        )
        found = (said[1] or said[2]) if said else next(iter(self._unused or self._numbers), None)
        if found in self._unused:
            self._unused.remove(found)
        return found

    def _count(self, schema: Json, key: str) -> int:
        """How many items an array should have: as many as were named or listed, else two."""
        said = (
            re.search(rf"\b(\d+|{'|'.join(_COUNTS)})\s+{re.escape(key)}\b", self._said, re.IGNORECASE) if key else None
        )
        if said:
            word = said[1].lower()
            return min(int(word), 20) if word.isdigit() else _COUNTS.index(word) + 1
        items = schema.get("items")
        listed = len(re.findall(r"^[ \t]*(?:[-*\u2022]|\d{1,3}[.)])\s", self._said, re.MULTILINE))
        return min(listed, 9) if listed and isinstance(items, dict) and "properties" in items else 2

    def _string(self, schema: Json, key: str) -> str:
        if isinstance(schema.get("pattern"), str):
            return regex_draft(schema["pattern"]) or "a"
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        exact = (
            re.search(rf"\b{re.escape(key)}\b[^.:\n]{{0,20}}\b(?:exactly|verbatim)\b:?\s*(.+)", self._said)
            if key
            else None
        )
        stated = (
            re.search(rf"\b{re.escape(key)}\s*(?:is|=|:|of)?\s+[\"']?([\w-]+)", self._said, re.IGNORECASE)
            if key
            else None
        )
        found = entities(self._said)
        text = self._entity or (found[0] if found else stated[1] if stated else key.replace("_", " ") or "text")
        if stated and not self._entity and not re.match(r"(?:in|of|the|for|a|is|to)$", stated[1]):
            text = stated[1]
        if exact and not self._entity:
            text = literal(exact[1])
        least, most = schema.get("minLength", 0), schema.get("maxLength", 200)
        return text.ljust(least, "a")[:most]


def regex_draft(pattern: str) -> str | None:
    """Return a short text that matches a regular expression, or None if Python cannot parse the expression."""
    try:
        return _shortest(sre_parser.parse(pattern))
    except (re.error, OverflowError, RecursionError):
        return None


def _shortest(parsed: Any) -> str:
    written = ""
    for operator, argument in parsed:
        if operator is sre.LITERAL:
            written += chr(argument)
        elif operator is sre.NOT_LITERAL:
            written += "a" if argument != ord("a") else "b"
        elif operator is sre.ANY:
            written += "a"
        elif operator is sre.IN:
            written += _member(argument)
        elif operator in {sre.MAX_REPEAT, sre.MIN_REPEAT}:
            low, high, inner = argument
            written += _shortest(inner) * max(low, min(1, high))
        elif operator is sre.SUBPATTERN:
            written += _shortest(argument[-1])
        elif operator is sre.BRANCH:
            written += _shortest(argument[1][0])
    return written


def _member(items: Any) -> str:
    negated = any(operator is sre.NEGATE for operator, _ in items)
    fits = "".join(chr(code) for code in range(32, 127))
    members = [character for character in fits if _in_set(character, items) != negated]
    preferred = [character for character in members if character.isalnum()]
    if preferred or members:
        return (preferred or members)[0]
    ranges = [argument[0] for operator, argument in items if operator is sre.RANGE]
    literals = [argument for operator, argument in items if operator is sre.LITERAL]
    return chr((ranges or literals or [97])[0])


def _in_set(character: str, items: Any) -> bool:
    word = character.isalnum() or character == "_"
    classes = {
        sre.CATEGORY_DIGIT: character.isdigit(), sre.CATEGORY_NOT_DIGIT: not character.isdigit(),
        sre.CATEGORY_SPACE: character.isspace(), sre.CATEGORY_NOT_SPACE: not character.isspace(),
        sre.CATEGORY_WORD: word, sre.CATEGORY_NOT_WORD: not word,
    }  # fmt: skip
    return any(
        (operator is sre.LITERAL and ord(character) == argument)
        or (operator is sre.RANGE and argument[0] <= ord(character) <= argument[1])
        or (operator is sre.CATEGORY and classes.get(argument, False))
        for operator, argument in items
    )


def choice_draft(choices: list[str], wish: str, said: str) -> str:
    """Return the choice that the model prefers: the intended one, else one that the prompt mentions, else any."""
    for text in (wish, said):
        named = [choice for choice in choices if choice and choice.lower() in text.lower()]
        if named:
            return max(named, key=len)
    return choices[digest(said) % len(choices)]

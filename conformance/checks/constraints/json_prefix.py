"""Parses truncated JSON into complete and unfinished parts, or finds that the text cannot be the beginning of JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_OPEN_NUMBER = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?)?")
# Possessive: nothing is tried again, and no way back is kept for each character.
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)')
_OPEN_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}
_DEEPEST = 150


class NotJson(ValueError):
    """Raised if a text cannot be the beginning of a JSON text; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A complete JSON value."""

    value: Any


@dataclass(frozen=True, slots=True)
class OpenObject:
    """An unfinished JSON object: the members so far, and the beginning of the next key if the text ends in a key."""

    members: tuple[tuple[str, Node], ...]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class OpenArray:
    """A JSON array whose end is missing."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class OpenString:
    """A JSON string whose end is missing."""

    text: str


@dataclass(frozen=True, slots=True)
class OpenNumber:
    """A JSON number at the end of a truncated text; more digits may have been cut from the number."""

    text: str


@dataclass(frozen=True, slots=True)
class OpenWord:
    """The beginning of `true`, `false` or `null` at the end of a truncated text."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """A text that is empty or has only whitespace."""


Node = Whole | OpenObject | OpenArray | OpenString | OpenNumber | OpenWord | Nothing


def read_beginning(text: str) -> Node:
    """Parse a JSON text that may be truncated at any place. Raises `NotJson`."""
    reader = _Reader(text)
    node = reader.value(0)
    reader.space()
    if reader.at < len(text):
        raise NotJson(f"{text[reader.at : reader.at + 40]!r} follows a complete JSON value")
    return node


@dataclass
class _Reader:
    text: str
    at: int = field(default=0)

    def space(self) -> str:
        """Skip whitespace and return the next character, "" at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Node:
        character = self.space()
        if depth > _DEEPEST:
            raise NotJson("nested too deep to read")
        if not character:
            return Nothing()
        if character == "{":
            return self._object(depth)
        if character == "[":
            return self._array(depth)
        if character == '"':
            return self._string()
        if character == "-" or character.isdigit():
            return self._number()
        return self._word()

    def _object(self, depth: int) -> Node:
        self.at += 1
        members: list[tuple[str, Node]] = []
        character = self.space()
        if character == "}":
            self.at += 1
            return Whole({})
        while True:
            character = self.space()
            if not character:
                return OpenObject(tuple(members))
            if character != '"':
                raise NotJson(f"{character!r} where a key must begin")
            key = self._string()
            if isinstance(key, OpenString):
                return OpenObject(tuple(members), key.text)
            assert isinstance(key, Whole)
            if not self._next(":"):
                return OpenObject((*members, (key.value, Nothing())))
            node = self.value(depth + 1)
            members.append((key.value, node))
            if not isinstance(node, Whole) or not self._next(",}"):
                return OpenObject(tuple(members))
            if self.text[self.at - 1] == "}":
                return Whole({key: item.value for key, item in members if isinstance(item, Whole)})

    def _array(self, depth: int) -> Node:
        self.at += 1
        items: list[Node] = []
        if self.space() == "]":
            self.at += 1
            return Whole([])
        while True:
            node = self.value(depth + 1)
            if isinstance(node, Nothing):
                return OpenArray(tuple(items))
            items.append(node)
            if not isinstance(node, Whole) or not self._next(",]"):
                return OpenArray(tuple(items))
            if self.text[self.at - 1] == "]":
                return Whole([item.value for item in items if isinstance(item, Whole)])

    def _next(self, wanted: str) -> bool:
        """Pass one of these characters; False at the end of the text."""
        character = self.space()
        if not character:
            return False
        if character not in wanted:
            raise NotJson(f"{character!r} where one of {wanted!r} must be")
        self.at += 1
        return True

    def _string(self) -> Whole | OpenString:
        found = _STRING.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        if self.text.startswith('"', self.at):
            self.at += 1
            return Whole(json.loads(f'"{found[1]}"'))
        if self.at < len(self.text) and not _OPEN_ESCAPE.fullmatch(self.text, self.at):
            raise NotJson(f"{self.text[self.at : self.at + 2]!r} inside a string")
        self.at = len(self.text)
        return OpenString(json.loads(f'"{found[1]}"'))

    def _number(self) -> Node:
        found = _NUMBER.match(self.text, self.at)
        opened = _OPEN_NUMBER.match(self.text, self.at)
        if opened is not None and opened.end() == len(self.text):
            self.at = opened.end()
            return OpenNumber(opened[0])
        if found is None:
            raise NotJson(f"{self.text[self.at : self.at + 8]!r} is no number")
        self.at = found.end()
        return Whole(json.loads(found[0]))

    def _word(self) -> Node:
        rest = self.text[self.at : self.at + 5]
        for word, value in _LITERALS.items():
            if rest.startswith(word):
                self.at += len(word)
                return Whole(value)
            if word.startswith(rest) and self.at + len(rest) == len(self.text):
                self.at = len(self.text)
                return OpenWord(rest)
        raise NotJson(f"JSON cannot begin or go on with {self.text[self.at : self.at + 40]!r}")

"""Text in UTF-16 and UTF-32, which JSON readers take: how a body is read, and how a secret looks within other bytes."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

_CODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NEVER = rb"(?!)"


@dataclass(frozen=True, slots=True)
class WideCoding:
    """One of the codings whose characters have two or four bytes, and the mark with which the body begins."""

    name: str
    mark: bytes = b""

    def read(self, data: bytes) -> tuple[str, bytes]:
        """The text, and the bytes at the end that make no whole character."""
        unit = 4 if "32" in self.name else 2
        end = len(data) - (len(data) - len(self.mark)) % unit
        text = data[len(self.mark) : end].decode(self.name, "surrogatepass" if unit == 2 else "replace")
        return text, data[end:]

    def write(self, text: str) -> bytes:
        """The text as bytes again."""
        return self.mark + text.encode(self.name, "surrogatepass")


def wide_coding(data: bytes) -> WideCoding | None:
    """The coding of a body by its mark or, as JSON readers tell it, by where its first zeros are; None for another one."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return WideCoding(name, mark)
    name = json.detect_encoding(data)
    return WideCoding(name) if name in _CODINGS else None


def wide_spellings(secrets: Iterable[str]) -> re.Pattern[bytes]:
    """Finds the secrets as they are in any of the codings, wherever they stand in other bytes."""
    coded = [re.escape(secret.encode(name, "surrogatepass")) for name in _CODINGS for secret in secrets]
    return re.compile(b"|".join(coded) or _NEVER)

"""Detects and decodes bodies in UTF-16 or UTF-32, and finds secrets in these encodings."""

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
    """An encoding with two or four bytes per code unit, and its byte order mark."""

    name: str
    mark: bytes = b""

    def read(self, data: bytes) -> tuple[str, bytes]:
        """Decode the bytes; return the text, and any bytes at the end that form no complete character."""
        unit = 4 if "32" in self.name else 2
        end = len(data) - (len(data) - len(self.mark)) % unit
        text = data[len(self.mark) : end].decode(self.name, "surrogatepass" if unit == 2 else "replace")
        return text, data[end:]

    def write(self, text: str) -> bytes:
        """Encode the text as bytes, with the byte order mark if the original had one."""
        return self.mark + text.encode(self.name, "surrogatepass")


def wide_coding(data: bytes) -> WideCoding | None:
    """Detect UTF-16 or UTF-32 in a body by its byte order mark or its zero bytes; return None for other encodings."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return WideCoding(name, mark)
    name = json.detect_encoding(data)
    return WideCoding(name) if name in _CODINGS else None


def wide_spellings(secrets: Iterable[str]) -> re.Pattern[bytes]:
    """Return a pattern that finds the secrets in UTF-16 and UTF-32, anywhere in binary data."""
    coded = [re.escape(secret.encode(name, "surrogatepass")) for name in _CODINGS for secret in secrets]
    return re.compile(b"|".join(coded) or _NEVER)

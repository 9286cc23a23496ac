"""Every form in which a secret may appear: literal, escaped, hexadecimal or base64, complete or truncated."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

REDACTED = "[redacted]"
SECOND_KEY = "[redacted: key of another account]"
"""Replaces the second API key of a run in headers, so that a reader sees which key a request had."""

_MIN_BASE64 = 6  # fewer certain characters would be found by chance
_MIN_CUT = 4  # characters of a secret that is cut off; fewer tell nothing, and would be found by chance
_HTML_NAMES = {"&": ("&amp;",), "<": ("&lt;",), ">": ("&gt;",), '"': ("&quot;",), "'": ("&apos;",)}
_NEVER = r"(?!)"  # found nowhere
_BACKSLASHED = '/"\\'
# A space is a plus in a form. base64 has two alphabets; for a secret itself the other spelling does no harm.
_ALPHABETS = {" ": "+", "+": "-", "-": "+", "/": "_", "_": "/"}
_LONGEST_ESCAPE = (
    28  # characters of the longest spelling of one character: two escapes of six letters, backslashes before
)
_HALF_ESCAPE = re.compile(r"(?:\\{1,8}(?:u[0-9a-fA-F]{0,3})?|%[0-9a-fA-F]?|&#?x?[0-9a-fA-F]{0,10})?\Z")


@dataclass(frozen=True, slots=True)
class Spellings:
    """All forms in which each secret may appear, the longest secret first.

    `hint` matches a text that may contain a secret: a text with an unescaped secret, or with the start of an escape
    sequence. Testing `hint` first is several times faster than searching every text with `all`, because most texts do
    not match `hint`. `forms` has the characters of each form of a secret, and the number of characters that must match
    for a truncated secret to be recognised.
    """

    all: re.Pattern[str]
    hint: re.Pattern[str]
    forms: tuple[tuple[int, tuple[str, ...]], ...]

    @classmethod
    def of(cls, secrets: list[str]) -> Spellings:
        """Return the forms in which the given secrets may appear."""
        forms: list[tuple[int, tuple[str, ...]]] = []
        hints = [r"\\[uU]", "%", "&"]
        for secret in secrets:
            raw = secret.encode("utf-8", "surrogatepass")
            cores = [secret, *_base64_cores(raw)]
            digits = tuple(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in raw.hex())
            forms.append((_MIN_CUT, tuple(map(_any_escape, secret))))
            forms.append((2 * _MIN_CUT, digits))
            forms += ((_MIN_BASE64, tuple(map(_any_escape, core))) for core in cores[1:])
            hints += ["".join(digits), *("".join(map(_other_alphabet, core)) for core in cores)]
            hints += (rf"\\{re.escape(char)}" for char in _BACKSLASHED if any(char in core for core in cores))
        spellings = "|".join("".join(form) for _, form in forms)
        return cls(re.compile(spellings or _NEVER), re.compile("|".join(hints)), tuple(forms))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the positions of the secrets in `text`, in order and without overlap."""
        return [match.span() for match in self.all.finditer(text)] if self.hint.search(text) else []

    def taken_out(self, text: str, *, cut: bool = False) -> str:
        """Return `text` without the secrets in it.

        If `cut` is true, a truncated secret at the end of the text is removed too.
        """
        text = self.all.sub(REDACTED, text) if self.hint.search(text) else text
        at = self.cut_off(text) if cut else len(text)
        return text if at == len(text) else text[:at] + REDACTED

    def cut_off(self, text: str) -> int:
        """Return the position of a truncated secret at the end of the text, or the length of the text if there is none."""
        found = len(text)
        for least, form in self.forms:
            atoms = [re.compile(atom) for atom in form]
            for first in atoms[0].finditer(text, max(0, len(text) - _LONGEST_ESCAPE * len(form))):
                if first.start() >= found:
                    break
                at, count = first.end(), 1
                while count < len(atoms) and (next_one := atoms[count].match(text, at)):
                    at, count = next_one.end(), count + 1
                if min(least, len(atoms) - 1) <= count < len(atoms) and _HALF_ESCAPE.match(text, at):
                    found = first.start()
                    break
        return found


def _base64_cores(raw: bytes) -> Iterable[str]:
    """Return the characters that base64 of any text containing `raw` must contain, for the three alignments."""
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + raw).decode()
        first = (0, 2, 3)[offset]  # characters that depend on what comes before
        core = coded[first : (offset + len(raw)) * 8 // 6]
        if len(core) >= _MIN_BASE64:
            yield core


def _other_alphabet(char: str) -> str:
    """Return an expression for one character without an escape."""
    return f"[{re.escape(char)}{re.escape(_ALPHABETS[char])}]" if char in _ALPHABETS else re.escape(char)


def _any_escape(char: str) -> str:
    """Return an expression for one character, literal or with any escape that may occur.

    Repetitions are bounded, so that a hostile body cannot make the search quadratic.
    """
    code = ord(char)
    units = char.encode("utf-16-be", "surrogatepass").hex()
    spellings = [
        rf"\\{{1,8}}u{units[:4]}" if len(units) == 4 else rf"\\{{1,8}}u{units[:4]}\\{{1,8}}u{units[4:]}",
        "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass")),
        rf"&#0{{0,8}}{code};",
        rf"&#x0{{0,8}}{code:x};",
    ]
    spellings = [f"(?i:{spelling})" for spelling in spellings]
    spellings += map(re.escape, _HTML_NAMES.get(char, ()))
    if char in _BACKSLASHED:
        spellings.append(rf"\\{{1,8}}{re.escape(char)}")
    if char in _ALPHABETS:
        spellings.append(re.escape(_ALPHABETS[char]))
    # Escapes first: a `%` is the beginning of its own.
    return f"(?:{'|'.join(spellings)}|{re.escape(char)})"

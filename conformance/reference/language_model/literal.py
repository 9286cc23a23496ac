"""Detects two kinds of instruction in a prompt: `say exactly "X"`, and `reply with just the number`."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    r"^[\s:\uff1a]*(?:\"([^\"]+)\"|'([^']+)'|`([^`]+)`|\u201c([^\u201d]+)\u201d|\u00ab([^\u00bb]+)\u00bb"
    r"|\u300c([^\u300d]+)\u300d|\u300e([^\u300f]+)\u300f|\u300a([^\u300b]+)\u300b|\u201e([^\u201c]+)\u201c)"
)
_EXACT = re.compile(
    r"\b(?:repeat|echo|say|reply|respond|answer|write|output|print|return)\b"
    r"(?:\s+(?:back|after me|only|exactly|just|simply|with|the|following|this|single|exact|literal|word|words|text|phrase|"
    r"sentence|string|line|letter|number|emoji|characters?|message|verbatim|to me|and nothing else|using|of))*"
    r"\s*:?\s+(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = re.compile(
    r"(?:[\s,;.]+(?:and|but|with|without)?\s*(?:nothing else|nothing more|no other|only that|no punctuation|no explanation|"
    r"do not add|don't add|exactly|verbatim)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_VAGUE = re.compile(r"^(?:something|anything|a|an|some|about|me|your|in|as|to|if|when|how|what|why|the following|for|one|two|three|my"
                    r"|based|it|by|from|yes or no|any|no more|\d+ )\b", re.IGNORECASE)  # fmt: skip
_BARE = re.compile(
    r"(?:\bthen\s+)?\b(?:reply|respond|answer|return|output|say|print|give(?: me)?)\b\s+(?:with\s+|using\s+)?(?:just|only)\s+(?:with\s+)?"
    r"the\s+(?P<noun>number|value|result|integer|digits|sum|total|code|temperature|name|city|capital|country|word)"
    r"(?=\s*(?:[.,;!]|$|\band nothing\b|\bplease\b))(?:,?\s*(?:and\s+)?nothing else)?[.,;!\s]*",
    re.IGNORECASE,
)  # fmt: skip
_NAMES = frozenset({"name", "city", "capital", "country", "word"})


def literal(raw: str) -> str:
    """Return the dictated text at the beginning of `raw`: X for the text `"X" and nothing else`.

    If the dictated text has no quotation marks, the text up to the end of the sentence is returned.
    """
    quoted = _QUOTED.match(raw)
    if quoted:
        return next(group for group in quoted.groups() if group)
    raw = raw.strip().splitlines()[0] if raw.strip() else ""
    raw = _TAIL.sub("", raw.strip())
    return re.split(r"(?<=[.!?])\s+[A-Z]", raw)[0].strip().removesuffix(".").strip("\"'` ")


def dictated(ask: str) -> str | None:
    """Return the text that the prompt tells the model to repeat word for word, or None."""
    found = _EXACT.search(ask)
    if not found or _VAGUE.match(found["what"].strip()):
        return None
    return literal(found["what"]) or None


def bare_wish(ask: str) -> tuple[str, str] | None:
    """Remove an instruction such as `Reply with just the number` from a question.

    Return the question without the instruction, and the noun that the instruction contained, such as `number`. Return
    None if the question has no instruction about the form of the answer.
    """
    found = _BARE.search(ask)
    return ((ask[: found.start()] + ask[found.end() :]).strip(), found["noun"].lower()) if found else None


def bare(text: str, noun: str) -> str:
    """Return only the value from the sentence that answers a question: a number, or the words after `is`."""
    if noun in _NAMES:
        named = re.search(r"\bis\s+([^.]+?)\.?$", text)
        return named[1] if named else text
    number = re.search(r"-?\d+(?:\.\d+)?", text)
    return number[0] if number else text

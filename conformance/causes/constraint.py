"""Names an output constraint that was not enforced, by its kind (such as JSON schema) and the violated keyword."""

from __future__ import annotations

import json
import re

_TYPED = re.compile(r"\b(regex|choice|grammar|json-object)\b")

COMBINING = frozenset({"any-of", "one-of", "all-of", "null-union", "prefix-items", "recursion", "ref"})
"""Keywords that apply other schemas: if one of them is not enforced, a value may have the wrong type."""

KEYWORDS = {
    "not of type": "types",
    "is not one of": "enum",
    "was expected": "const",
    "Additional properties": "additional-properties",
    "required property": "required",
    "does not match": "pattern",
    "than or equal to the m": "exclusive-bounds",
    "the maximum of": "bounds",
    "the minimum of": "bounds",
    "more than": "max-items",
    "less than": "min-items",
    "not a multiple of": "multiple-of",
    "is longer than": "max-length",
    "is shorter than": "min-length",
    "non-unique": "unique-items",
    "'anyOf' keyword": "any-of",
    "'oneOf' keyword": "one-of",
    "not JSON": "enforced",
}
"""The validator's message for each violated JSON Schema keyword, by the name in requirements.

The first words that a message contains count: "less than the minimum of 5" is about bounds, "less than 5 items" is not.
"""


def is_object(shown: str) -> bool:
    """Return whether a text in a finding begins with a JSON object, encoded as a string."""
    try:
        text, _ = json.JSONDecoder().raw_decode(shown)
        return isinstance(json.loads(text), dict)
    except (TypeError, ValueError, RecursionError):
        return False


def constraint_of(requirement: str, observed: str = "") -> str:
    """Return a name for the output constraint that was not enforced, such as `json.pattern` or `regex.anchors`."""
    typed = _TYPED.search(requirement)
    kind = typed[1] if typed else "json"
    last = requirement.rpartition(".")[2]
    wanted = kind == "json" and last != "enforced"
    broken = next((name for words, name in KEYWORDS.items() if words in observed), "") if wanted else ""
    if broken == "types" and last in COMBINING:
        broken = last
    if broken:
        return f"{kind}.{broken}"
    return f"{kind}.{'enforced' if last in ('text-format', 'strict', kind) else last}"

"""Decides whether an error response names the faulty field: in `param`, in the error message, or elsewhere in the body.

OpenAI's errors name the field in `param` (`messages[0].role`), or in the message if `param` is null ("you must provide
a model parameter"). The name of any property on the path to the fault is enough, in any spelling: `messages` is enough
for `messages[0].role`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from conformance.checks.generated.fault import Fault
from conformance.wire import Exchange, parse_json

# An engine's own name for a parameter ends as OpenAI's does (`max_new_tokens`, `logprobs` of `top_logprobs`).
_TELLING = 6
_LONGEST = 20_000  # characters of an error that are read


def points(exchange: Exchange, fault: Fault) -> bool:
    """Return whether the error response names a property on the path to the fault.

    The name of the property must be in a value of the response; the response's own keys are ignored.
    """
    said = "\n".join(_said(exchange))[:_LONGEST]
    return any(pattern.search(said) for pattern in _patterns(fault.words)) or _quotes(said, fault)


def _quotes(said: str, fault: Fault) -> bool:
    """Whether a word that is none of those allowed is told as it was sent: "Invalid value: 'usr'."."""
    value: Any = fault.body
    for step in fault.pointer.split("/")[1:]:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    quoted = (f"{quote}{value}{quote}" in said for quote in "'\"`")
    return fault.keyword == "enum" and isinstance(value, str) and any(quoted)


def _patterns(words: Iterable[str]) -> Iterator[re.Pattern[str]]:
    for word in words:
        parts = [part for part in re.split(r"[_\W]+", word) if part]
        if not parts:
            continue
        last = parts[-1].removesuffix("s")
        yield _word(r"[_\W]?".join(map(re.escape, [*parts[:-1], last])))
        yield re.compile("".join(re.escape(part.capitalize()) for part in [*parts[:-1], last]) + "s?(?![a-z])")
        if len(parts) > 1 and len(parts[-1]) >= _TELLING:
            yield re.compile(rf"{re.escape(parts[-1])}(?![a-z])", re.IGNORECASE)


def _word(stem: str) -> re.Pattern[str]:
    """A word in the singular or plural; `maxTokens` and `max tokens` are `max_tokens`.

    Names of types are looked for apart.
    """
    return re.compile(rf"(?<![a-z0-9]){stem}s?(?![a-z0-9])", re.IGNORECASE)


def _said(exchange: Exchange) -> Iterator[str]:
    """Every text in the body, and the places that lists of names and numbers give (`loc`); the body itself if no JSON."""
    try:
        data = parse_json(exchange.body)
    except ValueError:
        yield exchange.text
        return
    yield from _texts(data)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)

"""From a sighting to its symptom: one function, by status, place and parameters, so that a new check needs no entry here."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.causes.sighting import Sighting
from conformance.causes.symptom import Symptom, SymptomKind
from conformance.reply import read_error

FAMILIES = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "created_at": "created",
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "functions": "tools",
    "function_call": "tool_choice",
    "text.format": "response_format",
    "response_format.json_schema": "response_format",
    "presence_penalty": "penalties",
    "frequency_penalty": "penalties",
    "conversation_id": "conversation",
}
"""Names that operations have for the same thing, or that servers read in one place."""

GENERATED = frozenset(
    {
        "content",
        "text",
        "tool_calls",
        "arguments",
        "name",
        "completion_tokens",
        "output_tokens",
        "output",
        "choices",
        "delta",
        "message",
        "embedding",
        "logprobs",
        "token_logprobs",
        "top_logprobs",
    }
)
"""Fields that say what was generated: where one is wrong, the parameter under test was not honoured."""

_MIXED_UP = re.compile(r"isolation(?!\.ids)|no-leak|stateless|separate|resume\.other")
_CONSTRAINING = re.compile(r"response_format|text\.format|tools\.function\.strict|guided_|structured_outputs")
_TYPED = re.compile(r"\b(regex|choice|grammar|json-object)\b")
_HEADER = re.compile(r"(?!events?\b|(?:body|status)$)[a-z][a-z-]*(?: [a-z-]+)?")
_MISSING = re.compile(r'required property "([^"]+)" is missing')
_HTTP_ERROR = re.compile(r"\b[45](?:\d\d|xx)\b")
_INDEX = re.compile(r"\[[^\]]*\]|\.\d+")


def symptom_of(seen: Sighting) -> Symptom:
    """What was observed: what the check says itself, or what the first reader that knows says."""
    return next(found for reader in READERS if (found := reader(seen)) is not None)


def _said(seen: Sighting) -> Symptom | None:
    return Symptom.parse(seen.finding.cause)


def _mixed_up(seen: Sighting) -> Symptom | None:
    return Symptom(SymptomKind.MIXED_UP, "content") if _MIXED_UP.search(seen.id) else None


def _crash(seen: Sighting) -> Symptom | None:
    exchange = seen.exchange
    if exchange is None or exchange.failure is None or exchange.stopped:
        return None
    return Symptom(SymptomKind.CRASH, family(_first(seen.params) or seen.id))


def _server_error(seen: Sighting) -> Symptom | None:
    return Symptom(SymptomKind.SERVER_ERROR, family(_first(seen.params) or seen.id)) if seen.status >= 500 else None


def _refusal(seen: Sighting) -> Symptom | None:
    exchange = seen.exchange
    if exchange is None or not 400 <= seen.status < 500:
        return None
    if not seen.on_status:
        return Symptom(SymptomKind.ERROR_BODY, seen.field or "error")
    if _HTTP_ERROR.search(seen.finding.expected):
        return Symptom(SymptomKind.STATUS, _parameter(seen))
    param = read_error(exchange).param
    named = _INDEX.sub("", param) if isinstance(param, str) else ""
    return Symptom(SymptomKind.REJECTED, family(named) if named else _parameter(seen))


def _error_as_success(seen: Sighting) -> Symptom | None:
    exchange = seen.exchange
    if exchange is None or not seen.status or exchange.is_sse or read_error(exchange).envelope != "openai":
        return None
    return Symptom(SymptomKind.ERROR_AS_SUCCESS, "error")


def _accepted(seen: Sighting) -> Symptom | None:
    return Symptom(SymptomKind.ACCEPTED, _parameter(seen)) if seen.on_status else None


def _constraint(seen: Sighting) -> Symptom | None:
    if not (seen.feature and any(_CONSTRAINING.match(param) for param in seen.feature.params)):
        return None
    return Symptom(SymptomKind.CONSTRAINT, constraint_of(seen.id, seen.finding.observed))


def _header(seen: Sighting) -> Symptom | None:
    where = seen.finding.where
    return Symptom(SymptomKind.HEADER, where.split()[-1]) if _HEADER.fullmatch(where) else None


def _field(seen: Sighting) -> Symptom:
    missing = _MISSING.search(seen.finding.observed)
    field = missing[1] if missing else seen.field
    if field and field not in GENERATED:
        return Symptom(SymptomKind.FIELD, family(field))
    if seen.params:
        return Symptom(SymptomKind.IGNORED, family(seen.params[0]))
    return Symptom(SymptomKind.FIELD, family(_first(seen.named) or seen.id))


Reader = Callable[[Sighting], Symptom | None]
"""Of a sighting: the symptom that it shows, or None where the reader does not know."""

READERS: tuple[Reader, ...] = (
    _said,
    _mixed_up,
    _header,
    _crash,
    _server_error,
    _refusal,
    _error_as_success,
    _accepted,
    _constraint,
    _field,
)
"""Past a header, which any response has, the earlier know more of the exchange: one that failed as a whole says the most."""


def _parameter(seen: Sighting) -> str:
    return family(_first(seen.params) or _first(seen.named) or seen.id)


KEYWORDS = {
    "not of type": "types",
    "is not one of": "enum",
    "was expected": "const",
    "Additional properties": "additional-properties",
    "required property": "required",
    "more than": "max-items",
    "less than": "min-items",
    "does not match": "pattern",
    "than or equal to the m": "exclusive-bounds",
    "the maximum of": "bounds",
    "the minimum of": "bounds",
    "not a multiple of": "multiple-of",
    "is longer than": "max-length",
    "is shorter than": "min-length",
    "non-unique": "unique-items",
    "'anyOf' keyword": "any-of",
    "'oneOf' keyword": "one-of",
    "not JSON": "enforced",
}
"""What the validator says of each keyword of JSON Schema that is not kept, by the name that requirements have for it."""


def constraint_of(requirement: str, observed: str = "") -> str:
    """What kind of constraint was not enforced, and which keyword of it: `json.pattern`, `regex.anchors`, `json.enforced`."""
    typed = _TYPED.search(requirement)
    kind = typed[1] if typed else "json"
    broken = next((name for words, name in KEYWORDS.items() if words in observed), "") if kind == "json" else ""
    if broken:
        return f"{kind}.{broken}"
    last = requirement.rpartition(".")[2]
    return f"{kind}.{'enforced' if last in ('text-format', 'strict', kind) else last}"


def family(name: str) -> str:
    """The one name for what several operations call differently."""
    return FAMILIES.get(name, name)


def _first(names: tuple[str, ...]) -> str:
    return names[0] if names else ""

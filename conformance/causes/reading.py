"""Derives the symptom of a finding from its status, location and parameters.

A new check needs no change in this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.causes.constraint import constraint_of, is_object
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
    "allowed_tools": "tool_choice",
    "tool_choice.allowed_tools": "tool_choice",
    "function_call": "tool_choice",
    "input_items": "input",
    "text.format": "response_format",
    "response_format.json_schema": "response_format",
    "presence_penalty": "penalties",
    "frequency_penalty": "penalties",
    "conversation_id": "conversation",
    "stream_options.include_usage": "stream_options",
    "include_usage": "stream_options",
}
"""Different names for the same parameter, and parameters that servers read in one place."""

GENERATED = frozenset(
    {
        "content",
        "text",
        "data",
        "tool_calls",
        "function_call",
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
"""Fields with the generated output: if one is wrong, the parameter under test was not honoured."""

COUNTS = ("prompt_tokens", "input_tokens")
"""Token counts, which show how much of the request reached the model; requirements on usage name them."""

PROMPTS = {"chat.messages.": "messages", "chat.history.": "messages", "responses.input.": "input"}
NEUTRAL = frozenset({"", "content", "text", "output", "choices", "delta", "message", "data"})
"""Fields with the whole output, whose location says nothing about the fault."""

COMMON = frozenset({"id", "name", "type", "index", "object", "role"})
HOLDERS = frozenset({"tool_calls", "function", "item", "part", "logprobs", "error", "tools"})

_MIXED_UP = re.compile(r"isolation(?!\.ids)|no-leak|stateless|separate|resume\.other")
_CONSTRAINING = re.compile(r"response_format|text\.format|tools\.function\.strict|guided_|structured_outputs")
_HEADER = re.compile(r"(?!events?\b|(?:body|status)$)[a-z][a-z-]*(?: [a-z-]+)?")
_MISSING = re.compile(r'required property "([^"]+)" is missing')
_HTTP_ERROR = re.compile(r"\b[45](?:\d\d|xx)\b")
_EVENT = re.compile(
    r"(response\.[a-z_.]+)(?: \(or .*\))?(?: for \w+ \d+)? (?:first|second)$|(response\.completed), .* at the end$"
)
_ERROR_EVENT = re.compile(r'\{"type": ?"error"')
_INDICES = re.compile(r"choices with index [\d, and]+")
_WITH_STATUS = re.compile(r"(4\d\d) with ")
_INDEX = re.compile(r"\[[^\]]*\]|\.\d+")


def symptom_of(seen: Sighting) -> Symptom:
    """Return the symptom of a finding.

    The functions in `READERS` are tried in order, and the first symptom that a function finds is returned. If the check
    named a symptom, the first function in `READERS` returns this symptom.
    """
    return next(found for reader in READERS if (found := reader(seen)) is not None)


def _said(seen: Sighting) -> Symptom | None:
    return Symptom.parse(seen.finding.cause)


def _mixed_up(seen: Sighting) -> Symptom | None:
    if not _MIXED_UP.search(seen.id):
        return None
    return Symptom(SymptomKind.MIXED_UP, family(seen.field) if seen.field not in NEUTRAL else "content")


def _crash(seen: Sighting) -> Symptom | None:
    exchange = seen.exchange
    if exchange is None or exchange.failure is None or exchange.stopped:
        return None
    subject = "socket" if exchange.request.on_socket else _first(seen.params) or seen.id
    return Symptom(SymptomKind.CRASH, family(subject))


def _server_error(seen: Sighting) -> Symptom | None:
    if seen.exchange is None or seen.status < 500:
        return None
    faulty = seen.expects_rejection or read_error(seen.exchange).type == "invalid_request_error"
    kind = SymptomKind.FAULT_AS_SERVER_ERROR if faulty else SymptomKind.SERVER_ERROR
    return Symptom(kind, family(_first(seen.params) or seen.id))


def _refusal(seen: Sighting) -> Symptom | None:
    exchange = seen.exchange
    if exchange is not None and exchange.request.on_socket and seen.steps[:1] == ("error",):
        return Symptom(SymptomKind.ERROR_BODY, seen.field)
    if exchange is None or not 400 <= seen.status < 500:
        return None
    with_status = _WITH_STATUS.match(seen.finding.expected)
    if with_status and seen.finding.observed[:3] != with_status[1]:
        return Symptom(SymptomKind.STATUS, _parameter(seen))
    if not seen.on_status:
        return Symptom(SymptomKind.ERROR_BODY, seen.field or "error")
    if _HTTP_ERROR.search(seen.finding.expected):
        return Symptom(SymptomKind.STATUS, _parameter(seen))
    param = read_error(exchange).param
    named = _INDEX.sub("", param) if isinstance(param, str) else ""
    return Symptom(SymptomKind.REJECTED, family(named) if named else _parameter(seen))


def _error_as_success(seen: Sighting) -> Symptom | None:
    exchange = seen.exchange
    if exchange is None or not seen.status:
        return None
    if exchange.is_sse:
        error = any(event.data.startswith('{"error"') for event in exchange.events[:1])
    else:
        error = read_error(exchange).envelope == "openai"
    return Symptom(SymptomKind.ERROR_AS_SUCCESS, "error") if error else None


def _accepted(seen: Sighting) -> Symptom | None:
    socket = seen.exchange is not None and seen.exchange.request.on_socket and seen.expects_rejection
    accepted = seen.on_status or socket or _first(seen.params) == "Authorization"
    return Symptom(SymptomKind.ACCEPTED, _parameter(seen)) if accepted else None


def is_constrained(seen: Sighting) -> bool:
    """Return whether the requirement is about output that must satisfy a schema, pattern or list of choices."""
    return seen.feature is not None and any(_CONSTRAINING.match(param) for param in seen.feature.params)


def _constraint(seen: Sighting) -> Symptom | None:
    if seen.field and seen.field not in GENERATED | {"arguments"}:
        return None
    if not is_constrained(seen):
        return None
    if seen.params and not any(_CONSTRAINING.match(name) or name == "strict" for name in seen.params[:1]):
        return None
    if seen.field == "arguments" and not is_object(seen.finding.observed):
        return None
    return Symptom(SymptomKind.CONSTRAINT, constraint_of(seen.id, seen.finding.observed))


def _header(seen: Sighting) -> Symptom | None:
    where = seen.finding.where
    return Symptom(SymptomKind.HEADER, where.split()[-1]) if _HEADER.fullmatch(where) else None


def _lost_input(seen: Sighting) -> Symptom | None:
    """Return the input or the option that was not used, shown by prompt tokens, a status or an answer without it."""
    field = _field_of(seen)
    if field in COUNTS and field not in seen.named and "usage" not in seen.id:
        before = next(filter(seen.asked, ("previous_response_id", "conversation")), "")
        return Symptom(SymptomKind.IGNORED, _prompt(seen) or before or family(_first(seen.params) or "messages"))
    if field == "status" and "background" in seen.params:
        return Symptom(SymptomKind.IGNORED, "background")
    prompt = _prompt(seen) if field in NEUTRAL and not seen.params else ""
    return Symptom(SymptomKind.IGNORED, prompt) if prompt else None


def _listed(seen: Sighting) -> Symptom | None:
    if seen.field not in NEUTRAL or missing_member(seen.finding.observed):
        return None
    return Symptom(SymptomKind.STATE, family(seen.collection)) if seen.collection else None


def _event(seen: Sighting) -> Symptom | None:
    """Return the event that is missing in a stream, out of order, or an error."""
    if seen.streamed and _ERROR_EVENT.match(seen.finding.observed):
        return Symptom(SymptomKind.STREAM, "error")
    if seen.id.endswith(("stream.equals-json", "stream-equals-json")):
        return Symptom(SymptomKind.STREAM, "calls" if seen.field == "tool_calls" else "text")
    event = _EVENT.match(seen.finding.expected) if seen.streamed else None
    return Symptom(SymptomKind.STREAM, event[1] or event[2]) if event else None


def _field(seen: Sighting) -> Symptom | None:
    field = _field_of(seen)
    if field == "output" and not seen.params:
        return Symptom(SymptomKind.FIELD, field)
    if _repeated(seen) or (field in seen.fields and seen.finding.observed == '""'):
        return Symptom(SymptomKind.FIELD, family(field))
    if field == "choices" and _numbered(seen):
        return Symptom(SymptomKind.FIELD, "index")
    if not seen.steps and missing_member(seen.finding.observed):
        return Symptom(SymptomKind.FIELD, family(field))
    counted = field.endswith("_tokens") and field in seen.named
    counted = counted or any(name.endswith(f".{field}") for name in seen.named if field)
    if counted or (field and (field not in GENERATED or (not seen.params and field not in NEUTRAL))):
        return Symptom(SymptomKind.FIELD, _in_context(field, seen.steps))
    return Symptom(SymptomKind.FIELD, family(seen.fields[0])) if not field and seen.fields else None


def _numbered(seen: Sighting) -> bool:
    """Return whether as many choices were observed as expected, so that only their `index` is wrong."""
    expected = _INDICES.match(seen.finding.expected)
    observed = seen.finding.observed.strip("[]").split(",")
    return expected is not None and len(observed) == len(re.findall(r"\d+", expected[0])) > 1


def _repeated(seen: Sighting) -> bool:
    """Return whether the finding is about the parameter that a response object repeats from its request."""
    return seen.steps in ((seen.field,), ("response", seen.field)) and seen.asked(seen.field)


def _ignored(seen: Sighting) -> Symptom | None:
    if not seen.params:
        return None
    reshaped = seen.field == seen.params[0] and seen.finding.observed.startswith('{"')
    return Symptom(SymptomKind.FIELD if reshaped else SymptomKind.IGNORED, family(seen.params[0]))


def _unknown(seen: Sighting) -> Symptom:
    member = missing_member(seen.finding.observed) or (seen.field if seen.mistyped else "")
    return Symptom(SymptomKind.FIELD, family(member or _first(seen.named) or seen.id))


def _field_of(seen: Sighting) -> str:
    missing = missing_member(seen.finding.observed)
    return missing if missing and (missing not in NEUTRAL or not seen.steps) else seen.field


def missing_member(observed: str) -> str:
    """Return the required member that is missing from the response; "" if the finding is about something else."""
    missing = _MISSING.search(observed)
    return missing[1] if missing else ""


def _prompt(seen: Sighting) -> str:
    """Return the parameter with the conversation, for a requirement about input that reaches the model; else ""."""
    return next((name for start, name in PROMPTS.items() if seen.id.startswith(start)), "")


def _in_context(field: str, steps: tuple[str, ...]) -> str:
    """Return a common field name together with the object that contains it."""
    around = next((step for step in reversed(steps) if step in HOLDERS and step != field), "")
    return f"{around}.{field}" if field in COMMON and around else family(field)


Reader = Callable[[Sighting], Symptom | None]
"""Returns the symptom of a sighting, or None if the reader does not recognise it."""

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
    _lost_input,
    _listed,
    _event,
    _field,
    _ignored,
    _unknown,
)
"""Ordered by how much of the exchange they explain: a reader for a failed exchange comes before one for a field."""


def _parameter(seen: Sighting) -> str:
    return family(_first(seen.params) or _first(seen.named) or seen.id)


def family(name: str) -> str:
    """Return one common name for a parameter that has other names elsewhere: `max_tokens` for `max_output_tokens`."""
    return FAMILIES.get(name, name)


def _first(names: tuple[str, ...]) -> str:
    return names[0] if names else ""

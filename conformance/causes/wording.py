"""Writes the texts of a cause: a title that names the parameter or field, and an impact and a fix that match the symptom."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.causes.reading import family, missing_member, symptom_of
from conformance.causes.sighting import Sighting
from conformance.causes.symptom import BROAD_CRASH, BROAD_SERVER_ERROR, UNCHECKED, Symptom, SymptomKind
from conformance.contract import ModelDependence

_NAMED = 3
TITLES = {
    SymptomKind.MIXED_UP: "{subject} of a response shows data of another request: expected {expected}",
    SymptomKind.CRASH: "A request with {names} gets no complete response",
    SymptomKind.SERVER_ERROR: "A request with {names} is answered {status}",
    SymptomKind.FAULT_AS_SERVER_ERROR: "A fault in {names} is answered {status} instead of 4xx",
    SymptomKind.ERROR_AS_SUCCESS: "Errors are answered {status} with an `error` body (faults in {names})",
    SymptomKind.ACCEPTED: "A fault in {names} is answered {status} instead of 4xx",
    SymptomKind.REJECTED: "A valid request with {names} is rejected with {status}",
    SymptomKind.STATUS: "A fault in {names} is answered {status}: expected {expected}",
    SymptomKind.ERROR_BODY: "{subject} is wrong or missing in error responses: expected {expected}",
    SymptomKind.IGNORED: "{names} accepted, but not honoured: expected {expected}",
    SymptomKind.CONSTRAINT: "{names} accepted, but {keyword} is not enforced",
    SymptomKind.HEADER: "The header {subject} is wrong or missing: expected {expected}",
    SymptomKind.STREAM: "The event {subject} is missing or out of order in streams: expected {expected}",
    SymptomKind.STATE: "The list of stored {subject} is wrong: expected {expected}",
    SymptomKind.FIELD: "{field} is {wrong} in {where}: expected {expected}",
}
"""The title of each kind; other kinds are worded like `SymptomKind.FIELD`."""
MISSING = "{field} is missing in {where}"
"""The title of a field that the schema requires: what is expected needs no more words."""


NOT_FOLLOWED = "The response does not follow {names}: expected {expected}"
"""The title of an unmet recommendation about a parameter: the target may honour the parameter, and the model not."""
MAPPED = "Errors are answered {status} instead of {expected} (faults in {names})"
"""The title of one wrong status for faults of many parameters."""
WHOLE = {
    "stream:error": "The stream of a valid request has an `error` event",
    "stream:text": "The streamed text is not the text of the JSON response",
    "stream:calls": "The streamed `tool_calls` are not the calls of the JSON response",
    "crash:socket": "A request on a WebSocket gets no complete response",
}
"""The titles of symptoms that need no names."""
ON_SOCKET = "A fault in {names} is accepted on a WebSocket"

_NO_OPERATION = (404, 405, 501)
"""How servers answer a request for an operation that they do not have."""

_SPELLED = {"ref": "$ref"}
"""JSON Schema keywords that are not written like the name in requirements."""

_WRONG = {"absent": "missing", "null": "missing", "None": "missing", "": "missing", '""': "empty"}
"""What is wrong with a field, by what was observed."""

UNNAMED = "Not met: {statement}"
"""The title of a violated requirement that names no parameter and no field."""

BROAD = {
    BROAD_SERVER_ERROR: "Faulty requests are answered {status} instead of 4xx (faults in {names})",
    BROAD_CRASH: "Valid requests are answered {status} (with {names})",
    UNCHECKED: "Values of the wrong type or out of range are accepted with {status} (in {names})",
}


def title_of(symptom: Symptom, seen: Sequence[Sighting]) -> str:
    """Return a sentence that describes the fault; `seen` lists the findings that show it, the best evidence first."""
    best = seen[0]
    if symptom in BROAD:
        return BROAD[symptom].format(status=best.status, names=_names(symptom, seen))
    if symptom.kind is SymptomKind.STATUS and symptom.subject.isdigit():
        return MAPPED.format(status=best.status, expected=symptom.subject, names=_names(symptom, seen))
    if str(symptom) in WHOLE:
        return WHOLE[str(symptom)]
    if symptom.kind in (SymptomKind.REJECTED, SymptomKind.SERVER_ERROR) and _without_parameters(best):
        method = best.operation.partition(" ")[0]
        return f"{_code(f'{method} {best.path}')} is answered {best.status}"
    title = TITLES.get(symptom.kind, TITLES[SymptomKind.FIELD])
    absent = missing_member(best.finding.observed)
    if title is TITLES[SymptomKind.FIELD] and absent:
        title = MISSING
    if _is_advice(symptom, best):
        title = NOT_FOLLOWED
    if symptom.kind is SymptomKind.FAULT_AS_SERVER_ERROR and not any(each.expects_rejection for each in seen):
        title = TITLES[SymptomKind.SERVER_ERROR]
    if symptom.kind is SymptomKind.ACCEPTED and best.status == 101:
        title = ON_SOCKET
    if symptom.subject == best.id and best.requirement:
        title = UNNAMED.format(
            statement=_short(best.requirement.statement, 100).rstrip(".").replace("{", "{{").replace("}", "}}")
        )
    if not best.finding.expected:
        title = title.removesuffix(": expected {expected}")
    return title.format(
        names=_names(symptom, seen),
        subject=_code(symptom.subject),
        field=_code(absent or best.field or symptom.subject),
        status=best.status,
        expected=_short(best.finding.expected),
        place=_code(best.finding.where or best.id),
        keyword=_keyword(symptom.subject),
        wrong=_WRONG.get(best.finding.observed, "wrong"),
        where=_where(symptom, seen),
    )


def _where(symptom: Symptom, seen: Sequence[Sighting]) -> str:
    """Return where the fault was seen: `responses`, `streams`, or `responses and streams`."""
    modes = {each.streamed for each in seen if symptom_of(each) == symptom} or {seen[0].streamed}
    return " and ".join(name for name, mode in (("responses", False), ("streams", True)) if mode in modes)


def _without_parameters(best: Sighting) -> bool:
    """Return whether an operation is not answered at all: its first requirement fails, and no parameter is at fault."""
    if best.feature is None or best.exchange is None or best.feature.answered not in ("", best.id):
        return False
    missing = best.status in _NO_OPERATION or not best.params
    return missing and best.exchange.request.url.partition("?")[0].endswith(best.path)


def _is_advice(symptom: Symptom, best: Sighting) -> bool:
    """Return whether nothing proves that the target ignores the parameter: only a recommendation is not met."""
    if best.fails:
        return False
    depends = best.requirement is not None and best.requirement.model is not ModelDependence.NONE
    return symptom.kind is SymptomKind.IGNORED or (symptom.kind is SymptomKind.CONSTRAINT and depends)


def _names(symptom: Symptom, seen: Sequence[Sighting]) -> str:
    """Return the faulty parameters as text: `a`, `b` and 3 more."""
    all_names = list(dict.fromkeys(name for each in seen for name in (each.params or each.named)[:1]))
    asked = [symptom.subject] if any(each.asked(symptom.subject) for each in seen) else []
    names = [name for name in all_names if family(name) == symptom.subject] or asked or all_names
    if symptom.kind is SymptomKind.CRASH or not names:
        names = [symptom.subject]
    if len(names) > _NAMED:
        return f"{', '.join(_code(name) for name in names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join(
        [", ".join(_code(name) for name in names[:-1]), _code(names[-1])] if names[1:] else [_code(names[0])]
    )


def _code(name: str) -> str:
    return f"`{name}`"


def _keyword(subject: str) -> str:
    kind, _, keyword = subject.partition(".")
    shown = {"json": "JSON"}.get(kind, kind)
    if keyword == "enforced":
        return f"the {shown} constraint"
    first, *others = keyword.split("-")
    spelled = first + "".join(map(str.title, others)) if kind == "json" else keyword
    return f"{_code(_SPELLED.get(spelled, spelled))} of the {shown} constraint"


def _short(text: str, limit: int = 60) -> str:
    line = re.sub(r"\s+", " ", text)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


_ADVICE = {
    SymptomKind.SERVER_ERROR: (
        "A request that other servers answer fails, and client libraries repeat it until they give up.",
        "Find the exception in the server's log, and answer the request; reject with 4xx what is not supported.",
    ),
    SymptomKind.FAULT_AS_SERVER_ERROR: (
        "Client libraries retry a 5xx, and monitoring counts it as an outage; the user never reads what was wrong.",
        "Answer 4xx with the error envelope: catch the exception where the request is validated.",
    ),
    SymptomKind.ERROR_AS_SUCCESS: (
        "Client libraries read a 2xx as an answer: the error is lost, or the client fails on a missing field.",
        "Send the status that belongs to the error (400, 401, 404, …) with the error body.",
    ),
    SymptomKind.CRASH: (
        "The client gets no answer at all and repeats the request.",
        "Answer every request, a faulty one with 4xx; keep the worker alive after an exception.",
    ),
}


BROAD_ADVICE = {
    str(UNCHECKED): (
        "A client with a mistake gets output that was generated with another value than the one it sent.",
        "Validate each parameter against its type and range before generating, and answer 400 with its name in `param`.",
    ),
    "mapped": (
        "Client libraries raise the exception of another error, and handlers for the right one never run.",
        "Map the errors to the statuses that OpenAI documents, in the one place where error responses are made.",
    ),
    "stream:error": (
        "Client libraries raise an exception in the middle of the answer.",
        "Find the exception in the server's log; send an `error` event only if generation really failed, and nothing after it.",
    ),
}
"""Impact and fix of faults that are wider than their leading requirement."""


def advice_of(symptom: Symptom, seen: Sequence[Sighting]) -> tuple[str, str]:
    """Return the impact and the fix of a fault; `seen` lists the findings that show it, the best evidence first.

    If there are no texts for the symptom, the function returns the impact and fix of the cause's first requirement. If
    a field is wrong both in whole responses and in streams, the text also has the fix for streams.
    """
    mapped = symptom.kind is SymptomKind.STATUS and symptom.subject.isdigit()
    general = BROAD_ADVICE.get("mapped" if mapped else str(symptom)) or _ADVICE.get(symptom.kind)
    if general is not None:
        return general
    own = seen[0].requirement
    impact, fix = (own.impact, own.fix) if own else ("", "")
    alike = (each for each in seen if symptom.kind is SymptomKind.FIELD and symptom_of(each) == symptom)
    streamed = next((each for each in alike if _on_streams(each) and not seen[0].streamed), None)
    also = streamed.requirement.fix if streamed and streamed.requirement else ""
    return impact, f"{fix} {also}".strip() if also not in fix else fix


def _on_streams(seen: Sighting) -> bool:
    """Return whether a finding is of a stream and violates a requirement about streams only."""
    return seen.streamed and bool(re.search(r"\bstream", seen.id))

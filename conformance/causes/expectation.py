"""Generates the Python expression with which a script tests whether a response has what a finding expected.

The suite writes an expression only for an expectation that it understands completely. For an expectation without an
expression, a script cannot say that the fault is gone: a value other than the faulty one may be wrong, too.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from typing import Any

from conformance.causes.predicate import at, data_of, expects_sum, place_of, written, written_key
from conformance.causes.symptom import SymptomKind
from conformance.verdict import Finding
from conformance.wire import Exchange

_STATUS = re.compile(r"(\d{3})(?:,? or (\d{3}))?(?:$| \(|, because| without | for | from |, as without )")
_NAMES = re.compile(r"a 4xx that names (.+)")
_ANY_REJECTION = re.compile(
    r"(?:a )?(?:plain )?4xx(?: without a key|, because .*)?|4\d\d, (?:or )?another 4xx(?:, or 4\d\d)?"
)
_BELOW = re.compile(r"a status below (\d{3})")
_ACCEPTED = re.compile(r"(?!.*, or ).* accepted(?:, because .*| under the same id)?|an answer to \{.*", re.DOTALL)
_BOUND = re.compile(
    r"(at most|at least|fewer than|more than|below|above) (\d+)(?: (?:output |completion )?tokens)?(?:, because .*)?"
)
_SIGN = {"at most": "<=", "at least": ">=", "fewer than": "<", "more than": ">", "below": "<", "above": ">"}
_REQUESTED = re.compile(r"(.+), as in the request")
_WORD = r"[a-z][\w.]*"
_CHOICE = re.compile(rf"(?:one of )?({_WORD}(?:, {_WORD})*(?: or {_WORD})?)")
_ENUMERATED = frozenset({"code", "finish_reason", "object", "reason", "role", "service_tier", "status", "type"})
_INDEX = re.compile(r"an index from 0 to (\d+)")
_WITHOUT = re.compile(r"text without ('.*')")
_MATCHES = re.compile(r"text that (.+) matches in full")
_ONE_OF = re.compile(r"exactly one of (\[.*\])")
_CALLS = re.compile(r"(?:only calls|a call) to (\w+)")
_JSON_OBJECT = re.compile(r"a JSON object(?: and nothing else| encoded as a string|, \{\})?")
_REJECTED = "400 <= status < 500 and status not in (401, 403, 429)"
"""A faulty request was rejected for its fault: not for a missing key, and not because the target is busy."""
_FIXED = {
    "a non-empty string": "isinstance(value := {value}, str) and value != ''",
    "a non-negative integer": "type(value := {value}) is int and value >= 0",
    "an empty text": "{value} == ''",
    "true": "{value} is True",
}
"""Expectations without a value of this run; `{value}` is the expression for the value in the response."""


def holds_of(kind: SymptomKind, finding: Finding, exchange: Exchange) -> str:
    """Return a Python expression that is true if a response has what the finding expected.

    The expression uses the variables `status`, `headers`, `text` and `body` of a response. Returns "" if a single
    response cannot prove that the requirement is met.
    """
    if "…" in finding.expected and not finding.expected.startswith("an answer to "):
        return ""
    if finding.where == "status" or kind in (SymptomKind.SERVER_ERROR, SymptomKind.FAULT_AS_SERVER_ERROR):
        return _of_status(finding.expected) if finding.where == "status" else ""
    if kind is SymptomKind.HEADER:
        typed = finding.where == "content-type" and finding.expected == "text/event-stream"
        return f"status == {exchange.status} and headers.get_content_type() == 'text/event-stream'" if typed else ""
    place = place_of(finding, exchange)
    if place is None:
        return ""
    pointer, number = place
    found = (
        _of_stream(finding, exchange, pointer, number) if number is not None else _of_body(finding, exchange, pointer)
    )
    return f"status == {exchange.status} and {found}" if found else ""


def _of_status(expected: str) -> str:
    if _ANY_REJECTION.fullmatch(expected):
        return _REJECTED
    if named := _NAMES.fullmatch(expected):
        return f"{_REJECTED} and named(text, {named[1].split(' or ')!r})"
    if below := _BELOW.fullmatch(expected):
        return f"status < {below[1]}"
    if exact := _STATUS.match(expected):
        return f"status in {tuple(int(each) for each in exact.groups() if each)!r}"
    return "200 <= status < 300 and not failed(text)" if _ACCEPTED.fullmatch(expected) else ""


def _of_body(finding: Finding, exchange: Exchange, pointer: str) -> str:
    recorded = data_of(exchange.text)
    if not pointer or not isinstance(recorded, dict | list):
        return ""
    if expects_sum(finding):
        return "adds_up([body])"
    found = _of_value(finding.expected, pointer, at(recorded, pointer))
    return found.replace("{value}", f"at(body, {pointer!r})")


def _of_stream(finding: Finding, exchange: Exchange, pointer: str, number: int) -> str:
    data = [data_of(event.data) for event in exchange.events]
    if finding.expected == "data: [DONE] once, as the last event":
        return "events(text).count('[DONE]') == 1 and events(text)[-1] == '[DONE]'"
    if expects_sum(finding):
        return "adds_up(events(text))"
    if pointer and number < 0:
        key = written_key(pointer, data)
        return _of_value(finding.expected, pointer, written(data, key)).replace("{value}", f"written(text, {key!r})")
    if not pointer or number >= len(data) or not isinstance(data[number], dict):
        return ""
    found = _of_value(finding.expected, pointer, at(data[number], pointer))
    alike = f"isinstance(e, dict) and e.get('type') == {data[number].get('type')!r}"
    if "/choices/" in pointer:
        alike += " and e.get('choices')"
    values = f"[at(e, {pointer!r}) for e in events(text) if {alike}]"
    every = found.replace("{value}", "each")
    return f"bool(seen := {values}) and all({every} for each in seen)" if found else ""


def _of_value(expected: str, pointer: str, recorded: Any) -> str:
    """Return the test of a value; `{value}` in the result is the place of the value in the response."""
    if expected in _FIXED:
        return _FIXED[expected]
    for pattern, write in _PATTERNS:
        if matched := pattern.fullmatch(expected):
            return write(matched, pointer, recorded)
    return ""


def _bounded(found: re.Match[str], _: str, recorded: Any) -> str:
    """The number is within the limit; 0 tokens are no proof of a limit, because a count may be missing."""
    if not isinstance(recorded, int) or isinstance(recorded, bool):
        return ""
    least = "0 < " if _SIGN[found[1]] in ("<", "<=") and found[2] != "0" else ""
    return f"type(value := {{value}}) is int and {least}value {_SIGN[found[1]]} {found[2]}"


def _requested(found: re.Match[str], _: str, __: Any) -> str:
    for read in (ast.literal_eval, json.loads):
        try:
            return f"{{value}} == {read(found[1])!r}"
        except (ValueError, SyntaxError):
            continue
    return ""


def _chosen(found: re.Match[str], pointer: str, _: Any) -> str:
    if pointer.rpartition("/")[2] not in _ENUMERATED:
        return ""
    return f"{{value}} in {re.split(', | or ', found[1])!r}"


def _without(found: re.Match[str], _: str, recorded: Any) -> str:
    """The text ends where the recorded text has the stop sequence: any other text proves nothing about the sequence."""
    stop = ast.literal_eval(found[1])
    if not isinstance(recorded, str) or stop not in recorded:
        return ""
    return f"isinstance(value := {{value}}, str) and value.rstrip() == {recorded.partition(stop)[0].rstrip()!r}"


def _one_of(found: re.Match[str], _: str, __: Any) -> str:
    try:
        return f"{{value}} in {json.loads(found[1])!r}"
    except ValueError:
        return ""


def _calls(found: re.Match[str], pointer: str, _: Any) -> str:
    if not pointer.endswith("/tool_calls"):
        return ""
    return f"bool(calls := {{value}}) and all(at(each, '/function/name') == {found[1]!r} for each in calls)"


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str, Any], str]], ...] = (
    (_BOUND, _bounded),
    (_REQUESTED, _requested),
    (_INDEX, lambda found, _, __: f"{{value}} in range({int(found[1]) + 1})"),
    (_WITHOUT, _without),
    (_MATCHES, lambda found, _, __: f"isinstance(value := {{value}}, str) and bool(re.fullmatch({found[1]!r}, value))"),
    (_ONE_OF, _one_of),
    (_CALLS, _calls),
    (_JSON_OBJECT, lambda _, __, ___: "isinstance(value := {value}, str) and isinstance(json.loads(value), dict)"),
    (_CHOICE, _chosen),
)

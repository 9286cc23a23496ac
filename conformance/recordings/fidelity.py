"""Detects which details of an exchange a recording has lost.

Each rule detects one way in which a recording program or a user loses details of an exchange.

A rule that detects lost details reads only the recorded exchange, never the name or the origin of the recording.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from conformance.recordings.recorded import Recorded
from conformance.wire import Fact


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that detects a lost detail of a recorded exchange: the detail, the reason, and the condition to test."""

    name: str
    fact: Fact
    reason: str
    applies: Callable[[Recorded], bool]


_ID = re.compile(rb'id"\s*:\s*"([^"]{1,120})"')
# A name where an id was: <ID>, [FILTERED], req_REDACTED, XXXX, 0N000.
_PLACEHOLDER = re.compile(rb"<[^<>]+>|\[[^\[\]]+\]|\*{3,}|.*(?:REDACTED|FILTERED|SCRUBBED|XXX|0N000).*", re.DOTALL)
_TIME = re.compile(rb'"(?:created|created_at|completed_at)"\s*:\s*("[^"]{0,60}"|\d+)')
# What scrubbers write for a time, so that a recording is the same each time it is made.
_NO_TIME = (b"0", b"1", b"123", b"1234", b"123456789", b"1234567890")
# A value that says it stands for another; in <…> or […] alone a model may have written it.
_SCRUBBED = re.compile(rb':\s*"[<\[*{_]*(?:REDACTED|FILTERED|SCRUBBED|MASKED|\*{5,})[>\]*}_]*"')
_CUT_MARKS = (b'...[truncated]"', b'<truncated>"', b'[TRUNCATED]"')
_CUT_ELLIPSIS = '…cut"'.encode()
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})

RULES: tuple[Rule, ...] = (
    Rule(
        "request-not-kept",
        Fact.REQUEST,
        "the recording lacks the body of a request that must have had one, so the request is unknown",
        lambda it: it.request_body is None and it.method.upper() not in _BODILESS,
    ),
    Rule(
        "request-cut",
        Fact.REQUEST,
        "a JSON request without its closing brace was truncated, because an API would have rejected it",
        lambda it: _begins_json(it.request_body) and not (it.request_body or b"").rstrip().endswith(b"}"),
    ),
    Rule(
        "headers-not-kept",
        Fact.HEADERS,
        "the recording has no headers, which no HTTP response lacks",
        lambda it: not it.headers,
    ),
    Rule(
        "headers-filtered",
        Fact.HEADERS,
        "RFC 9110 §6.6.1 requires Date from every server with a clock, so headers were removed",
        lambda it: bool(it.headers) and not it.header("date"),
    ),
    Rule(
        "edge-header-taken-out",
        Fact.HEADERS,
        "Cloudflare sends cf-ray with every cf-cache-status, so headers were removed",
        lambda it: bool(it.header("cf-cache-status")) and not it.header("cf-ray"),
    ),
    Rule(
        "exposed-header-taken-out",
        Fact.HEADERS,
        "the response exposes x-request-id to scripts but lacks it, so it was removed",
        lambda it: (
            "x-request-id" in it.header("access-control-expose-headers").lower() and not it.header("x-request-id")
        ),
    ),
    Rule(
        "body-not-kept",
        Fact.BODY,
        "the recorder dropped the response body or stored it in an unreadable encoding",
        lambda it: it.body is None,
    ),
    Rule(
        "values-cut",
        Fact.LONG_VALUES,
        "a value in the body ends in a truncation mark",
        lambda it: it.body is not None and _cut(it.body),
    ),
    Rule(
        "body-parsed",
        Fact.TEXT,
        "the recording stores the body as parsed data, so numbers, escapes and quotes were re-serialized",
        lambda it: bool(it.remarks) and it.remarks != "raw",
    ),
    Rule(
        "ids-normalised",
        Fact.IDS,
        "the recording declares that its ids were replaced",
        lambda it: "ids normalised" in it.remarks or "ids replaced" in it.remarks,
    ),
    Rule(
        "ids-scrubbed",
        Fact.IDS,
        "a placeholder replaced an id, so ids that differed may now be equal",
        lambda it: any(_PLACEHOLDER.fullmatch(each) for each in set(_ID.findall(it.body or b""))),
    ),
    Rule(
        "times-scrubbed",
        Fact.TIMES,
        "a fixed number or placeholder replaced the creation time",
        # Azure's first chunk has the time 0, unlike the others: the recorder did not cause this.
        lambda it: _all_times_gone(it.body or b""),
    ),
    Rule(
        "values-scrubbed",
        Fact.VALUES,
        "a value in the body is marked as redacted, so the original is unknown",
        lambda it: it.body is not None and _SCRUBBED.search(it.body) is not None,
    ),
)


def _all_times_gone(body: bytes) -> bool:
    """Return whether every creation time is a number that scrubbers use, or a placeholder."""
    found = False
    for match in _TIME.finditer(body):  # in nearly all bodies the first time is real
        found = True
        if match[1] not in _NO_TIME and not _PLACEHOLDER.fullmatch(match[1].strip(b'"')):
            return False
    return found


def _cut(body: bytes) -> bool:
    """Return whether the body contains a truncation mark; fast tests exclude most bodies."""
    if not body.isascii() and _CUT_ELLIPSIS in body:
        return True
    return (b"runcated" in body or b"TRUNCATED" in body) and any(mark in body for mark in _CUT_MARKS)


def _begins_json(body: bytes | None) -> bool:
    return body is not None and body.lstrip().startswith(b"{")


def lost_by(recorded: Recorded) -> tuple[Rule, ...]:
    """Return the rules in `RULES` that apply to a recorded exchange, in the order of `RULES`."""
    return tuple(rule for rule in RULES if rule.applies(recorded))


def lost_facts(recorded: Recorded, rules: tuple[Rule, ...]) -> frozenset[Fact]:
    """Return all details that a recorded exchange has lost, according to the rules and the reader of its format."""
    return recorded.lost.union(rule.fact for rule in rules)

"""Each rule by which a recording lost a fact applies where it should, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.contract import load_registry
from conformance.judging.tally import Judging
from conformance.recordings import RULES, Recorded, to_exchange
from conformance.recordings.fidelity import lost_by
from conformance.verdict import Outcome
from tests.recordings import samples

HEADERS = (("content-type", "application/json"), ("date", "x"), ("x-request-id", "req_1"))
WHOLE = Recorded("1", "POST", samples.URL, 200, (), b'{"a": 1}', HEADERS, json.dumps(samples.COMPLETION).encode())


def with_(**changed: object) -> Recorded:
    fields = {name: getattr(WHOLE, name) for name in Recorded.__slots__}
    return Recorded(**{**fields, **changed})  # type: ignore[arg-type] # fields by their names


def body(text: str) -> bytes:
    return text.encode()


def completion(**fields: object) -> Recorded:
    """A whole completion with other fields."""
    return with_(body=json.dumps(samples.COMPLETION | fields).encode())


def stream(*created: object) -> Recorded:
    """A stream of a chunk for each of these times."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": None}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    events = "".join(f"data: {json.dumps({**chunk, 'created': each})}\n\n" for each in created)
    headers = (("content-type", "text/event-stream"), *HEADERS[1:])
    request = b'{"stream": true, "messages": []}'
    return with_(body=f"{events}data: [DONE]\n\n".encode(), headers=headers, request_body=request)


EXAMPLES = {
    "request-not-kept": [with_(request_body=None)],
    "request-cut": [with_(request_body=b'{"messages": [{"role": "us')],
    "headers-not-kept": [with_(headers=())],
    "headers-filtered": [with_(headers=(("content-type", "application/json"),))],
    "edge-header-taken-out": [with_(headers=(*HEADERS, ("cf-cache-status", "DYNAMIC")))],
    "exposed-header-taken-out": [with_(headers=(*HEADERS[:2], ("access-control-expose-headers", "X-Request-ID")))],
    "body-not-kept": [with_(body=None)],
    "values-cut": [with_(body=body('{"embedding": "AAAA…cut"}'))],
    "body-parsed": [with_(remarks="parsed"), with_(remarks="raw (smart quotes made ASCII)")],
    "ids-normalised": [with_(remarks="parsed; ids normalised to 0N000")],
    "ids-scrubbed": [
        with_(body=body('{"id": "<ID>"}')),
        with_(body=body('{"id":"req_REDACTED"}')),
        with_(body=body('{"tool_call_id": "[FILTERED]"}')),
        with_(body=body('{"id": "call_XXX"}')),
    ],
    "times-scrubbed": [
        with_(body=body('{"created": 0, "a": 1}')),
        with_(body=body('data: {"created":0}\n\ndata: [DONE]\n\n')),
        with_(body=body('{"created_at": 1234567890}')),
        with_(body=body('{"created": "[REDACTED]"}')),
        with_(body=body('{"created_at":"<TIME>"}')),
    ],
    "values-scrubbed": [
        with_(body=body('{"content": "[REDACTED]"}')),
        with_(body=body('{"service_tier":"<FILTERED>"}')),
        with_(body=body('{"user": "**********"}')),
    ],
}
NEAR_MISSES = [
    WHOLE,
    with_(remarks="raw"),
    with_(request_body=b""),
    with_(request_body=b"--boundary"),
    with_(method="GET", request_body=None),
    with_(headers=(*HEADERS, ("cf-cache-status", "DYNAMIC"), ("cf-ray", "1"))),
    with_(headers=(*HEADERS, ("access-control-expose-headers", "X-Request-ID"))),
    with_(body=body('{"content": "the word …cut and REDACTED"}')),
    with_(body=body('{"id": "chatcmpl-AbCd"}')),
    with_(body=body('{"created": 1760000000}')),
    with_(body=body('data: {"created":0}\n\ndata: {"created":1760000000}\n\n')),
    with_(body=body('{"created": 1760000000000}')),
    with_(body=body('{"created": "1760000000"}')),
    with_(body=body('{"created": "2026-01-31T12:00:00Z"}')),
    with_(body=body('{"created": 1760000000.5}')),
    with_(body=body('{"created": null}')),
    with_(body=body('{"content": "[REDACTED] it was."}')),
    with_(body=body('{"content": "<b>"}')),
    with_(body=b""),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_applies_to_its_examples(rule: object) -> None:
    """Every rule has examples, and applies to each."""
    for example in EXAMPLES[rule.name]:  # type: ignore[attr-defined] # a Rule
        assert rule in lost_by(example)


@pytest.mark.parametrize("recorded", NEAR_MISSES)
def test_no_rule_applies_to_a_whole_recording(recorded: Recorded) -> None:
    """What merely looks like a loss is none."""
    assert lost_by(recorded) == ()


@pytest.mark.parametrize(
    ("requirement", "whole", "lossy"),
    [
        ("http.request-id", with_(headers=HEADERS[:2]), with_(headers=HEADERS[:1])),
        (
            "chat.tools.call-id",
            with_(
                body=json.dumps(
                    {"choices": [{"index": 0, "message": {"tool_calls": [{"id": "a"}, {"id": "a"}]}}]}
                ).encode()
            ),
            with_(
                body=json.dumps(
                    {"choices": [{"index": 0, "message": {"tool_calls": [{"id": "<ID>"}, {"id": "<ID>"}]}}]}
                ).encode()
            ),
        ),
        ("chat.response.created", completion(created=17), completion(created=0)),
        ("chat.response.created", completion(created="today"), completion(created="<TIME>")),
        ("chat.response.service-tier", completion(service_tier="own"), completion(service_tier="[REDACTED]")),
        ("chat.stream.created-stable", stream(1_760_000_000, 1_760_000_001), stream(0, 1)),
        (
            "chat.tools.declared",
            with_(
                request_body=b'{"tools": []}',
                body=b'{"choices": [{"message": {"tool_calls": [{"id": "a", "function": {"name": "f"}}]}}]}',
            ),
            with_(
                request_body=b'{"tools": [',
                body=b'{"choices": [{"message": {"tool_calls": [{"id": "a", "function": {"name": "f"}}]}}]}',
            ),
        ),
    ],
)
def test_what_was_lost_is_not_judged(requirement: str, whole: Recorded, lossy: Recorded) -> None:
    """The same fault counts where the recording is whole, and is not applicable where it may be the recording's own."""
    outcomes = []
    for recorded in (whole, lossy):
        judging = Judging(load_registry(), {requirement})
        judging.add(to_exchange(recorded, 1, Path("x")).exchange)
        outcomes.append(judging.verdicts()[0].outcome)
    assert outcomes[0] in (Outcome.FAIL, Outcome.WARN)
    assert outcomes[1] is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(("created", "wanted"), [("1760000000", Outcome.FAIL), ("[REDACTED]", Outcome.PASS)])
def test_a_placeholder_for_a_time_breaks_no_schema(created: str, wanted: Outcome) -> None:
    """All else of the chunk is judged."""
    judging = Judging(load_registry(), {"chat.stream.chunk-schema"})
    judging.add(to_exchange(stream(created), 1, Path("x")).exchange)
    assert judging.verdicts()[0].outcome is wanted

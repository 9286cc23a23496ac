"""What OpenAI itself sent breaks no MUST, and there is enough of it to say so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.checks.offline import judge_file
from conformance.contract import load_registry
from conformance.record import Run
from conformance.verdict import Outcome

# An API that is no more: requirement → (why, exchanges that show it).
GONE = {
    "chat.finish-reason.enum": (
        "gpt-4-vision-preview of 2023 sent `finish_details` instead of `finish_reason`",
        1,
    ),
}

# At least so many exchanges of OpenAI's traffic are judged by each invariant; fewer would prove too little.
FLOORS = {
    "chat.choices.index": 600,
    "chat.error-in-success": 600,
    "chat.finish-reason.enum": 600,
    "chat.logprobs.text": 1,
    "chat.logprobs.values": 1,
    "chat.message.role": 600,
    "chat.response.absent-not-null": 600,
    "chat.response.created": 600,
    "chat.response.id": 600,
    "chat.response.model": 600,
    "chat.response.object": 600,
    "chat.response.schema": 600,
    "chat.response.service-tier": 600,
    "chat.stream.absent-not-null": 180,
    "chat.stream.chunk-schema": 180,
    "chat.stream.created-stable": 180,
    "chat.stream.data-only": 180,
    "chat.stream.delta": 180,
    "chat.stream.done": 180,
    "chat.stream.finish-last": 180,
    "chat.stream.finish-once": 180,
    "chat.stream.id-stable": 180,
    "chat.stream.index": 170,
    "chat.stream.json": 180,
    "chat.stream.media-type": 160,
    "chat.stream.model-stable": 180,
    "chat.stream.no-error": 180,
    "chat.stream.object": 180,
    "chat.stream.role-first": 180,
    "chat.stream.role-once": 180,
    "chat.stream.usage-chunk": 75,
    "chat.stream.usage-null": 75,
    "chat.stream.usage-sum": 90,
    "chat.stream.usage-unasked": 90,
    "chat.tools.arguments-string": 190,
    "chat.tools.call-id": 190,
    "chat.tools.call-type": 190,
    "chat.tools.declared": 100,
    "chat.tools.delta-id-once": 60,
    "chat.tools.delta-index": 60,
    "chat.tools.delta-name-once": 60,
    "chat.tools.no-markup": 190,
    "chat.usage.counts": 600,
    "chat.usage.details": 550,
    "chat.usage.present": 600,
    "chat.usage.sum": 600,
    "error.content-type": 35,
    "error.envelope": 40,
    "error.field-types": 40,
    "error.fields": 40,
    "http.json-content-type": 1200,
    "http.no-server-error": 1700,
    "http.request-id": 650,
    "http.response-complete": 1700,
}


@pytest.fixture(scope="module")
def corpus() -> Path:
    """The folder of recorded traffic; not part of the project."""
    shared = os.environ.get("CONFORMANCE_SHARED")
    if not shared:
        pytest.skip("CONFORMANCE_SHARED is not set: no recorded traffic to judge")
    return Path(shared) / "corpus"


@pytest.fixture(scope="module")
def openai(corpus: Path) -> Run:
    """All exchanges with api.openai.com, judged."""
    return judge_file(corpus / "openai.jsonl.gz", load_registry())


def test_what_openai_sends_is_right(openai: Run) -> None:
    """No MUST fails and no SHOULD warns, but for what the API no longer does, as often as was counted."""
    broken = {
        verdict.requirement: int(verdict.detail.split()[2])
        for verdict in openai.verdicts
        if verdict.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.ERROR)
    }
    assert broken == {requirement: count for requirement, (_, count) in GONE.items()}


@pytest.mark.parametrize("requirement", FLOORS)
def test_enough_of_it_is_judged(openai: Run, requirement: str) -> None:
    """An invariant that looks at less than before has gone blind."""
    seen = {verdict.requirement: verdict.seen for verdict in openai.verdicts}
    assert seen[requirement] >= FLOORS[requirement]


def test_the_vendors_are_told_apart_from_openai(corpus: Path) -> None:
    """The same invariants find departures in vendors' traffic: they are not blind."""
    run = judge_file(corpus / "vendors.jsonl.gz", load_registry())
    failed = {verdict.requirement for verdict in run.verdicts if verdict.outcome is Outcome.FAIL}
    assert len(failed) >= 20
    assert {"chat.usage.sum", "chat.stream.role-once", "chat.stream.done", "error.envelope"} <= failed

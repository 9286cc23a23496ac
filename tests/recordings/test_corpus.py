"""What OpenAI itself sent breaks no MUST, and there is enough of it to say so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.checks.invariants import all_invariants
from conformance.contract import load_registry
from conformance.judging.foreign import judge_file
from conformance.judging.tally import Judging
from conformance.record import Run
from conformance.recordings import Found, read_recording
from conformance.verdict import Outcome

BROKEN = (Outcome.FAIL, Outcome.WARN, Outcome.ERROR)

# What the API did until a date, and does no more: requirement → (the date, what it did).
GONE = {
    "chat.finish-reason.enum": ("2024", "gpt-4-vision-preview sent `finish_details` instead of `finish_reason`"),
    "responses.stream.sequence": ("2025-07", "events had no `sequence_number`"),
    "responses.text.logprobs": ("2025-07", "output text had no `logprobs`"),
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
    "responses.items": 700,
    "responses.items.ids": 700,
    "responses.object": 720,
    "responses.object.id": 720,
    "responses.object.status": 720,
    "responses.stream.content-index": 120,
    "responses.stream.deltas": 90,
    "responses.stream.event-name": 120,
    "responses.stream.final": 90,
    "responses.stream.order": 120,
    "responses.stream.schema": 120,
    "responses.stream.sequence": 120,
    "responses.usage": 600,
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


def test_what_openai_sends_is_right(corpus: Path) -> None:
    """No MUST fails and no SHOULD warns on any exchange, but what the API once did and does no more."""
    registry = load_registry()
    names = {name for name in all_invariants() if name in registry and registry[name].contract == "openai"}
    wrong = []
    for item in read_recording(corpus / "openai.jsonl.gz"):
        if not isinstance(item, Found):
            continue
        judging = Judging(registry, names)
        judging.add(item.exchange)
        for verdict in judging.verdicts():
            until, _ = GONE.get(verdict.requirement, ("", ""))
            if verdict.outcome in BROKEN and not "" < item.recorded_at < until:
                wrong.append(f"{item.exchange.probe} of {item.recorded_at}: {verdict.requirement} {verdict.findings}")
    assert wrong == []


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

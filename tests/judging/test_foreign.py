"""Recorded traffic is judged in one pass, and the outcome is a run like any other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract import load_registry
from conformance.judging.foreign import judge_file, judge_to
from conformance.record import RunFileError, RunWriter, read_run
from conformance.recordings import RecordingError
from conformance.verdict import Outcome
from conformance.wire import Redactor
from tests.recordings import samples

REGISTRY = load_registry()


def outcome(run: object, requirement: str) -> Outcome:
    return next(v.outcome for v in run.verdicts if v.requirement == requirement)  # type: ignore[attr-defined] # a Run


def broken_stream(tmp_path: Path) -> Path:
    path = tmp_path / "traffic.jsonl"
    text = samples.STREAM.replace("data: [DONE]\n\n", "")
    path.write_text(json.dumps(samples.row(text, response_headers=samples.SSE_HEADERS)) + "\n" + samples.lines())
    return path


def test_a_recording_becomes_a_run(tmp_path: Path) -> None:
    """One verdict for each invariant, the cited exchanges as evidence, and notes on what was lost."""
    run = judge_to(broken_stream(tmp_path), REGISTRY, tmp_path / "out" / "run.ndjson")
    assert outcome(run, "chat.stream.done") is Outcome.FAIL
    assert outcome(run, "chat.response.id") is Outcome.PASS
    assert outcome(run, "error.envelope") is Outcome.PASS
    done = next(v for v in run.verdicts if v.requirement == "chat.stream.done")
    assert done.seen == 3
    assert run.exchanges[done.findings[0].exchange].request.url == samples.URL
    assert run.header.target.url == "api.example.com"
    assert any("request-not-kept" in note for note in run.header.notes)
    assert run.footer is not None
    assert run.footer.summary["exchanges"] == 5
    assert read_run(tmp_path / "out" / "run.ndjson").verdicts == run.verdicts


def test_credentials_in_a_recording_do_not_get_into_the_run(tmp_path: Path) -> None:
    """What a browser recorded of the caller's key stays where it was."""
    path = tmp_path / "a.har"
    path.write_text(json.dumps(samples.har()))
    judge_to(path, REGISTRY, tmp_path / "run.ndjson")
    assert "sk-secret" in path.read_text()
    assert "sk-secret" not in (tmp_path / "run.ndjson").read_text()


def test_an_interrupted_run_stays_so(tmp_path: Path) -> None:
    """Judging a run without a footer does not make it complete."""
    first = judge_file(broken_stream(tmp_path), REGISTRY)
    path = tmp_path / "run.ndjson"
    with RunWriter(path, Redactor()) as writer:
        writer.header(first.header)
    assert not judge_file(path, REGISTRY).complete


def test_documented_differences_are_none(tmp_path: Path) -> None:
    """A cause that a profile documents is not applicable; any other still counts."""
    run = judge_file(broken_stream(tmp_path), REGISTRY, documented=lambda requirement, cause: f"{requirement} {cause}")
    done = next(v for v in run.verdicts if v.requirement == "chat.stream.done")
    assert done.outcome is Outcome.NOT_APPLICABLE
    assert done.difference.startswith("chat.stream.done [DONE]")
    assert done.detail == f"documented difference: {done.difference}"
    assert done.findings
    run = judge_file(broken_stream(tmp_path), REGISTRY, documented=lambda *_: None)
    assert outcome(run, "chat.stream.done") is Outcome.FAIL


def test_nothing_is_written_for_a_broken_recording(tmp_path: Path) -> None:
    """A file that cannot be read to its end leaves no run behind."""
    path = tmp_path / "x.jsonl"
    path.write_text(samples.lines() + "{\n")
    with pytest.raises(RecordingError, match="line 5"):
        judge_to(path, REGISTRY, tmp_path / "run.ndjson")
    assert not (tmp_path / "run.ndjson").exists()
    path.write_text(samples.lines())
    judge_to(path, REGISTRY, tmp_path / "run.ndjson")
    with pytest.raises(RunFileError, match="exists already"):
        judge_to(path, REGISTRY, tmp_path / "run.ndjson")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A thousand times the exchanges cite no more of them."""
    path = tmp_path / "x.jsonl"
    path.write_text(samples.lines() * 250)
    run = judge_file(path, REGISTRY)
    assert run.footer is not None
    assert run.footer.summary["exchanges"] == 1000
    assert len(run.exchanges) < 40


def test_a_cut_body_is_not_judged(tmp_path: Path) -> None:
    """An event stream that the browser forgot proves nothing about its end."""
    path = tmp_path / "a.har"
    har = samples.har()
    har["log"]["entries"] = har["log"]["entries"][4:5]
    path.write_text(json.dumps(har))
    run = judge_file(path, REGISTRY)
    assert outcome(run, "chat.stream.done") is Outcome.NOT_APPLICABLE
    assert outcome(run, "http.request-id") is Outcome.PASS
    assert replace(run.header, notes=()).settings == {"recording": "a.har"}

"""`conformance baseline write` and `update`, and a gate with the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.options import TargetError
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer

AREA = ("--only", "chat.stream.object", "--only", "chat.stream.done")


def conformance(*words: str | Path):
    return CliRunner().invoke(app, [str(word) for word in words])


def audit(folder: str, *words: str, mutants: tuple[str, ...] = ("chunk-object-wrong",)):
    """Audit a target with these mutants, always at another port."""
    with ReferenceServer(endpoint_with(*mutants)) as server:
        return conformance("run", server.url, *(words or AREA), "--output", folder)


def test_a_baseline_from_the_first_run_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known is green, new is red, fixed is told and removed; another selection is refused."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFORMANCE_API_KEY", "sk-reference")
    assert audit("first").exit_code == 1
    written = conformance("baseline", "write", "first", "--to", "known.toml")
    assert written.exit_code == 0, written.output
    assert isinstance(conformance("baseline", "write", "first", "--to", "known.toml").exception, TargetError)
    known = audit("second", *AREA, "--waivers", "known.toml")
    assert known.exit_code == 0, known.output
    assert "accepted 1, new 0" in known.output

    strict = conformance("report", "second", "--waivers", "known.toml", "--fail-on", "must", "--quiet")
    assert strict.exit_code == 1  # a baseline is not the team's word

    both = audit("third", *AREA, "--waivers", "known.toml", mutants=("chunk-object-wrong", "no-done"))
    assert both.exit_code == 1
    assert "accepted 1, new 1" in both.output

    other = conformance("run", "http://127.0.0.1:1/v1", "--only", "models", "--waivers", "known.toml")
    assert isinstance(other.exception, TargetError)
    assert "selection models, not chat.stream.done chat.stream.object" in str(other.exception)

    fixed = audit("fourth", *AREA, "--waivers", "known.toml", mutants=())
    assert fixed.exit_code == 0
    assert "fixed 1" in fixed.output
    update = conformance("baseline", "update", "known.toml", "fourth")
    assert "known.toml: 1 removed, 0 added, 0 entries kept" in update.output
    assert conformance("report", "second", "--waivers", "known.toml", "--quiet").exit_code == 1
    kept = conformance("baseline", "update", "known.toml", "second")
    assert "not added chat.stream.object" in kept.output
    added = conformance("baseline", "update", "known.toml", "second", "--add-new")
    assert "1 added" in added.output


def test_a_run_that_a_budget_cut_is_no_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, and why."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFORMANCE_API_KEY", "sk-reference")
    audit("cut", "--only", "chat.stop", "--max-requests", "3")
    refused = conformance("baseline", "write", "cut", "--to", "known.toml")
    assert isinstance(refused.exception, TargetError)
    assert "cannot be a baseline" in str(refused.exception)
    assert not Path("known.toml").exists()

"""The script of a cause exits 1 at an endpoint with the fault and 0 at one without; where there is none, a sentence says why."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.auditing.runner import audit
from conformance.causes import Cause, Reproduction, find_causes, reproduce
from conformance.cli import app
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.options import TargetError
from conformance.record import read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import combine

SAMPLE = {
    "stop-first-only": "chat.stop.array",
    "max-tokens-ignored": "chat.max-tokens.bounds",
    "conversation-items-no-first": "conversations.items.cursors",
    "non-object-body-500": "error.body-not-object",
    "seed-ignored": "chat.seed.repeatable",
    "response-sequence-missing": "responses.stream.sequence",
}
"""Faults that text, count, a stored object, status, repetition and stream show, each with a requirement that sees it."""


def audited(name: str, requirement: str, folder: Path) -> tuple[Cause, Reproduction]:
    with ReferenceServer(endpoint_with(name)) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        audit(target, folder, only=[requirement])
    run = read_run(folder / "run.ndjson")
    cause, *_ = find_causes(combine(run.verdicts).values(), load_registry(), run.exchanges)
    return cause, reproduce(cause, run.exchanges, run.header.target.url)


def exit_code(file: Path, *names: str) -> int:
    with ReferenceServer(endpoint_with(*names)) as server:
        environment = {**os.environ, "OPENAI_API_KEY": server.api_key}
        command = [sys.executable, "-S", str(file), server.url]
        return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode


@pytest.mark.parametrize(("name", "requirement"), SAMPLE.items(), ids=list(SAMPLE))
def test_the_script_shows_the_fault_and_its_absence(name: str, requirement: str, tmp_path: Path) -> None:
    """Whoever mends the fault sees the script go from 1 to 0."""
    _, made = audited(name, requirement, tmp_path)
    assert made.script, made.sentence
    file = tmp_path / "reproduce.py"
    file.write_text(made.script, encoding="utf-8")
    assert (exit_code(file, name), exit_code(file)) == (1, 0)
    assert "sk-reference" not in made.script


def test_data_of_another_request_has_no_script(tmp_path: Path) -> None:
    """One answer does not show it: there are commands, and a sentence."""
    cause, made = audited("shared-state", "http.isolation", tmp_path)
    assert not made.script
    assert made.commands
    assert made.sentence.startswith("One answer does not show")
    assert cause.symptom.kind == "mixed-up"


def test_share_writes_one_zip(tmp_path: Path) -> None:
    """A bug report has exchanges, script and versions, and no secret."""
    audited("stop-first-only", "chat.stop.array", tmp_path)
    file = tmp_path / "cause.zip"
    done = CliRunner().invoke(app, ["share", str(tmp_path), "1", "--output", str(file)])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(file) as archive:
        texts = {Path(name).name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {"README.md", "exchanges.ndjson", "requests.sh", "reproduce.py"}
    assert "`stop`" in texts["README.md"]
    assert "sk-reference" not in "".join(texts.values())
    before = file.read_bytes()
    again = CliRunner().invoke(app, ["share", str(tmp_path), "1", "--output", str(file)])
    assert isinstance(again.exception, TargetError)
    assert str(again.exception) == f"{file} exists. Name another file with --output"
    assert file.read_bytes() == before
    printed = CliRunner().invoke(app, ["share", str(tmp_path), "chat.stop.array", "--script"])
    assert printed.output == texts["reproduce.py"]

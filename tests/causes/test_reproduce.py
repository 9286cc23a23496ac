"""The script of a cause exits 1 at an endpoint with the fault, and 0 only if it saw that the requirement is met."""

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
    "stop-first-only": ("chat.stop.array", 0),
    "max-tokens-ignored": ("chat.max-tokens.bounds", 0),
    "conversation-items-no-first": ("conversations.items.cursors", 0),
    "non-object-body-500": ("error.body-not-object", 0),
    "seed-ignored": ("chat.seed.repeatable", 0),
    "usage-total-wrong": ("chat.stream.usage-sum", 0),
    "chunk-object-wrong": ("chat.stream.object", 0),
    "response-sequence-missing": ("responses.stream.sequence", 2),
}
"""Faults that text, count, a stored object, status, repetition and stream show, each with a requirement that sees it.

The number is the exit code at an endpoint without the fault: 2 if no script can prove the whole requirement.
"""


def audited(name: str, requirement: str, folder: Path, *others: str) -> tuple[Cause, Reproduction]:
    with ReferenceServer(endpoint_with(name)) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        audit(target, folder, only=[requirement, *others])
    run = read_run(folder / "run.ndjson")
    cause, *_ = find_causes(combine(run.verdicts).values(), load_registry(), run.exchanges)
    return cause, reproduce(cause, run.exchanges, run.header.target.url)


def exit_code(file: Path, *names: str) -> int:
    return ran(file, *names)[0]


def ran(file: Path, *names: str) -> tuple[int, str]:
    with ReferenceServer(endpoint_with(*names)) as server:
        environment = {**os.environ, "OPENAI_API_KEY": server.api_key}
        command = [sys.executable, "-S", str(file), server.url]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(("name", "requirement", "mended"), [(k, *v) for k, v in SAMPLE.items()], ids=list(SAMPLE))
def test_the_script_shows_the_fault_and_its_absence(name: str, requirement: str, mended: int, tmp_path: Path) -> None:
    """Whoever mends the fault sees the script go from 1 to 0, or to 2 if only the suite can judge the requirement."""
    _, made = audited(name, requirement, tmp_path)
    assert made.script, made.sentence
    file = tmp_path / "reproduce.py"
    file.write_text(made.script, encoding="utf-8")
    assert (exit_code(file, name), exit_code(file)) == (1, mended)
    assert "sk-reference" not in made.script


def written(script: str, folder: Path) -> Path:
    file = folder / "reproduce.py"
    file.write_text(script, encoding="utf-8")
    return file


def test_another_wrong_sum_is_the_same_fault(tmp_path: Path) -> None:
    """The rule counts, and not the value of the run: 19 + 0 is not 20 either."""
    _, made = audited("usage-total-wrong", "chat.stream.usage-sum", tmp_path)
    assert exit_code(written(made.script, tmp_path), "usage-total-wrong", "usage-completion-zero") == 1


@pytest.mark.parametrize(
    ("name", "requirement", "others"),
    [
        ("max-tokens-ignored", "chat.max-tokens.bounds", ("max-tokens-ignored", "usage-completion-zero")),
        ("stop-first-only", "chat.stop.array", ("content-array",)),
        ("response-sequence-missing", "responses.stream.sequence", ("response-no-created",)),
    ],
)
def test_another_value_does_not_prove_that_the_fault_is_gone(
    name: str, requirement: str, others: tuple[str, ...], tmp_path: Path
) -> None:
    """No limit is proved by a count of 0, no stop sequence by another text, no order of events by another order."""
    _, made = audited(name, requirement, tmp_path)
    code, output = ran(written(made.script, tmp_path), *others)
    assert code == 2, output
    assert "The fault is gone" not in output
    assert "The verdict is open: " in output
    assert f"--only {requirement}\n" in output


def test_a_fault_of_whole_responses_and_streams_is_tested_in_both(tmp_path: Path) -> None:
    """A team that mends only one of the two must not read that the fault is gone."""
    cause, made = audited("usage-total-wrong", "chat.usage.sum", tmp_path, "chat.stream.usage-sum")
    assert cause.title == "`total_tokens` is wrong in responses and streams: expected total_tokens 10 + 1 = 11"
    assert cause.fix == (
        "Compute `total_tokens` as `prompt_tokens` plus `completion_tokens`. In the `usage` of a stream, compute "
        "`total_tokens` as `prompt_tokens` plus `completion_tokens`."
    )
    assert made.script.count("miscounts([body])") == made.script.count("miscounts(events(text))") == 1
    assert exit_code(written(made.script, tmp_path), "usage-total-wrong") == 1
    assert exit_code(written(made.script, tmp_path)) == 0
    printed = CliRunner().invoke(app, ["share", str(tmp_path), "chat.usage.sum", "--script"])
    assert "events(text)" not in printed.output.partition("faults, unproved")[2]


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

"""A generated case that fails is shown small, saved, and repeated alone; seed and depth are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.record import read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer

KEY = {"CONFORMANCE_API_KEY": "sk-reference"}


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["run", *arguments], env=KEY)
    return done.exit_code, done.output


def test_a_failing_case_is_shown_saved_and_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body, a curl without the key, a file; and the repetition sends the control and that case only."""
    monkeypatch.chdir(tmp_path)
    with ReferenceServer(endpoint_with("types-not-checked")) as server:
        code, said = run(server.url, "--only", "generated", "--seed", "7", "--output", "one")
        assert code == 0, said  # what is broken is recommended
        saved = sorted((tmp_path / "one" / "cases").glob("*.json"))
        names = [file.stem.partition("-")[0] for file in saved]
        assert names == ["maximum", "minimum", "type"]
        assert "one/cases/cases.txt has 3 generated cases of seed 7" in said
        told = (tmp_path / "one" / "cases" / "cases.txt").read_text("utf-8")
        assert "Authorization: Bearer $CONFORMANCE_API_KEY" in told
        assert "sk-reference" not in said + told
        assert told.count("--case one/cases/") == 3
        code, said = run(server.url, "--case", str(saved[0]), "--output", "two")
    again = read_run(tmp_path / "two" / "run.ndjson")
    body = json.loads(saved[0].read_text())["body"]
    mine = [x for x in again.exchanges.values() if x.probe.startswith("generated_invalid")]
    assert [exchange.request.body.decode() for exchange in mine] == [body]
    assert [verdict.requirement for verdict in again.verdicts if verdict.findings] == ["generated.invalid.bounds"]
    assert again.header.settings["case"] == saved[0].stem
    assert again.header.settings["seed"] == 7


def test_a_mended_case_passes_when_it_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its id alone, from the reports below the working directory."""
    monkeypatch.chdir(tmp_path)
    with ReferenceServer(endpoint_with("content-parts-500")) as server:
        run(server.url, "--only", "generated.valid-no-server-error")
    (file,) = tmp_path.glob("reports/*/*/cases/*.json")
    with ReferenceServer(endpoint_with()) as server:
        code, said = run(server.url, "--case", file.stem, "--output", "mended")
    assert code == 0, said
    verdicts = read_run(tmp_path / "mended" / "run.ndjson").verdicts
    assert [str(verdict.outcome) for verdict in verdicts] == ["pass"]


def test_depth_and_seed_are_in_the_run_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard asks about 160 generated cases, within 3,000 output tokens."""
    monkeypatch.chdir(tmp_path)
    code, said = run("--only", "generated", "--depth", "standard", "--seed", "3", "--output", "out")
    assert code == 0, said
    found = read_run(tmp_path / "out" / "run.ndjson")
    assert found.header.settings["depth"] == "standard"
    probes = [exchange.probe.partition("[")[0] for exchange in found.exchanges.values()]
    assert probes.count("generated_valid") == 40
    assert probes.count("generated_invalid") == 120
    assert found.footer is not None
    assert found.footer.summary["output_tokens"] <= 3000

"""Tests `conformance spec diff`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from tests.contract.test_drift import DOCUMENT

BEFORE, AFTER = "before.json", "after.json"


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two documents in the working directory; the second has another operation and another limit."""
    monkeypatch.chdir(tmp_path)
    text = json.dumps(DOCUMENT)
    Path(BEFORE).write_text(text, encoding="utf-8")
    changed = json.loads(text.replace('"maximum": 4', '"maximum": 8'))
    changed["paths"]["/other"] = changed["paths"]["/chat"]
    Path(AFTER).write_text(json.dumps(changed), encoding="utf-8")


@pytest.mark.usefixtures("documents")
def test_differences_are_listed_with_exit_code_1() -> None:
    result = CliRunner().invoke(app, ["spec", "diff", BEFORE, AFTER])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "new POST /other",
        "changed POST /chat body n: maximum 4 → 8",
        "1 new, 0 gone, 1 changed",
    ]


@pytest.mark.usefixtures("documents")
def test_no_difference_below_a_path_has_exit_code_0() -> None:
    assert CliRunner().invoke(app, ["spec", "diff", BEFORE, BEFORE]).exit_code == 0
    result = CliRunner().invoke(app, ["spec", "diff", BEFORE, AFTER, "--under", "/other", "--json"])
    assert [each["operation"] for each in json.loads(result.output)] == ["POST /other"]


@pytest.mark.usefixtures("documents")
def test_a_page_has_a_row_for_each_difference() -> None:
    result = CliRunner().invoke(app, ["spec", "diff", BEFORE, AFTER, "--markdown"])
    assert "| changed | `POST /chat` | `body n` | maximum 4 → 8 |" in result.output

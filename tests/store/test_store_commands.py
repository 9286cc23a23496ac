"""The commands of the store, as a user types them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nights import STOP, F, P, nights
from typer.testing import CliRunner, Result

import conformance as suite
from conformance.cli import app
from conformance.store.ask import Table
from conformance.store.table_text import table_csv, table_json, table_lines


def conformance(*words: object) -> Result:
    """The result of a command."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three nights, in the second of which STOP broke."""
    nights(tmp_path / "fleet", "one", [{STOP: P}, {STOP: F}, {STOP: F}])
    result = conformance("store", "add", tmp_path / "store", tmp_path / "fleet")
    assert result.output.endswith("3 runs added\n"), result.output
    return tmp_path / "store"


def test_adding_again_says_what_is_there(store: Path, tmp_path: Path) -> None:
    nights(tmp_path / "fleet", "two", [{STOP: P}])
    result = conformance("store", "add", store, tmp_path / "fleet")
    assert result.output.endswith("1 run added, 3 already there\n")
    assert conformance("store", "rebuild", store).output.endswith("tables of 4 runs built\n")


def test_a_run_that_cannot_be_added_does_not_keep_others_out(store: Path, tmp_path: Path) -> None:
    nights(tmp_path / "more", "two", [{STOP: P}])
    (tmp_path / "more" / "bad").mkdir()
    (tmp_path / "more" / "bad" / "run.ndjson").write_text("{}\n")
    result = conformance("store", "add", store, tmp_path / "more")
    assert result.exit_code == 2
    assert "not the run file of an audit" in result.output
    assert "1 run added" in result.output
    assert json.loads(conformance("query", store, "select count(*) n from runs", "--format", "json").output) == [
        {"n": 4}
    ]


def test_a_named_report_and_a_query_answer_in_three_formats(store: Path) -> None:
    text = conformance("query", store, "regressions", "--since", "2026-01-01").output
    assert text.splitlines()[0].split() == [
        "date", "target", "model", "requirement", "level", "before", "after", "cause", "suite_change",
    ]  # fmt: skip
    assert text.splitlines()[2].split()[:4] == ["2026-01-02", "one", "tiny", STOP]
    assert text.endswith("1 row\n")
    question = "select target, broken, started from runs order by started"
    data = json.loads(conformance("query", store, question, "--format", "json").output)
    assert data[1] == {"target": "one", "broken": 1, "started": "2026-01-02T02:00:00"}
    rows = [*csv.reader(io.StringIO(conformance("query", store, question, "--format", "csv").output))]
    assert rows[1:] == [[*("one", "0"), "2026-01-01 02:00:00"], ["one", "1", "2026-01-02 02:00:00"], ["one", "1", "2026-01-03 02:00:00"]]  # fmt: skip
    assert "1 shown; --rows 0 shows all" in conformance("query", store, question, "--rows", 1).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("query", "{store}", "regressions", "--since", "soon"), "not a date"),
        (("query", "{store}", "select 1", "--since", "2026-01-01"), "--since is for the named reports"),
        (("query", "{store}", "drop table x"), "exactly one SQL query"),
        (("query", "{store}/runs", "select 1"), "is not a store"),
        (("store", "rebuild", "{store}/nothing"), "is not a store"),
    ],
)
def test_wrong_usage_is_one_sentence(store: Path, words: tuple[str, ...], said: str) -> None:
    result = conformance(*(word.replace("{store}", str(store)) for word in words))
    assert result.exit_code
    assert said in str(result.exception)


def test_an_answer_with_hostile_text_controls_neither_terminal_nor_spreadsheet() -> None:
    table = Table(("target", "number"), (("=cmd()\x1b[2J\n::error::x", 1.5), ("x" * 500, None)))
    assert "\x1b" not in "".join(table_lines(table, 0))
    assert max(map(len, table_lines(table, 0))) < 120
    assert table_csv(table).splitlines()[1].startswith("'=cmd()")
    assert json.loads(table_json(table))[0] == {"target": "=cmd()\x1b[2J\n::error::x", "number": 1.5}
    assert "\x1b" not in table_json(table)


def test_the_packages_of_the_extra_are_imported_only_by_a_command_of_the_store() -> None:
    """Without the extra, every other command works."""
    code = (
        "import sys, conformance.cli.store, conformance.store.ask, conformance.store.update\n"
        "sys.exit(bool({'duckdb', 'zstandard'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_the_store_names_the_packages_of_its_extra() -> None:
    """No other room imports them, not even late."""
    package = Path(str(suite.__file__)).parent
    names = re.compile(r"import (duckdb|zstandard)|[\"'](duckdb|zstandard)[\"']")
    users = {
        file.relative_to(package).parts[0] for file in package.rglob("*.py") if names.search(file.read_text("utf-8"))
    }
    assert users == {"store"}

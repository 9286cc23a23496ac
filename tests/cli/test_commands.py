"""The commands, from the user's chair."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import conformance
from conformance.cli import app
from conformance.cli.explain import check_of
from conformance.contract import load_registry
from conformance.record import read_run

runner = CliRunner()


@pytest.fixture(scope="module")
def stop_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the stop requirements against the built-in reference endpoint."""
    folder = tmp_path_factory.mktemp("a run") / "out"
    result = runner.invoke(app, ["run", "--only", "chat.stop", "--output", str(folder)])
    assert result.exit_code == 0, result.output
    assert "Conforms" in result.output
    return folder


def test_a_run_writes_the_run_file_and_all_reports(stop_run: Path) -> None:
    """One folder a run; the run file is complete, the JSON report speaks of the same requirements."""
    assert {file.name for file in stop_run.iterdir()} == {
        "run.ndjson",
        "report.json",
        "report.html",
        "summary.md",
        "junit.xml",
        "ctrf.json",
        "badge.json",
        "badge.svg",
        "manifest.json",
    }
    run = read_run(stop_run / "run.ndjson")
    assert run.complete
    report = json.loads((stop_run / "report.json").read_text())
    assert {row["requirement"] for row in report["verdicts"]} == {verdict.requirement for verdict in run.verdicts}
    assert all(row["requirement"].startswith("chat.stop.") and row["outcome"] == "pass" for row in report["verdicts"])


def test_a_folder_that_holds_a_run_is_not_overwritten(stop_run: Path) -> None:
    """What was measured is kept."""
    result = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--only", "models", "--output", str(stop_run)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "holds a run already. Choose another folder with --output" in result.stderr


def test_json_prints_the_report_and_nothing_else(tmp_path: Path) -> None:
    """So that it can be piped."""
    result = runner.invoke(app, ["run", "--only", "models", "--output", str(tmp_path / "o"), "--json"])
    assert json.loads(result.stdout)["target"]["profile"] == "openai"


def test_headers_are_sent_to_the_reference_endpoint(tmp_path: Path) -> None:
    """As to any other target."""
    words = ["run", "--only", "models", "--header", "X-Team: blue", "--output", str(tmp_path / "o"), "--quiet"]
    assert runner.invoke(app, words).exit_code == 0
    exchanges = read_run(tmp_path / "o" / "run.ndjson").exchanges.values()
    assert exchanges
    assert all(("x-team", "blue") in exchange.request.headers for exchange in exchanges)


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    """The exit code and the reports tell."""
    result = runner.invoke(app, ["run", "--only", "models", "--output", str(tmp_path / "o"), "--quiet"])
    assert (result.exit_code, result.output) == (0, "")


def test_reports_can_be_written_again(stop_run: Path) -> None:
    """From the run file alone."""
    (stop_run / "report.html").unlink()
    result = runner.invoke(app, ["report", str(stop_run), "--quiet"])
    assert result.exit_code == 0
    assert (stop_run / "report.html").is_file()


@pytest.mark.parametrize(("only", "found"), [([], "chat.stop.excluded"), (["--only", "chat.usage"], "chat.usage.sum")])
def test_a_run_can_be_judged_again(only: list[str], found: str, stop_run: Path, tmp_path: Path) -> None:
    """Without a network, what the run selected or what is named now."""
    command = ["judge", str(stop_run / "run.ndjson"), *only, "--output", str(tmp_path / "again"), "--quiet"]
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    assert found in {verdict.requirement for verdict in read_run(tmp_path / "again" / "run.ndjson").verdicts}


def test_a_run_differs_from_itself_in_nothing(stop_run: Path) -> None:
    """`diff` is a gate: exit code 0 without a change for the worse."""
    result = runner.invoke(app, ["diff", str(stop_run), str(stop_run)])
    assert (result.exit_code, result.output) == (
        0,
        "0 new, 0 no longer offered, 0 no longer judged, 0 first judged, 0 fixed, 0 known: nothing fails.\n",
    )


def test_runs_side_by_side(stop_run: Path) -> None:
    """A Markdown table of totals and differences; a run does not differ from itself."""
    result = runner.invoke(app, ["compare", str(stop_run), str(stop_run)])
    assert result.output.startswith("# Comparison of 2 targets")
    assert "No requirement was judged differently" in result.output


def test_list_shows_every_requirement() -> None:
    """As text and as JSON; a prefix narrows it."""
    registry = load_registry()
    lines = runner.invoke(app, ["list"]).output.splitlines()
    assert [line.split()[1] for line in lines if line.startswith(" ")] == [
        requirement.id for members in registry.by_area().values() for requirement in members
    ]
    headings = [line.partition(":")[0] for line in lines if not line.startswith(" ")]
    assert headings == list(registry.areas)
    rows = json.loads(runner.invoke(app, ["list", "chat.stop", "--json"]).stdout)
    assert {row["id"] for row in rows} == {name for name in registry if name.startswith("chat.stop")}


def test_list_shows_the_areas() -> None:
    """With the number of their requirements and a title."""
    lines = runner.invoke(app, ["list", "--areas"]).output.splitlines()
    assert [line.split()[1] for line in lines] == list(load_registry().areas)
    assert re.search(r"^ *11  chat.stop +Chat completions: stop sequences$", "\n".join(lines), re.M)


def test_list_names_the_areas_when_a_name_is_unknown() -> None:
    """An area that is gone is answered with those there are."""
    result = runner.invoke(app, ["list", "chat.effects"])
    assert "The areas are auth, error" in str(result.exception)


@pytest.mark.parametrize(
    "requirement", ["chat.stop.excluded", "chat.usage.sum", "error.messages-empty", "guided.regex.syntax"]
)
def test_explain_says_where_the_check_is(requirement: str) -> None:
    """Source, impact, fix, area, and the place of the check, whichever kind it is."""
    output = runner.invoke(app, ["explain", requirement]).output
    known = load_registry()[requirement]
    assert known.source in output
    assert f"{known.area} ({load_registry().areas[known.area]})" in output
    place = re.search(r"check +conformance/(checks/\S+\.py):(\d+) (\w+)", output)
    assert place
    lines = (Path(conformance.__file__).parent / place[1]).read_text(encoding="utf-8").splitlines()
    assert lines[int(place[2]) - 1].lstrip().startswith(("@requirement", "@invariant", "@pytest.mark"))


def test_the_list_of_commands_shows_whole_sentences() -> None:
    """A summary that ends with dots would hide what the command does."""
    listed = runner.invoke(app, ["--help"], env={"COLUMNS": "80"}).output.partition("Commands:\n")[2]
    assert "..." not in listed
    assert "Write a zip file about a cause: redacted exchanges, a script" in listed
    assert {line.split()[0] for line in listed.splitlines() if re.match(r"  \w", line)} >= {"run", "share", "store"}


def test_explain_knows_the_check_of_every_requirement() -> None:
    """A file and a line for all; for one that cannot be seen from outside, the reason."""
    for requirement in load_registry().values():
        said = check_of(requirement)
        if requirement.excluded:
            assert said == f"none: {requirement.excluded}"
        else:
            assert re.match(r"conformance/(checks|packs/\w+/checks)/\S+\.py:\d+ \w+ \(judges ", said), said


def test_the_plan_is_counted(tmp_path: Path) -> None:
    """Requests and tokens as a run really sends them."""
    output = runner.invoke(app, ["plan", "--only", "chat.stop"]).output
    folder = tmp_path / "o"
    runner.invoke(app, ["run", "--only", "chat.stop", "--output", str(folder), "--quiet"])
    summary = json.loads((folder / "report.json").read_text())["summary"]
    requests, tokens = re.findall(r"([\d,]+) (?:requests|output tokens)", output)[:2]
    assert summary["requests"] <= int(requests.replace(",", "")) + 1  # a run that must find its model also lists models
    assert summary["output_tokens"] <= int(tokens.replace(",", ""))


def test_mutants_are_listed() -> None:
    """Each with what is wrong with it."""
    output = runner.invoke(app, ["serve", "--mutants"]).output
    assert "stop-not-excluded" in output


def test_help_is_quick_and_names_every_command() -> None:
    """Nothing heavy is imported for it."""
    code = (
        "import sys; from conformance.cli import app; "
        "heavy = {'schemathesis', 'openapi_core', 'pytest', 'httpx', 'uvicorn'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    output = runner.invoke(app, ["--help"]).output
    for command in ("run", "list", "explain", "serve", "plan", "judge", "report", "diff", "compare"):
        assert f"  {command} " in output

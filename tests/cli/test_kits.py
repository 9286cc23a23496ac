"""The kits for CI (action, workflow, GitLab component, image) and docs/gate.md use only commands and options that exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.main import get_command

import conformance
from conformance.cli import app
from conformance.options import OPTIONS

ROOT = Path(conformance.__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOWS = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in (ROOT / ".github/workflows").glob("*.yml")
}
HEAD, COMPONENT = yaml.safe_load_all((ROOT / "templates/gate.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}

RECORDER = """#!{python}
import json, os, sys
with open(os.environ["CALLS"], "a") as file:
    print(json.dumps([sys.argv[1:], os.environ.get("CONFORMANCE_API_KEY")]), file=file)
sys.exit(int(os.environ.get("CODE", "0")))
"""


def understood(words: list[str]) -> None:
    """Parse a command line as `conformance` does, without running it; an unknown command or option raises an error."""
    command: Any = get_command(app)
    context = command.make_context("conformance", list(words), resilient_parsing=True)
    rest = list(words)
    while hasattr(command, "commands") and rest:
        name = rest.pop(0)
        assert name in command.commands, f"conformance {' '.join(words)}: there is no command {name}"
        command = command.commands[name]
        context = type(context)(command, info_name=name, parent=context)
    command.make_parser(context).parse_args(rest)


def documented() -> Iterator[str]:
    """The command lines of docs/gate.md and of the image's first line: in blocks, and quoted in sentences."""
    page = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        yield from (line for line in block.splitlines() if line.startswith("conformance "))
    yield from (" ".join(each.split()) for each in re.findall(r"`(conformance [a-z][^`]*)`", page))
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()[0]
    yield f"conformance {image.rpartition(' openai-conformance ')[2]}"


@pytest.mark.parametrize("line", sorted(set(documented())))
def test_documented_commands_parse(line: str) -> None:
    """A renamed option fails here, not in the CI of a user."""
    understood(shlex.split(line)[1:])


def test_an_unknown_option_or_command_is_noticed() -> None:
    """The parser of this test rejects what `conformance` rejects."""
    with pytest.raises(Exception, match="--fail-at"):
        understood(["run", "--fail-at", "must"])
    with pytest.raises(AssertionError, match="no command judges"):
        understood(["judges", "traffic.jsonl"])


def run_script(
    script: str, folder: Path, shell: str, **variables: str
) -> tuple[int, list[tuple[list[str], str | None]]]:
    """Run a script of a kit with a `conformance` that only records how it was called: exit code, and the calls."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    for name in ("conformance", "pip"):
        tool = tools / name
        tool.write_text(RECORDER.format(python=sys.executable), encoding="utf-8")
        tool.chmod(0o755)
    calls = folder / "calls"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CONFORMANCE_", "OPENAI_"))}
    environment = {
        **clean,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "VENV": str(folder),
        "CALLS": str(calls),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        **variables,
    }
    done = subprocess.run([shell, "-e", "-c", script], cwd=folder, env=environment, check=False, timeout=60)
    lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
    return done.returncode, [(words, key) for words, key in map(json.loads, lines)]


EVIL = "m$(touch stolen)`touch stolen`; touch stolen 'x\" y"


def test_the_action_calls_the_suite_with_its_inputs(tmp_path: Path) -> None:
    """Every input arrives as one argument, whatever it contains; the exit code becomes an output, not the end of the step."""
    code, calls = run_script(
        STEPS["Audit the endpoint"]["run"], tmp_path, "bash", TARGET="--model", MODEL=EVIL, WAIVERS="a.toml\nb c.toml\n",
        EDITION="2026.11", FAIL_ON="must", STALE="fail", DEPTH="quick", WAIT_READY="30", OUTPUT="out", CODE="1",
        CONFORMANCE_API_KEY="sk-1",
    )  # fmt: skip
    assert code == 0
    ((words, key),) = calls
    understood(words)
    assert words == [
        "run", "--stale=fail", "--depth=quick", "--output=out", f"--model={EVIL}", "--edition=2026.11", "--fail-on=must",
        "--wait-ready=30", "--waivers=a.toml", "--waivers=b c.toml", "--", "--model",
    ]  # fmt: skip
    assert key == "sk-1"
    assert (tmp_path / "output").read_text() == "exit-code=1\n"
    assert not (tmp_path / "stolen").exists()


def test_the_action_leaves_out_what_was_not_given(tmp_path: Path) -> None:
    """An empty input is no option, and an empty key is no key."""
    empty = dict.fromkeys(("MODEL", "WAIVERS", "EDITION", "FAIL_ON", "WAIT_READY", "CONFORMANCE_API_KEY"), "")
    _, calls = run_script(
        STEPS["Audit the endpoint"]["run"], tmp_path, "bash", TARGET="http://a/v1", STALE="report", DEPTH="quick", OUTPUT="o",
        **empty,
    )  # fmt: skip
    assert calls == [(["run", "--stale=report", "--depth=quick", "--output=o", "--", "http://a/v1"], None)]


def test_the_last_step_of_the_action_fails_as_the_run_did(tmp_path: Path) -> None:
    """The job has the exit code of the run; a run that never ended is a failure."""
    assert run_script(STEPS["Decide"]["run"], tmp_path, "bash", CODE="4")[0] == 4
    assert run_script(STEPS["Decide"]["run"], tmp_path, "bash", CODE="")[0] == 3
    assert run_script(STEPS["Decide"]["run"], tmp_path, "bash", CODE="0")[0] == 0


def test_the_action_annotates_failures_and_no_text_becomes_a_command(tmp_path: Path) -> None:
    """One annotation for each failed test; line breaks in the text of a target cannot begin another command."""
    reports = tmp_path / "out"
    reports.mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (reports / "summary.md").write_text("# Summary\n", encoding="utf-8")
    tests = [
        {"name": "chat.stop.excluded", "status": "failed", "message": "100%\n::add-mask::x"},
        {"name": "chat.object", "status": "passed"},
    ]
    (reports / "ctrf.json").write_text(json.dumps({"results": {"tests": tests}}), encoding="utf-8")
    done = subprocess.run(
        [str(shutil.which("bash")), "-e", "-c", STEPS["Write the job summary and annotations"]["run"]], cwd=tmp_path, capture_output=True,
        text=True, check=True, env={**os.environ, "VENV": str(tmp_path), "OUTPUT": "out", "GITHUB_STEP_SUMMARY": "page.md"},
    )  # fmt: skip
    assert done.stdout == "::error title=chat.stop.excluded::100%25%0A::add-mask::x\n"
    assert (tmp_path / "page.md").read_text() == "# Summary\n"


COMMENTS = """#!/bin/sh
printf '%s\\n' "$*" >> "$GH"
case "$*" in *--paginate*) echo "$KNOWN";; esac
"""


@pytest.mark.parametrize(
    ("known", "last"), [("", "issues/7/comments -F"), ("55", "--method PATCH repos/o/r/issues/comments/55")]
)
def test_the_action_writes_one_comment(tmp_path: Path, known: str, last: str) -> None:
    """The first run writes a comment, later runs change it; runs that cannot be compared write none."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(COMMENTS, encoding="utf-8")
    (tmp_path / "bin" / "gh").chmod(0o755)
    script, sent = STEPS["Comment on the pull request"]["run"], tmp_path / "sent"
    given = {"BEFORE": "main", "OUTPUT": "out", "REPOSITORY": "o/r", "NUMBER": "7", "GH": str(sent), "KNOWN": known,
             "COMMENT": str(tmp_path / "comment.md")}  # fmt: skip
    assert run_script(script, tmp_path, "bash", **given, CODE="2")[0] == 0
    assert not sent.exists()
    code, calls = run_script(script, tmp_path, "bash", **given, CODE="1")
    assert code == 0
    for words, _ in calls:
        understood(words)
    assert calls[-1][0] == ["diff", "--markdown", "--", "main", "out"]
    assert last in sent.read_text().splitlines()[-1]
    assert (tmp_path / "comment.md").read_text().startswith("<!-- openai-conformance -->\n")


def test_the_component_calls_the_suite_with_its_inputs(tmp_path: Path) -> None:
    """The lines of the GitLab job run in a plain shell, and no input becomes a command."""
    job = COMPONENT["conformance-gate"]
    code, calls = run_script(
        "\n".join(job["script"]), tmp_path, "sh", GATE_PACKAGE="openai-conformance", GATE_TARGET="http://a/v1",
        GATE_MODEL=EVIL, GATE_WAIVERS="w.toml", GATE_EDITION="2026.11", GATE_FAIL_ON="new",
    )  # fmt: skip
    assert code == 0
    (_, (words, _)) = calls
    understood(words)
    assert words == [
        "run", "--output=conformance-report", f"--model={EVIL}", "--waivers=w.toml", "--edition=2026.11", "--fail-on=new",
        "--", "http://a/v1",
    ]  # fmt: skip
    assert not (tmp_path / "stolen").exists()
    assert HEAD["spec"]["inputs"]["fail_on"]["options"] == ["", *OPTIONS["fail_on"].choices]
    assert all(value["expand"] is False for value in job["variables"].values())


def test_no_script_has_an_expression_of_the_ci_server() -> None:
    """Inputs reach scripts through the environment only: an expression in a script would be executed as code."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    scripts += COMPONENT["conformance-gate"]["script"]
    assert [script for script in scripts if "${{" in script or "$[[" in script] == []


def test_the_workflow_gives_the_action_only_inputs_that_it_has() -> None:
    """The reusable workflow and the action fit together."""
    assert set(WORKFLOWS["gate"]["jobs"]["gate"]["steps"][-1]["with"]) <= set(ACTION["inputs"])


def test_every_action_of_others_is_pinned_to_a_commit() -> None:
    """A tag can be moved to other code. Workflows also have no permission that no job asks for."""
    steps = [step for flow in WORKFLOWS.values() for job in flow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in (*steps, *ACTION["runs"]["steps"]) if "uses" in step]
    assert [each for each in used if not each.startswith("./") and not re.search(r"@[0-9a-f]{40}$", each)] == []
    assert {name: flow["permissions"] for name, flow in WORKFLOWS.items()} == {key: {} for key in WORKFLOWS}


def test_the_issue_forms_name_commands_that_exist() -> None:
    """Each form has a name, a description and a body, and the commands in it are commands of the suite."""
    known = {*getattr(typer.main.get_command(app), "commands", ())}
    for file in (ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"):
        text = file.read_text(encoding="utf-8")
        assert {"name", "description", "body"} <= set(yaml.safe_load(text))
        assert {*re.findall(r"`conformance ([a-z]+)", text)} <= known


def test_the_image_is_pinned_and_needs_no_root() -> None:
    """Both stages begin from the image of the GitLab component, given by its digest; the command runs as another user."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert set(bases) == {HEAD["spec"]["inputs"]["image"]["default"]}
    assert re.search(r"@sha256:[0-9a-f]{64}$", bases[0])
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*)", text, re.MULTILINE) for name in line.split()[:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []

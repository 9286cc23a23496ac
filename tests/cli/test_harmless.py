"""Nothing that a target, a file or its name says is obeyed by a terminal or by the CI system that reads the log."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.report.safe_text import error_line, for_json_text, for_terminal
from tests.cli.in_process import conformance, environment
from tests.hostile.server import KEY, HostileServer, Talk

COMMANDS = (
    "bad\n::error title=pwned::injected by target\n  ::add-mask::conformance\n\rconformance: CONFORMS\n"
    "##[error]azure\n##vso[task.complete]\n::stop-commands::zz\n \t::warning::x\x1b[2J\u2028::notice::y"
)
OBEYED = re.compile(r"^\s*::[a-z]|##(\[|vso\[|teamcity\[)|\x1b|\x9b|\r", re.MULTILINE)


def expect_harmless(said: str) -> None:
    """No command to a CI system, no control character, and no line that somebody else began."""
    assert not OBEYED.search(said), said
    assert "\nconformance: CONFORMS" not in said


async def _refuse(talk: Talk) -> None:
    body = json.dumps({"error": {"message": COMMANDS, "type": COMMANDS, "param": None, "code": None}}).encode()
    await talk.send(await talk.right(), status=401, body=body)


async def _everywhere(talk: Talk) -> None:
    answer = await talk.right()
    # Long enough to be folded, and short enough that the target does not count as one that ignores token limits:
    # a failure could not be confirmed then, and the summary would not show the text.
    text = json.dumps("x " * 20 + COMMANDS + " ".join(["::warning::folded"] * 8)).encode()
    names = rb'"(content|message|type|object|role|finish_reason|arguments|param|code)":( ?)(?:"(?:[^"\\]|\\.)*"|null)'
    await talk.send(answer, body=re.sub(names, lambda m: b'"' + m[1] + b'":' + m[2] + text, answer.body))


@pytest.mark.parametrize("script", [_refuse, _everywhere], ids=["refuses", "everywhere"])
@pytest.mark.parametrize("by_pytest", [False, True], ids=["command", "pytest"])
def test_a_target_gives_no_command_and_begins_no_line(script: object, by_pytest: bool, tmp_path: Path) -> None:
    """Its error messages, and its answers in the summary; also when pytest itself runs the checks."""
    after = 0 if script is _refuse else 4
    with HostileServer(script, after=after) as server:  # type: ignore[arg-type] # a script
        if by_pytest:
            words = ["--pyargs", "conformance.checks", "-p", "no:cacheprovider", "-rA"]
            words += ["--target", server.url, "--requirement", "chat.stop", "--requirement", "error.envelope"]
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *words],
                cwd=tmp_path,
                env=environment(CONFORMANCE_API_KEY=KEY),
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
        else:
            words = ["run", server.url, "--only", "chat.stop", "--only", "error.envelope", "--output", "out"]
            done = conformance(*words, folder=tmp_path, CONFORMANCE_API_KEY=KEY)
    assert server.seen
    assert "pwned" in done.stdout + done.stderr, "the target's text is not shown, so nothing is proved"
    expect_harmless(done.stdout)
    expect_harmless(done.stderr)


EVIL = "e\x1b[2J\x1b]0;pwned\x07\n::error::injected\nconformance: CONFORMS"


@pytest.mark.parametrize(
    "words",
    [
        ["report", EVIL],
        ["judge", EVIL],
        ["lint", EVIL],
        ["compare", EVIL, EVIL],
        ["diff", EVIL, EVIL],
        ["explain", EVIL],
        ["list", EVIL],
        ["run", EVIL],
        ["run", "http://localhost/v1", "--only", EVIL],
        ["run", "http://localhost/v1", "--profile", EVIL],
        ["run", "http://localhost/v1", "--key-file", EVIL],
        ["run", "http://localhost/v1", "--ca-file", EVIL],
        ["run", "http://localhost/v1", "--no-key", "--spec", EVIL],
        ["run", "http://localhost/v1", "--resume", EVIL],
        ["run", "http://localhost/v1", "--config", EVIL],
        ["run", "http://localhost/v1", "--rate", EVIL],
        ["run", "http://localhost/v1", EVIL],
        ["run", f"--{EVIL}"],
        [EVIL],
    ],
    ids=lambda words: " ".join(words[:-1]).replace(EVIL, "EVIL")[-40:] or "alone",
)
def test_a_files_name_gives_no_command_and_begins_no_line(words: list[str], tmp_path: Path) -> None:
    """Exit code 2, on one line of ours."""
    done = conformance(*words, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    expect_harmless(done.stderr)
    expect_harmless(done.stdout)


def test_a_broken_file_with_an_evil_name_is_one_line(tmp_path: Path) -> None:
    """For each kind of file."""
    file = tmp_path / EVIL.replace("/", "-")
    file.write_text("{")
    for command in ("judge", "report", "lint"):
        done = conformance(command, file.name, folder=tmp_path)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        expect_harmless(done.stderr)


def test_a_foreign_run_file_gives_no_command(tmp_path: Path) -> None:
    """Its ids are shown by `diff` and `compare`, which print a table and no report."""
    for name, outcome in (("a", "pass"), ("b", "fail")):
        header = {
            "kind": "header", "format": 1, "suite": {"name": "x", "version": "1"}, "started": "x",
            "target": {"url": EVIL, "model": EVIL, "profile": "openai", "contracts": []},
        }  # fmt: skip
        verdict = {"kind": "verdict", "requirement": EVIL, "level": "MUST", "outcome": outcome}
        (tmp_path / f"{name}.ndjson").write_text("".join(json.dumps(line) + "\n" for line in (header, verdict)))
    for command in (["diff", "a.ndjson", "b.ndjson"], ["compare", "a.ndjson", "b.ndjson"], ["report", "a.ndjson"]):
        done = conformance(*command, folder=tmp_path)
        expect_harmless(done.stdout)
        expect_harmless(done.stderr)


def test_only_the_first_line_begins_a_line() -> None:
    """And what begins a command is broken, at the beginning of a line or not: folding may put it there."""
    assert for_terminal("a\nb ::error::x ##[group]") == "a\n    b : :error: :x # #[group]"
    assert error_line(" a\n b ") == "a b"
    assert for_terminal("http://[::1]:8000/v1 # [x]") == "http://[::1]:8000/v1 # [x]"
    assert json.loads(for_json_text(json.dumps("##vso[x] ##"))) == "##vso[x] ##"
    assert "##vso" not in for_json_text(json.dumps("##vso[x] ##"))

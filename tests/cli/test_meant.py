"""A command that is nearly right is answered with what was probably meant; what is known can be asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import conformance
from conformance.cli import app
from conformance.config.base_url import base_of, with_scheme
from conformance.contract import load_registry
from conformance.options import TargetError


def said(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def refusal(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert isinstance(done.exception, TargetError), done.output
    return str(done.exception)


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_told(flag: str) -> None:
    """For bug reports."""
    assert said(flag) == f"openai-conformance {conformance.__version__}\n"


def test_a_list_begins_at_a_level_as_a_run_does() -> None:
    """Whoever must meet the MUSTs sees them alone, in an area or in all."""
    lines = said("list", "chat.stop", "--level", "must").splitlines()
    assert {line.split()[0] for line in lines if line.startswith(" ")} == {"MUST"}
    assert said("list", "--level", "may") == said("list")
    listed = json.loads(said("list", "--level", "MUST", "--json"))
    assert {each["level"] for each in listed} == {"MUST"}


def test_a_shell_completes_the_commands() -> None:
    """After `conformance --install-completion`."""
    asks = {"_CONFORMANCE_COMPLETE": "complete_bash", "COMP_WORDS": "conformance ex", "COMP_CWORD": "1"}
    done = CliRunner().invoke(app, [], env=asks, prog_name="conformance")
    assert done.output.split() == ["explain"]


@pytest.mark.parametrize(
    ("given", "meant"), [("chat.stpo", "chat.stop"), ("Chat.Stop", "chat.stop"), ("chat.stop.limt", "chat.stop.limit")]
)
@pytest.mark.parametrize("command", [("run", "--only"), ("list",), ("explain",)])
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(
    command: tuple[str, ...], given: str, meant: str
) -> None:
    """An area or a requirement, in any case, in every command that takes one."""
    assert f"Did you mean {meant}" in refusal(*command, given)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("127.0.0.1:9000/v1", "http://127.0.0.1:9000/v1"),
        ("localhost:8000", "http://localhost:8000"),
        ("localhost", "http://localhost"),
        ("api.acme.example/v1", "https://api.acme.example/v1"),
        ("localhost:8000/v1/chat/completions", "http://localhost:8000/v1"),
        ("staging", ""),
        ("user:pass@host/v1", ""),
        ("a b.example", ""),
    ],
)
def test_a_url_without_its_scheme_is_recognised(
    given: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheme is http for a port or this machine, https else; a name of a target stays one."""
    assert with_scheme(given) == meant
    monkeypatch.chdir(tmp_path)
    assert (f"Did you mean {meant}?" in refusal("run", given)) == bool(meant)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://h.example/v1/chat/completions", "http://h.example/v1"),
        ("http://h.example/api/chat/completions/", "http://h.example/api"),
        ("http://h.example/v1/models", "http://h.example/v1"),
        ("http://h.example/openai/v1/responses", "http://h.example/openai/v1"),
        ("http://h.example/v1", ""),
        ("http://h.example/models", ""),
        ("http://h.example/my/responses", ""),
    ],
)
def test_the_url_of_an_operation_is_answered_with_its_base(given: str, base: str) -> None:
    """Only where it cannot be a base URL itself."""
    assert base_of(given) == base
    if base:
        assert f"Give the base URL: {base}" in refusal("run", given, "--no-key")


def test_a_target_of_the_file_that_is_nearly_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing mistake in a name is shown the name."""
    (tmp_path / "conformance.toml").write_text('[targets.staging]\nurl = "http://localhost:1/v1"\n')
    monkeypatch.chdir(tmp_path)
    assert "Did you mean staging?" in refusal("run", "stagign")


def test_an_area_is_explained_with_its_requirements() -> None:
    """The important ones first, and how to test it alone."""
    text = said("explain", "chat.stop")
    assert text.startswith(f"chat.stop: {load_registry().areas['chat.stop']}\n")
    assert text.index("MUST    chat.stop") < text.index("SHOULD  chat.stop")
    assert text.endswith("conformance run URL --only chat.stop\n")


@pytest.mark.parametrize(
    ("given", "meant", "next_step"),
    [
        ("ignored-stop", "Did you mean chat.stop, ", "`conformance share RUN ignored-stop`"),
        ("1", "is not a requirement", "`conformance share RUN 1`"),
        ("wholly.unknown", "no such requirement or area: 'wholly.unknown'", "`conformance list --areas`"),
        ("tools-arguments", "Did you mean chat.tools.arguments", "`conformance list --areas`"),
    ],
)
def test_a_name_that_cannot_be_explained_gets_a_short_answer(given: str, meant: str, next_step: str) -> None:
    """The nearest names and the next step, and not the list of all areas. A cause of a report is told apart."""
    answer = refusal("explain", given)
    assert meant in answer
    assert next_step in answer
    assert len(answer) < 300, answer


def test_list_and_explain_as_json_are_complete() -> None:
    """Everything that the YAML says, and where the check is."""
    rows = json.loads(said("list", "--json"))
    registry = load_registry()
    assert [row["id"] for row in rows] == list(registry)
    for row in rows:
        known = registry[row["id"]]
        assert (row["source"], row["impact"], row["fix"], row["basis"]) == (
            known.source,
            known.impact,
            known.fix,
            str(known.basis),
        )
        assert (row["check"] is None) == bool(known.excluded)
    (one,) = json.loads(said("explain", "chat.stop.limit", "--json"))
    assert one in rows
    assert one["check"].startswith("conformance/checks/")

"""`conformance run a b c` and `run --all`: one summary, one exit code, each target with its own gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.cli.conductor import Finished
from conformance.cli.several import audit_each
from conformance.contract.editions import newest_edition
from conformance.options import Layer, TargetError
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.report.several import TargetResult, code_of, summary_markdown

EDITION = newest_edition().name
ONLY = ("--only", "chat.stream.object")


def conformance(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def urls() -> Iterator[tuple[str, str]]:
    """A target that conforms, and one that does not."""
    with ReferenceServer() as good, ReferenceServer(endpoint_with("chunk-object-wrong")) as bad:
        yield good.url, bad.url


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, urls: tuple[str, str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFORMANCE_API_KEY", "sk-reference")
    Path("conformance.toml").write_text(
        f"""\
edition = "{EDITION}"

[targets.staging]
url = "{urls[0]}"

[targets.prod]
url = "{urls[1]}"
fail_on = "must"

[targets.preview]
url = "{urls[1]}"
fail_on = "never"
""",
        encoding="utf-8",
    )


def test_all_targets_have_one_summary_one_exit_code_and_their_own_policy() -> None:
    """The broken one fails where its policy says so."""
    done = conformance("run", "--all", *ONLY, "--reference", "staging", "--output", "out", "--quiet")
    assert done.exit_code == 1, done.output
    against = json.loads(Path("out/reference.json").read_text(encoding="utf-8"))
    assert against["reference"]["name"] == "staging"
    for each in against["candidates"]:
        assert [(line["requirement"], line["kind"]) for line in each["requirements"]] == [
            ("chat.stream.object", "candidate")
        ]
        assert "chunk/object" in {found["place"] for found in each["differences"]}
    summary = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert {each["name"]: each["exit_code"] for each in summary["targets"]} == {"staging": 0, "prod": 1, "preview": 0}
    for name in ("staging", "prod", "preview"):
        assert Path("out", name, "report.html").is_file()
    page = Path("out/summary.md").read_text(encoding="utf-8")
    assert "3 targets: 2 passes, 1 fails" in page
    assert "`chat.stream.object`" in page


def test_several_names_and_one_that_is_down() -> None:
    """Each has a line; a target that is down does not hide the others."""
    with Path("conformance.toml").open("a", encoding="utf-8") as file:
        file.write('\n[targets.down]\nurl = "http://127.0.0.1:9/v1"\n')
    done = conformance("run", "down", "staging", *ONLY)
    assert done.exit_code == 5, done.output
    lines = done.stdout.splitlines()
    assert lines[-3].startswith("unreachable   down")
    assert lines[-2].startswith("passes        staging  Conforms")
    assert lines[-1] == "2 targets: 1 unreachable, 1 passes; exit code 5"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--all", "staging"), "Leave the names out"),
        (("staging", "staging"), "named twice"),
        (("staging", "prod", "--model", "x"), "--model is of one target"),
        (("staging", "nope"), "nope: conformance.toml has no target 'nope'"),
        (("--all", "--config", "none.toml"), "no such file"),
        (("--all", "--reference", "other"), "no audit has this name. The audits are staging, prod, preview"),
        (("staging", "--reference", "staging"), "--reference compares several audits"),
    ],
)
def test_wrong_usage_ends_before_the_first_request(words: tuple[str, ...], said: str) -> None:
    """Exit code 2, in one line."""
    done = conformance("run", *words)
    assert isinstance(done.exception, TargetError)
    assert said in str(done.exception)
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ((0, 0), 0),
        ((0, 4), 4),
        ((5, 1), 1),
        ((5, 6), 6),
        ((1, 2), 2),
        ((3, 1), 3),
        ((130, 3), 130),
        ((), 0),
        ((0, 7), 7),
    ],
)
def test_one_exit_code(codes: tuple[int, ...], worst: int) -> None:
    """What is broken for certain comes before what a second run may repair."""
    assert code_of([TargetResult("a", code) for code in codes]) == worst


def test_a_name_is_no_markup() -> None:
    """The table of the job page stays a table."""
    assert "`a¦b`" in summary_markdown([TargetResult("a|b", 0), TargetResult("c", 1)])


def test_an_interrupt_ends_all_and_names_those_that_were_not_audited(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C in the second of three."""
    codes = {"a": 0, "b": 130}

    def audit(layer: Layer) -> Finished:
        return Finished(codes[layer["target"].value], None)

    code = audit_each({}, ["a", "b", "c"], prepare=lambda *_: None, audit=audit)
    assert code == 130
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["passes", "a"], ["interrupted", "b"], ["interrupted", "c"]]


def test_a_target_whose_options_turn_out_wrong_does_not_end_the_others() -> None:
    """Its code is 2, and the rest is audited."""
    audited = []

    def audit(layer: Layer) -> Finished:
        audited.append(layer["target"].value)
        if len(audited) == 1:
            raise TargetError("the folder is full")
        return Finished(0, None)

    assert audit_each({}, ["a", "b"], prepare=lambda *_: None, audit=audit) == 2
    assert audited == ["a", "b"]

"""The public API: its names, its page, its errors, and several audits at once."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import conformance
from conformance.errors import ConformanceError
from conformance.reference import Endpoint, Settings
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Verdict
from tests.compared import differences

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
ONLY = ["chat.stop", "chat.stream", "models"]


def test_the_public_names_are_these_and_all_are_there() -> None:
    """A name more or less is a change of the API."""
    assert sorted(conformance.__all__) == [
        "ConformanceError",
        "Ending",
        "ExitCode",
        "Finding",
        "GateDecision",
        "HarnessError",
        "Level",
        "Outcome",
        "Reason",
        "RecordingError",
        "Requirement",
        "Run",
        "RunFileError",
        "SpecError",
        "TargetError",
        "UnknownName",
        "Verdict",
        "__version__",
        "audit",
        "gate",
        "judge",
        "load_requirements",
    ]
    for name in conformance.__all__:
        assert getattr(conformance, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'engineer'"):
        _ = conformance.engineer


def test_every_error_has_one_root_whose_docstring_draws_them() -> None:
    """The tree is what the classes are."""
    drawn = set(re.findall(r"[├└]── (\w+)", ConformanceError.__doc__ or ""))
    errors = {name for name in conformance.__all__ if name.endswith(("Error", "Name"))} - {"ConformanceError"}
    assert drawn == errors
    assert all(issubclass(getattr(conformance, name), ConformanceError) for name in drawn)


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, against the reference endpoint."""
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 6
    monkeypatch.chdir(tmp_path)
    with ReferenceServer(Endpoint(Settings(api_key="sk-local"))) as server:
        for example in examples:
            text = example.replace("http://localhost:8000/v1", server.url).replace("my-model", "reference-1")
            exec(compile(text, "docs/api.md", "exec"), {"__name__": "example"})  # noqa: S102 - our own page
    assert (tmp_path / "reports" / "tonight" / "run.ndjson").exists()


def test_two_audits_at_once_have_the_verdicts_of_one_and_change_nothing_of_the_process(tmp_path: Path) -> None:
    """A right and a wrong endpoint, in two threads; environment, streams and signal handlers are as they were."""
    before = dict(os.environ), sys.stdout, sys.stderr, [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM)]  # fmt: skip
    with (
        ReferenceServer() as right,
        ReferenceServer(endpoint_with("stop-not-excluded")) as wrong,
        ThreadPoolExecutor() as pool,
    ):

        def audited(server: ReferenceServer) -> conformance.Run:
            return conformance.audit(server.url, key=server.api_key, only=ONLY)

        at_once = list(pool.map(audited, [right, wrong]))
        alone = [audited(right), audited(wrong)]
    after = dict(os.environ), sys.stdout, sys.stderr, [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM)]  # fmt: skip
    assert before == after
    assert [differences(one.verdicts, two.verdicts) for one, two in zip(at_once, alone, strict=True)] == [{}, {}]
    assert [run.exit_code for run in at_once] == [conformance.ExitCode.CONFORMS, conformance.ExitCode.BROKEN]
    failed: Verdict = at_once[1].by_requirement["chat.stop.excluded"]
    assert failed.findings[0].exchange in at_once[1].exchanges


def test_an_audit_works_within_a_running_event_loop() -> None:
    """Also where it blocks the loop, as in a notebook."""

    async def audited(url: str, key: str) -> conformance.Run:
        return conformance.audit(url, key=key, only=["models"])

    with ReferenceServer() as server:
        run = asyncio.run(audited(server.url, server.api_key))
    assert run.exit_code == conformance.ExitCode.CONFORMS


def test_the_callers_process_imports_no_pytest(tmp_path: Path) -> None:
    """Neither for an audit nor for judging it again."""
    code = """
import sys, conformance
run = conformance.audit(sys.argv[1], key=sys.argv[2], only=["models"], output=sys.argv[3])
again = conformance.judge(sys.argv[3])
assert [v.outcome for v in run.verdicts] == [v.outcome for v in again.verdicts]
print(sorted({name.partition(".")[0] for name in sys.modules} & {"pytest", "_pytest", "pluggy"}))
"""
    with ReferenceServer() as server:
        command = [sys.executable, "-c", code, server.url, server.api_key, str(tmp_path / "run")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"only": ["chat.stpo"]}, conformance.UnknownName, "chat.stop"),
        ({"colour": "blue"}, conformance.TargetError, "no such option: colour"),
        ({"profile": "nobody"}, conformance.SpecError, "nobody"),
        ({"timeout": "soon"}, conformance.TargetError, "timeout"),
        ({"key": "a", "key_env": "B"}, conformance.TargetError, "Give one of them"),
    ],
)
def test_what_the_caller_can_correct_is_raised(
    options: dict[str, object], error: type[Exception], said: str, tmp_path: Path
) -> None:
    """Before anything is sent or written."""
    with pytest.raises(error, match=said):
        conformance.audit("http://127.0.0.1:9/v1", output=tmp_path / "run", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "run" / "run.ndjson").exists()


def test_a_gate_decides_as_the_command_does(tmp_path: Path) -> None:
    """By waivers files and policy; a run that cannot be compared with the baseline is refused."""
    with ReferenceServer(endpoint_with("stop-not-excluded")) as server:
        run = conformance.audit(server.url, key=server.api_key, only=["chat.stop"], output=tmp_path / "run")
    red = conformance.gate(run, edition="2026.11")
    failed = [name for name, each in run.by_requirement.items() if each.outcome is conformance.Outcome.FAIL]
    assert "chat.stop.excluded" in failed
    assert (red.passes, sorted(red.failing), red.counts["new"]) == (False, sorted(failed), len(failed))
    assert red.statuses == dict.fromkeys(failed, "new")
    assert conformance.gate(run, fail_on="never").passes
    waivers = tmp_path / "waivers.toml"
    waivers.write_text('edition = "2026.11"\n[[waivers]]\narea = "chat.stop"\nreason = "known"\nowner = "us"\n')
    accepted = conformance.gate(run, waivers=[waivers])
    assert (accepted.passes, accepted.counts["accepted"]) == (True, len(failed))
    waivers.write_text('edition = "2026.11"\n[baseline]\nprofile = "openai"\nmodel = "other"\n')
    refused = conformance.gate(run, waivers=[waivers])
    assert refused.exit_code is conformance.ExitCode.USAGE
    gone = conformance.audit("http://127.0.0.1:9/v1", only=["models"])
    assert not conformance.gate(gone, edition="2026.11").passes
    assert any("model" in said for said in refused.refused)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "Options are missing for the gate"),
        ({"fail_on": "must"}, "A gate needs an edition"),
        ({"fail_on": "new", "edition": "2026.11"}, "fail_on new needs a baseline"),
        ({"colour": "blue"}, "no such option: colour"),
        ({"fail_on": "may"}, "fail_on: 'may' is not one of must, should, new, never"),
    ],
)
def test_a_gate_that_cannot_decide_is_an_error(options: dict[str, str], said: str, tmp_path: Path) -> None:
    with ReferenceServer() as server:
        run = conformance.audit(server.url, key=server.api_key, only=["models"])
    with pytest.raises(conformance.ConformanceError, match=said):
        conformance.gate(run, **options)


def test_a_target_that_is_not_there_is_no_error() -> None:
    """It is in the ending, as in every report."""
    run = conformance.audit("http://127.0.0.1:9/v1", only=["models"])
    assert run.exit_code == conformance.ExitCode.TARGET_GONE
    assert run.ending is not None
    assert "nothing accepts connections there" in run.ending.said


def test_the_environment_is_not_read_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls a function says what it gets."""
    monkeypatch.setenv("CONFORMANCE_API_KEY", "sk-of-somebody-else")
    with ReferenceServer() as server:
        refused = conformance.audit(server.url, only=["models"])
        monkeypatch.setenv("MY_KEY", server.api_key)
        accepted = conformance.audit(server.url, key_env="MY_KEY", only=["models"])
    assert refused.exit_code == conformance.ExitCode.KEY_REJECTED
    assert accepted.exit_code == conformance.ExitCode.CONFORMS

"""Checks run in a process of their own: one that never ends, or ends its process, costs its own verdict and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing import judging_process, runner
from conformance.auditing.conduct import audit, judge
from conformance.checks.index import by_requirement
from conformance.config import Budget, Target, load_profile
from conformance.judging.recorded_target import recorded_target
from conformance.record import read_run
from conformance.reference import Endpoint, Settings
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import ExitCode, Outcome, Reason
from tests.compared import differences
from tests.hostile.server import KEY, HostileServer, Talk

# None of them reads times, which could not be judged on a busy machine.
ONLY = ("chat.stop", "chat.usage", "chat.stream.object", "chat.stream.equals-json", "models")
FAULTS = {
    "catches everything": "while True:\n  try: import time; time.sleep(0.01)\n  except BaseException: pass",
    "is deaf": "import itertools; sum(itertools.repeat(1))",
    "exits": "import os; os._exit(0)",
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
}
# Python imports this module in each process that it starts; only the judging process is given the fault.
SITE = """
import sys
if any("conformance.auditing.worker" in word for word in sys.orig_argv):
    from conformance.checks.index import by_requirement
    check = by_requirement()["{requirement}"]
    function = getattr(sys.modules[check.module], check.function)
    given = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
    made = {{}}
    exec({code!r}.replace("GIVEN", given), made)
    function.__code__ = made["fault"].__code__
"""


def broken(folder: Path, monkeypatch: pytest.MonkeyPatch, requirement: str, fault: str, *, generator: bool) -> None:
    """Let the check of a requirement have a fault in every judging process."""
    body = "".join(f"    {text}\n" for text in fault.splitlines())
    code = f"def fault(GIVEN):\n{body}" + ("    yield\n" if generator else "")
    (folder / "sitecustomize.py").write_text(SITE.format(requirement=requirement, code=code))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))


def in_judging_process(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Run a line of code at the start of every judging process."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        f"import os, sys\nif any('conformance.auditing.worker' in word for word in sys.orig_argv):\n    {code}\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *sys.path]))


def target_at(server: ReferenceServer, **more: object) -> Target:
    target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
    return replace(target, **more)  # type: ignore[arg-type] # fields of the target


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_that_does_not_end_is_inconclusive_and_all_others_are_judged(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Python, in C, whatever it catches; and one that takes its process with it."""
    broken(tmp_path, monkeypatch, "chat.stop.array", FAULTS[name], generator=False)
    with ReferenceServer() as server:
        audited = audit(target_at(server), tmp_path / "run", only=ONLY, check_s=3)
    assert audited.exit_code == ExitCode.CONFORMS, audited
    run = read_run(tmp_path / "run" / "run.ndjson")
    assert run.complete
    stopped = [verdict for verdict in run.verdicts if verdict.outcome is not Outcome.PASS]
    assert {verdict.requirement for verdict in stopped} == {"chat.stop.array"}
    assert {verdict.reason for verdict in stopped} == {Reason.CHECK_STOPPED}
    said = {verdict.detail for verdict in stopped}
    if name in ("exits", "crashes"):
        how = "exit code 0" if name == "exits" else "signal 11"
        assert said == {f"the check ended the process it ran in (ended by itself ({how}))"}
    else:
        assert said == {"the check did not end within 3 seconds, so it was stopped"}
    assert len(run.verdicts) > 25


def test_an_invariant_that_does_not_end_costs_its_own_verdict_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although all invariants are judged at once, before one of them hangs."""
    broken(tmp_path, monkeypatch, "chat.stream.object", FAULTS["catches everything"], generator=True)
    with ReferenceServer() as server:
        audited = audit(target_at(server), tmp_path / "run", only=ONLY, check_s=3)
    assert audited.exit_code == ExitCode.CONFORMS, audited.trouble
    found = {verdict.requirement: verdict for verdict in audited.verdicts if verdict.outcome is not Outcome.PASS}
    assert set(found) == {"chat.stream.object"}
    assert found["chat.stream.object"].reason is Reason.CHECK_STOPPED


def test_judging_again_has_the_same_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording may hold what makes a check hang."""
    with ReferenceServer() as server:
        audit(target_at(server), tmp_path / "run", only=ONLY)
    run = read_run(tmp_path / "run" / "run.ndjson")
    broken(tmp_path, monkeypatch, "chat.stop.array", FAULTS["catches everything"], generator=False)
    target = recorded_target(run.header, tmp_path / "run")
    audited = judge(run, tmp_path / "run" / "run.ndjson", target, tmp_path / "again", only=ONLY, check_s=3)
    found = {verdict.requirement: verdict.reason for verdict in audited.verdicts if verdict.outcome is not Outcome.PASS}
    assert found == {"chat.stop.array": Reason.CHECK_STOPPED}


def test_a_judging_process_that_cannot_start_is_our_own_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is judged, and what it said is told."""
    in_judging_process(tmp_path, monkeypatch, "os.write(2, b'no such luck'); os._exit(9)")
    with ReferenceServer() as server:
        audited = audit(target_at(server), tmp_path / "run", only=["models"])
    assert audited.exit_code == ExitCode.HARNESS_ERROR
    assert "exit code 9" in audited.trouble
    assert "no such luck" in audited.trouble
    assert {verdict.outcome for verdict in audited.verdicts} == {Outcome.INCONCLUSIVE}


def test_a_check_that_the_judging_process_does_not_find_is_our_own_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run without some of its checks never looks like one that conforms."""
    in_judging_process(
        tmp_path,
        monkeypatch,
        "import dataclasses; from conformance.auditing import worker; real = worker.plan; "
        "worker.plan = lambda *order: dataclasses.replace(found := real(*order), in_order=found.in_order[1:])",
    )
    with ReferenceServer() as server:
        audited = audit(target_at(server), tmp_path / "run", only=["models"])
    assert audited.exit_code == ExitCode.HARNESS_ERROR
    assert "planned cases were not judged, the first is models." in audited.trouble
    assert any(verdict.outcome is Outcome.PASS for verdict in audited.verdicts)


def test_a_judging_process_that_breaks_is_our_own_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is judged, the run does not look stopped, and the report says what broke."""
    in_judging_process(tmp_path, monkeypatch, "from conformance.auditing import worker; worker.plan = lambda: None")
    with ReferenceServer() as server:
        audited = audit(target_at(server), tmp_path / "run", only=["models"])
    assert audited.exit_code == ExitCode.HARNESS_ERROR
    assert "TypeError" in audited.trouble
    assert {verdict.outcome for verdict in audited.verdicts} == {Outcome.INCONCLUSIVE}


def test_an_audit_imports_no_pytest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace of both processes: it would cost a second of processor time."""
    trace, site = tmp_path / "trace", tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('pytest', '_pytest', 'conformance.judging.checking'):\n"
        f"            with open({str(trace)!r}, 'a') as file: print(name, file=file)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )

    async def right(talk: Talk) -> None:
        await talk.send(await talk.right())

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *sys.path]))
    monkeypatch.setenv("CONFORMANCE_API_KEY", KEY)
    with HostileServer(right) as server:
        command = [sys.executable, "-m", "conformance", "run", server.url, "--quiet", "--only", "models"]
        done = subprocess.run([*command, "--output", str(tmp_path / "run")], check=False)
    assert done.returncode == 0
    assert trace.read_text().splitlines() == ["conformance.judging.checking"]


def test_the_judging_process_is_told_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by its environment nor by what it is sent, nor a header that the user set."""
    told: list[bytes] = []
    given: list[dict[str, str]] = []
    tell, popen = judging_process.JudgingProcess.tell, judging_process.subprocess.Popen

    def kept(self, make) -> None:  # type: ignore[no-untyped-def] # as the method
        told.append(made := make())
        tell(self, lambda: made)

    def started(*words, env, **how):  # type: ignore[no-untyped-def] # as the class
        given.append(env)
        return popen(*words, env=env, **how)

    monkeypatch.setattr(judging_process.JudgingProcess, "tell", kept)
    monkeypatch.setattr(judging_process.subprocess, "Popen", started)
    with ReferenceServer() as server:
        monkeypatch.setenv("MY_KEY", server.api_key)
        target = target_at(server, key_env="MY_KEY", headers=(("x-tenant", "blue-and-secret"),))
        audited = audit(target, tmp_path / "run", only=["chat.stop", "auth"])
    assert audited.exit_code == ExitCode.CONFORMS, audited.trouble
    sent = b"".join(told)
    assert b'"kind":"exchange"' in sent
    assert server.api_key.encode() not in sent
    assert b"blue-and-secret" not in sent
    (environment,) = given
    assert server.api_key not in environment.values()


def test_a_key_that_is_a_word_changes_no_verdict(tmp_path: Path) -> None:
    """`stop` is the key, and what every answer says; the run file has it nowhere, and judging does not miss it."""
    with ReferenceServer(Endpoint(Settings(api_key="stop"))) as server:
        audited = audit(target_at(server, key="stop"), tmp_path / "run", only=ONLY)
    assert audited.exit_code == ExitCode.CONFORMS, [v for v in audited.verdicts if v.outcome is not Outcome.PASS]
    assert '"finish_reason\\":\\"stop' not in (tmp_path / "run" / "run.ndjson").read_text()


def test_every_verdict_is_that_of_an_audit_within_one_process(tmp_path: Path) -> None:
    """Two ways to one verdict, right or wrong: in the process that sends, and in one of its own."""
    with ReferenceServer(endpoint_with("usage-missing", "response-not-stored", "stop-not-excluded")) as server:
        audit(target_at(server), tmp_path / "apart")
        runner.audit(target_at(server), tmp_path / "within")
    apart, within = (read_run(tmp_path / name / "run.ndjson").verdicts for name in ("apart", "within"))
    assert len(apart) > 500
    assert differences(apart, within) == {}


def test_a_spent_budget_says_so_and_the_run_is_resumed(tmp_path: Path) -> None:
    """What was not asked is not judged; asked later, all verdicts are those of one run."""
    with ReferenceServer() as server:
        first = audit(target_at(server, budget=Budget(requests=20)), tmp_path / "run", only=ONLY)
        reasons = Counter(v.reason for v in first.verdicts if v.outcome is not Outcome.PASS)
        assert set(reasons) == {Reason.BUDGET_EXHAUSTED}, reasons
        earlier = read_run(tmp_path / "run" / "run.ndjson")
        second = audit(target_at(server), tmp_path / "run", only=ONLY, earlier=earlier)
    assert second.exit_code == ExitCode.CONFORMS
    assert {v.outcome for v in second.verdicts} == {Outcome.PASS}
    run = read_run(tmp_path / "run" / "run.ndjson")
    assert any("Resumed: " in note for note in run.header.notes)
    assert run.footer is not None
    assert run.footer.summary["requests"] < len(run.exchanges)


def test_the_plan_is_what_is_judged(tmp_path: Path) -> None:
    """Each planned case has one verdict, and no other has one."""
    with ReferenceServer() as server:
        audited = audit(target_at(server), tmp_path / "run", only=["chat.stop", "http", "contract"])
    planned = {(name, case) for name, check in by_requirement().items() for case in check.cases}
    judged = [(verdict.requirement, verdict.case) for verdict in audited.verdicts]
    assert len(set(judged)) == len(judged)
    assert set(judged) <= planned

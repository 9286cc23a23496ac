"""`conformance pack`: what it writes runs; what is wrong with a pack is found; a broken one is one line and exit code 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.checks.index import checks
from conformance.cli.endpoints import endpoint_of, packs_of
from conformance.cli.pack_check import problems
from conformance.cli.pack_new import write_pack
from conformance.config import load_profile
from conformance.contract import SpecError, load_registry
from conformance.contract.packs import use_packs
from conformance.options import TargetError
from tests.packs.conftest import Command

PACKAGE = Path("acme_pack")


def change(project: Path, path: str, old: str, new: str) -> Path:
    """Change a file of the pack."""
    file = project / PACKAGE / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_a_new_pack_passes_its_own_tests(conformance: Command, tmp_path: Path) -> None:
    """Written, and tested as its author would."""
    made = conformance("pack", "new", "my-vendor", "--title", "My Vendor: fast")
    assert made.returncode == 0, made.stderr
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "my-vendor", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.parametrize("name", ["Acme", "a b", "../x", "openai", "telnyx", "a-", "", "1st"])
def test_a_name_that_is_none_or_taken_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(TargetError):
        write_pack(name, "X", tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder of that name stays as it is."""
    write_pack("acme", "Acme", tmp_path)
    with pytest.raises(TargetError, match="File exists"):
        write_pack("acme", "Acme", tmp_path)
    with pytest.raises(TargetError, match="--title"):
        write_pack("other", 'a"b', tmp_path)


SECOND = """\
  - id: acme.trace
    level: MUST
    statement: Again.
    basis: docs
    source: x
    impact: x
"""
LONELY = """\
  - id: acme.lonely
    level: MUST
    statement: Nobody checks this.
    basis: docs
    source: "todo: find the page"
    impact: x
"""
CASES = {
    "an id given twice": ("requirements/acme.yaml", "requirements:\n", f"requirements:\n{SECOND}", "acme.yaml:9: requirement 'acme.trace' is given twice (first in "),
    "no source": ("requirements/acme.yaml", "requirements:\n", f"requirements:\n{LONELY}", "acme.yaml:3: acme.lonely has no source"),
    "no check": ("requirements/acme.yaml", "requirements:\n", f"requirements:\n{LONELY}", "acme.yaml:3: acme.lonely has no check"),
    "no requirement of a feature": ("requirements/acme.yaml", "    feature: acme_limits\n", "", "profile.yaml:7: the feature acme_limits is promised, but no requirement tests it"),
    "a check of nothing": ("checks/test_acme.py", '@requirement("acme.limits")', '@requirement("acme.limit")', ": the check judges acme.limit, but there is no requirement with this id"),
    "a mutant of nothing": ("mutants.py", 'breaks={"acme.limits"}', 'breaks={"acme.limit"}', "mutant acme-limit-as-text breaks acme.limit, but there is no requirement with this id"),
    "a judge in the reference": ("reference.py", "import secrets\n", "import secrets\nfrom acme_pack.checks.test_acme import TRACE\n", "reference.py:9: acme_pack.checks.test_acme.TRACE is judging code"),
    "a replaced route": ("reference.py", '"GET", "/v1/limits"', '"GET", "/v1/models"', "reference.py: Limits replaces GET /v1/models of Models; subclass Models"),
    "an unknown feature": ("requirements/acme.yaml", "feature: acme_limits", "feature: acme_limit", "unknown feature 'acme_limit'; add it to the features file of the pack"),
    "a wrong level": ("requirements/acme.yaml", "level: MUST", "level: MUSTARD", "acme.yaml:4: level 'MUSTARD' must be one of"),
    "a syntax error": ("checks/test_acme.py", "@probe", "@@probe", "test_acme.py:29: pack acme: SyntaxError: "),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("alone")
def test_what_is_wrong_is_found(case: str, acme: Path) -> None:
    """Each problem is a line with file and line."""
    path, old, new, found = CASES[case]
    change(acme, path, old, new)
    _, said = problems(acme)
    assert [each for each in said if found in each], said


def test_problems_are_lines_and_exit_code_1(conformance: Command, acme: Path) -> None:
    """On stdout, with their number."""
    path, old, new, found = CASES["no source"]
    change(acme, path, old, new)
    done = conformance("pack", "check", acme)
    assert done.returncode == 1, done.stdout + done.stderr
    assert found in done.stdout
    assert done.stdout.endswith("acme 0.1: 2 problems\n")
    assert not done.stderr


@pytest.mark.usefixtures("alone")
def test_the_packs_of_the_suite_have_no_problems() -> None:
    """They are held to what strangers are held to."""
    specs = Path(__file__).parents[2] / "specs"
    assert [problems(specs / name)[1] for name in ("telnyx", "vllm")] == [[], []]


BROKEN = {
    "a wrong manifest": ("pack.yaml", "format: 1", "format: 9", "pack.yaml:2: "),
    "a wrong profile": ("profile.yaml", "promised: [chat,", "promised: [chatter,", "profile.yaml:7: unknown feature 'chatter'"),
    "a profile of another name": ("profile.yaml", "name: acme", "name: other", "profile.yaml:1: the profile of pack acme is called 'other'"),
    "a contract left out": ("profile.yaml", "contracts: [openai, acme]", "contracts: [openai]", "profile.yaml:3: the requirements of pack acme apply to no target"),
    "wrong requirements": ("requirements/acme.yaml", "basis: docs", "basis: rumour", "acme.yaml:6: basis 'rumour'"),
    "an import that fails": ("checks/test_acme.py", "import re\n", "import re\nimport nonsense_module\n", "test_acme.py:6: pack acme: ModuleNotFoundError: "),
    "an exception": ("checks/test_acme.py", 'TRACE = re.compile(r"[0-9a-f]{16}")', "TRACE = 1 / 0", "test_acme.py:16: pack acme: ZeroDivisionError: "),
    "an exit": ("checks/test_acme.py", 'TRACE = re.compile(r"[0-9a-f]{16}")', "raise SystemExit(0)", "test_acme.py:16: pack acme: SystemExit"),
    "a check of another's requirement": ("checks/test_acme.py", '@requirement("acme.limits")', '@requirement("chat.stop.array")', "test_acme.py:38: two checks of chat.stop.array"),
    "a reference that is none": ("reference.py", "REFERENCE = PackReference(parts=(Traced, Limits, Tagged), settings={\"dialect\": PARAMETERS})", "REFERENCE = 1", "reference.py: pack acme: REFERENCE must be a PackReference"),
    "parts that are none": ("reference.py", "parts=(Traced, Limits, Tagged)", "parts=(Traced, int)", "pack acme: its reference endpoint cannot be made"),
}  # fmt: skip


def begin(project: Path) -> None:
    """What `conformance run` does with a pack before it sends anything."""
    use_packs([project])
    endpoint_of(packs_of(load_profile("acme").contracts))
    load_registry()
    checks()


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.usefixtures("alone")
def test_a_broken_pack_is_told_with_its_place(case: str, acme: Path) -> None:
    """File and line, where a line is to blame."""
    path, old, new, found = BROKEN[case]
    change(acme, path, old, new)
    with pytest.raises(SpecError) as caught:
        begin(acme)
    assert found in str(caught.value)


@pytest.mark.parametrize("case", ["a wrong manifest", "an import that fails", "a check of another's requirement"])
def test_a_broken_pack_is_one_line_and_exit_code_2(case: str, conformance: Command, acme: Path) -> None:
    """Never a traceback, and nothing is sent."""
    path, old, new, found = BROKEN[case]
    change(acme, path, old, new)
    done = conformance("run", "--pack", acme, "--profile", "acme", "--only", "acme", "--output", "out")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("conformance: ")
    assert done.stderr.count("\n") == 1
    assert found in done.stderr
    assert not done.stdout


def test_a_proof_that_fails_says_why(conformance: Command, acme: Path) -> None:
    """The right endpoint breaks a requirement; a mutant breaks another than it says; a requirement has no mutant."""
    change(acme, "reference.py", "return 600", "return 0")
    change(acme, "mutants.py", 'breaks={"acme.limits"}', 'breaks={"acme.trace"}')
    done = conformance("pack", "prove", acme)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "WRONG  the right endpoint: acme.limits is broken" in done.stdout
    assert "acme.limits is broken: expected an integer above 0, observed 0 (/requests_per_minute)" in done.stdout
    assert "WRONG  acme-limit-as-text: acme.trace is not broken; acme.limits is broken" in done.stdout
    assert "WRONG  acme.limits: no mutant breaks it" in done.stdout


def test_a_proof_says_why_a_requirement_was_not_judged(conformance: Command, acme: Path) -> None:
    """The reason and the detail of the verdict: here the reference endpoint rejects a body without a model."""
    change(acme, "checks/test_acme.py", 'chat.body("Say hello.", acme_tag="blue-7")', '{"acme_tag": "blue-7"}')
    done = conformance("pack", "prove", acme)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "WRONG  the right endpoint: acme.tag is inconclusive: " in done.stdout
    assert "you must provide a model parameter" in done.stdout


@pytest.mark.usefixtures("alone")
def test_two_packs_of_one_name_are_refused(acme: Path, tmp_path: Path) -> None:
    """Which of them would judge? The same one twice is one."""
    (tmp_path / "elsewhere").mkdir()
    other = write_pack("acme", "Other", tmp_path / "elsewhere")
    use_packs([acme, acme / "acme_pack"])
    with pytest.raises(SpecError, match="a second pack called acme; the first is "):
        use_packs([other])


@pytest.mark.usefixtures("alone")
def test_a_name_of_the_suite_is_refused(acme: Path) -> None:
    """Nobody takes the place of its packs."""
    change(acme, "pack.yaml", "name: acme", "name: telnyx")
    use_packs([acme])
    with pytest.raises(SpecError, match="a pack called telnyx comes with the suite"):
        load_registry()


@pytest.mark.usefixtures("alone")
def test_a_pack_may_have_no_code(acme: Path) -> None:
    """Then its profile can be used, and `check` says that nothing looks at its requirements."""
    change(acme, "pack.yaml", "package: acme_pack\n", "")
    begin(acme)
    _, said = problems(acme)
    assert [each.rpartition("; ")[0].rpartition(": ")[2] for each in said] == [
        "acme.trace has no check", "acme.limits has no check", "acme.tag has no check",
    ]  # fmt: skip

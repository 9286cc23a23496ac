"""The generated cases that come with the suite are those that its generators make, and spare usual runs the generators."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from benchmarks.made_cases import cases_of, sources
from conformance.checks.made import GENERATORS, key_of, made, made_with

USUAL = """
import sys
from conformance.auditing import conduct
from conformance.cli.run import reference_target
from dataclasses import replace
from pathlib import Path
with reference_target("openai") as target:
    audited = conduct.audit(replace(target, model="reference-1"), Path(sys.argv[1]), only=["chat.json-schema.generated", "generated"])
assert audited.verdicts
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""


def test_every_usual_case_is_there() -> None:
    """After a change of a document, a profile or a generator: `python -m benchmarks.made_cases --write`."""
    assert [source for source in sources() if made(*source) is None] == []


@pytest.mark.skipif(
    any(made_with()[name] != version(name) for name in GENERATORS), reason="other releases generate other cases"
)
def test_the_cases_are_what_the_generators_make() -> None:
    """So a case is never from an older generator."""
    first, *_, last = sources()
    few = [first, last]
    assert {key_of(*source): cases_of(source) for source in few} == {key_of(*source): made(*source) for source in few}


def test_a_usual_run_imports_no_generator(tmp_path: Path) -> None:
    """Importing hypothesis and schemathesis takes a second of processor time in each of two processes."""
    code = USUAL.replace("{{", "{").replace("}}", "}")
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run")], capture_output=True, text=True, check=True
    )
    imported = told.stdout.split()
    assert "httpx" in imported
    assert not set(imported) & {*GENERATORS, "openapi_core", "pytest"}

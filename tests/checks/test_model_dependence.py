"""Requirements that depend on model quality are at most SHOULD, and their findings say how often the fault was seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.reference.mutants import MUTANTS, endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.reference.settings import Settings
from conformance.verdict import Outcome, combine

HIGH = sorted(r.id for r in load_registry().values() if r.model == "high")
# Where several mutants break one, the one that a weak model looks like.
MEANT = {"chat.tools.result-used": "tool-message-dropped"}


def test_what_depends_on_the_model_is_no_must() -> None:
    """`model: high` is SHOULD at most."""
    registry = load_registry()
    assert HIGH
    assert not [name for name in HIGH if registry[name].level == "MUST"]


@pytest.mark.parametrize("name", HIGH)
def test_a_failure_that_depends_on_the_model_says_how_often(name: str, tmp_path: Path) -> None:
    """One answer may be bad luck, so the evidence is k of n, and n is more than one."""
    mutant = MEANT.get(name) or next(mutant.name for mutant in MUTANTS.values() if name in mutant.breaks)
    with ReferenceServer(endpoint_with(mutant, settings=Settings())) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        audited = audit(target, tmp_path / "run", only=[name])
    verdict = combine(audited.verdicts)[name]
    assert verdict.outcome is Outcome.WARN, verdict.detail
    said = " ".join(f"{finding.expected} {finding.observed}" for finding in verdict.findings) + verdict.detail
    found = re.search(r"\b(\d+) of (\d+)\b", said)
    assert found, said
    assert int(found[1]) < int(found[2])
    assert int(found[2]) > 1

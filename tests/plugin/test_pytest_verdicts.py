"""Pytest and `conformance run` give the same verdicts, although only pytest resolves its fixtures itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.record import read_run
from conformance.reference import ReferenceServer
from conformance.reference.mutants import endpoint_with
from conformance.verdict import Verdict
from tests.plugin.test_pytest_run import pytest_run

FAULTS = ("stop-not-excluded", "usage-chunk-missing", "response-sequence-missing", "type-error-leaks")
TIMED = {"chat.stream.incremental"}  # may be inconclusive on a busy machine
Told = dict[tuple[str, str], tuple[str, str]]


def told(verdicts: Iterable[Verdict]) -> Told:
    return {(v.requirement, v.case): (str(v.outcome), str(v.reason)) for v in verdicts if v.requirement not in TIMED}


def test_every_verdict_is_the_same_under_pytest(tmp_path: Path) -> None:
    """A quick run of the OpenAI profile at an endpoint with faults of four areas."""
    with ReferenceServer(endpoint_with(*FAULTS)) as server:
        done = pytest_run(server, tmp_path, "--target-output", "pytest")
        assert done.returncode == 1, done.stdout[-2000:] + done.stderr
    with ReferenceServer(endpoint_with(*FAULTS)) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        direct = told(audit(target, tmp_path / "direct").verdicts)
    under_pytest = told(read_run(tmp_path / "pytest" / "run.ndjson").verdicts)
    differ = {
        key: (under_pytest.get(key), direct.get(key))
        for key in under_pytest.keys() | direct.keys()
        if under_pytest.get(key) != direct.get(key)
    }
    assert not differ
    assert len(direct) > 500
    assert sum(outcome == "fail" for outcome, _ in direct.values()) >= len(FAULTS)

"""ctrf.json has the members that the Common Test Report Format demands, and agrees with the model."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sample

from conformance.record import Run
from conformance.report.formats.ctrf import render_ctrf
from conformance.report.model import build_model
from tests.schemas.validating import check

# Members of a test and their types, as the format's specification has them; the first three are required.
_TEST = {
    "name": str, "status": str, "duration": int, "suite": list, "message": str, "trace": str, "rawStatus": str,
    "tags": list, "labels": dict, "stdout": list,
}  # fmt: skip


def rendered(run: Run) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render_ctrf(build_model(run, sample.registry())))
    check("ctrf", data)
    return data


@pytest.mark.parametrize("run", [sample.run(), sample.hostile_run(), Run(sample.header(), {}, (), None)])
def test_it_has_what_the_format_demands_and_nothing_else(run: Run) -> None:
    """Counts agree with the tests; times are numbers of milliseconds; no other member is there."""
    data = rendered(run)
    assert (data["reportFormat"], set(data)) == ("CTRF", {"reportFormat", "specVersion", "generatedBy", "results"})
    results = data["results"]
    assert set(results) == {"tool", "summary", "tests", "environment", "extra"}
    summary, tests = results["summary"], results["tests"]
    assert summary["tests"] == len(tests)
    for status in ("passed", "failed", "skipped", "pending", "other"):
        assert summary[status] == sum(test["status"] == status for test in tests)
    assert isinstance(summary["start"], int)
    assert summary["stop"] >= summary["start"] > 0
    for test in tests:
        assert {"name", "status", "duration"} <= set(test) <= set(_TEST)
        assert all(isinstance(value, _TEST[name]) for name, value in test.items())
        assert test["name"]
        assert test["suite"]


def test_outcomes_keep_their_name_and_failures_their_evidence() -> None:
    """A broken SHOULD fails nothing; a failure has its curl."""
    tests = {test["name"]: test for test in rendered(sample.run())["results"]["tests"]}
    stop = tests["chat.stop.excluded"]
    assert (stop["status"], stop["rawStatus"], stop["tags"]) == ("failed", "breaks", ["MUST"])
    assert stop["stdout"][0].startswith("curl ")
    assert stop["duration"] == round(sample.exchanges()["x0012"].timing.last_byte_ms or 0)
    assert (tests["http.request-id"]["status"], tests["http.request-id"]["rawStatus"]) == ("other", "passes (warned)")
    assert tests["chat.tools.arguments"]["labels"] == {"reason": "premise-not-met"}
    assert tests["models.retrieve.unknown"]["status"] == "failed"


def test_a_run_that_did_not_end_has_a_failed_test() -> None:
    """A dashboard is not green when the target is down."""
    first = rendered(Run(sample.header(), {}, (), None))["results"]["tests"][0]
    assert (first["name"], first["status"]) == ("the run came to its end", "failed")

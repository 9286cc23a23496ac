"""Counts and ratios that keep runs fast and cheap; no test here measures seconds of the clock."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.cost import EARLIER
from conformance.auditing.request_plan import request_plan
from conformance.auditing.runner import audit
from conformance.cli.run import reference_target
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.judging.foreign import judge_file
from conformance.record import iter_run
from conformance.wire import Exchange

FOR_EACH_REQUIREMENT, OF_003E281 = 0.65, 292
"""Requests that a quick run may plan: for each of its requirements, and for the requirements of commit 003e281."""
SLOPE = 1.25


def test_a_quick_run_sends_few_requests() -> None:
    """For all requirements of profile openai, and for those of commit 003e281."""
    target = Target("http://127.0.0.1:9/v1", load_profile("openai"))
    whole = request_plan(target, load_registry())
    assert whole.all.requests <= FOR_EACH_REQUIREMENT * whole.requirements
    earlier = request_plan(target, load_registry(), EARLIER.read_text().split())
    assert earlier.all.requests <= OF_003E281


MODULES = """
import sys
from conformance.cli import main
sys.argv = ["conformance", "run", "http://127.0.0.1:9/v1", "--no-key", "--quiet", "--only", "chat.stop.excluded"]
try:
    main()
except SystemExit:
    pass
print(*sys.modules)
"""
SLOW = {"hypothesis", "jinja2", "openapi_core", "pydantic", "pygments", "pytest", "rich", "schemathesis", "starlette", "uvicorn", "yaml"}  # fmt: skip


@pytest.mark.parametrize("code", [MODULES, "import conformance.auditing.worker, sys; print(*sys.modules)"])
def test_a_run_imports_no_slow_module_before_its_first_response(code: str, tmp_path: Path) -> None:
    """Nobody listens at the target of this run, so it ends after its first request. The judging process is as quick."""
    keeping = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(2):  # the first process keeps what it parsed
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=keeping)
    assert not SLOW.intersection(done.stdout.split())


def test_judging_takes_time_in_proportion_to_the_exchanges(tmp_path: Path) -> None:
    """Four times as many exchanges cost four times as much, and not more."""
    with reference_target(None) as target:
        audit(target, tmp_path / "run", only=["chat.stream", "chat.n"])
    exchanges = [each for each in iter_run(tmp_path / "run" / "run.ndjson") if isinstance(each, Exchange)]
    lines = [
        json.dumps(
            {
                "id": each.id,
                "method": each.request.method,
                "url_path": "/v1/chat/completions",
                "request_body": each.request.body.decode(),
                "status": each.status,
                "response_headers": dict(each.headers),
                "response_body": each.body.decode(),
            }
        )
        for each in exchanges
        if each.request.body
    ]
    points = []
    for count in (250, 1000):
        file = tmp_path / f"{count}.jsonl"
        file.write_text("\n".join(lines[number % len(lines)] for number in range(count)))
        points.append(min(_cpu_s(file) for _ in range(3)))
    assert math.log(points[1] / points[0]) / math.log(4) <= SLOPE


def _cpu_s(file: Path) -> float:
    registry = load_registry()
    began = time.process_time()
    judged = judge_file(file, registry)
    seconds = time.process_time() - began
    assert judged.footer
    assert judged.footer.summary["exchanges"] > 0
    return seconds

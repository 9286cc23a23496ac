"""What a run of chat costs, and that the plan tells it before anything is sent."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.cli.run import reference_target
from conformance.plugin.runner import audit
from conformance.record import Run, read_run
from conformance.verdict import combine

REQUESTS_FOR_EACH_VERDICT = 0.8
OUTPUT_TOKENS = 15_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An audit of chat alone, at the reference endpoint."""
    folder = tmp_path_factory.mktemp("cost") / "run"
    with reference_target(None) as target:
        audit(target, folder, only=["chat"])
    return read_run(folder / "run.ndjson")


def spent(run: Run) -> int:
    """The output tokens that the endpoint counted, chunk by chunk or whole."""
    counts = re.compile(r'"(?:completion|output)_tokens":(\d+)')
    return sum(max(map(int, counts.findall(exchange.text)), default=0) for exchange in run.exchanges.values())


def test_few_requests_answer_many_requirements(run: Run) -> None:
    """A run of chat sends at most eight requests for ten verdicts, and asks for few tokens."""
    assert len(run.exchanges) <= REQUESTS_FOR_EACH_VERDICT * len(combine(run.verdicts))
    assert 0 < spent(run) < OUTPUT_TOKENS


def test_the_plan_is_not_below_the_run(run: Run) -> None:
    """The figures that `conformance plan` prints are at least those of the run."""
    printed = CliRunner().invoke(app, ["plan", "--only", "chat"])
    assert printed.exit_code == 0, printed.output
    found = re.match(r"(\d+) requirements, (\d+) requests, ([\d,]+) output tokens at most", printed.output)
    assert found, printed.output
    requirements, requests, tokens = (int(number.replace(",", "")) for number in found.groups())
    assert requirements == len(combine(run.verdicts))
    assert requests >= len(run.exchanges)
    assert spent(run) <= tokens < OUTPUT_TOKENS

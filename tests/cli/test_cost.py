"""What a run of chat costs, and that the plan tells it before anything is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.auditing.counted import FILE
from conformance.auditing.runner import audit
from conformance.checks.index import checks
from conformance.cli import app
from conformance.cli.run import reference_target
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


def test_the_plan_is_that_of_the_run(run: Run) -> None:
    """The figures that `conformance plan` prints are those of the run, to a few requests; no output is above the plan."""
    printed = CliRunner().invoke(app, ["plan", "--only", "chat", "--price-in", "1", "--price-out", "10", "--rate", "2"])
    assert printed.exit_code == 0, printed.output
    said = r"(\d+) requirements, (\d+) requests, about ([\d,]+) input tokens, ([\d,]+) output tokens at most"
    found = re.match(said, printed.output)
    assert found, printed.output
    requirements, requests, asked, tokens = (int(number.replace(",", "")) for number in found.groups())
    assert requirements == len(combine(run.verdicts))
    assert requests == pytest.approx(len(run.exchanges), rel=0.05)
    assert asked == pytest.approx(sum(len(each.request.body) // 4 for each in run.exchanges.values()), rel=0.1)
    assert spent(run) <= tokens < OUTPUT_TOKENS
    again = (
        r"^to confirm failures: on average up to (\d+) more requests if the target has no faults, and at most ([\d,]+) "
    )
    more = re.search(again, printed.output, re.MULTILINE)
    assert more, printed.output
    assert 1 <= int(more[1]) <= requests / 5  # none was needed here: the endpoint's answers do not vary
    assert requests < int(more[2].replace(",", "")) < 7 * requests
    cost = re.search(r"^cost  about ([\d.]+) at most, and at most [\d.]+ more to confirm", printed.output, re.MULTILINE)
    assert cost
    assert float(cost[1]) == pytest.approx((asked + 10 * tokens) / 1_000_000, abs=0.0001)
    assert "at 2 requests a second" in printed.output
    assert re.search(r"^chat\.stop +\d+ +[\d,]+ +[\d,]+$", printed.output, re.MULTILINE)


def test_nearly_every_probe_is_counted() -> None:
    """A probe that the file lacks counts as one request: `python -m benchmarks.request_plan --write` counts it."""
    data = json.loads(FILE.read_text("utf-8"))
    counted = {name for profile in data.values() for depth in profile["stagings"].values() for name in depth}
    needed = {str(key) for check in checks() for case in check.cases for key in check.keys(case)}
    assert len(needed - counted) <= 25, sorted(needed - counted)


def test_a_plan_takes_what_conformance_toml_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Profile, depth and prices of a target by its name."""
    (tmp_path / "conformance.toml").write_text(
        '[targets.mine]\nurl = "http://localhost:1/v1"\ndepth = "standard"\nprice_in = 2\nprice_out = 3\n'
    )
    monkeypatch.chdir(tmp_path)
    printed = CliRunner().invoke(app, ["plan", "mine", "--only", "generated"])
    assert "at 2 and 3 for a million" in printed.output
    assert re.search(r"^generated\.invalid +1[0-9][0-9] ", printed.output, re.MULTILINE), printed.output

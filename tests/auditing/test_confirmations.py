"""The planned number of requests that confirm failures bounds what audits of faulty endpoints send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.confirmations import confirmations
from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.contract import load_registry
from conformance.contract.error_rates import load_error_rates, rates_of
from conformance.engine import ProbeKey
from conformance.record import read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import repetitions

PLANNED = Target(url="http://plan.invalid/v1", profile=load_profile("openai"), key=None)
STOP = "chat.stop.every-choice"
REPEATABLE = "chat.seed.repeatable"


def confirming(mutants: Sequence[str], only: Sequence[str], folder: Path) -> int:
    """How many requests an audit of this endpoint sends to confirm failures."""
    with ReferenceServer(endpoint_with(*mutants)) as server:
        audit(replace(PLANNED, url=server.url, key=server.api_key, model="reference-1"), folder, only=only)
    keys = (ProbeKey.read(each.probe) for each in read_run(folder / "run.ndjson").exchanges.values())
    return sum(key.again > 0 for key in keys if key)


@pytest.mark.parametrize(
    ("mutants", "only", "least"),
    [
        (["stop-first-choice-only"], [STOP], 1),
        (["seed-ignored"], [REPEATABLE], 1),
        (["stop-first-choice-only", "seed-ignored"], ["chat"], 2),
        (["tool-markup-in-content"], ["chat.tools.no-markup", "chat.tools.named"], 2),
        ([], ["chat"], 0),
    ],
)
def test_an_audit_never_sends_more_than_planned(
    mutants: Sequence[str], only: Sequence[str], least: int, tmp_path: Path
) -> None:
    sent = confirming(mutants, only, tmp_path / "run")
    assert least <= sent <= confirmations(PLANNED, load_registry(), only).most.requests
    assert (sent > 0) is bool(mutants)


def test_the_expected_number_is_that_of_the_measured_rate() -> None:
    """The share of failures on the lawful variation that fails most often, times the repetitions after a failure."""
    failed, asked = load_error_rates()[REPEATABLE].lawful
    mean, most = repetitions(rates_of(REPEATABLE), failed / asked)
    planned = confirmations(PLANNED, load_registry(), [REPEATABLE])
    requests = planned.most.requests / most
    assert requests == int(requests)
    assert planned.expected == pytest.approx(mean * requests)
    assert planned.expected > 0


def test_requirements_that_do_not_depend_on_the_model_need_no_confirmation() -> None:
    none = confirmations(PLANNED, load_registry(), ["models.list", "errors"])
    assert (none.expected, none.most.requests) == (0, 0)

"""The page of parameters names every documented parameter, and says what is so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.checks.index import checks
from conformance.contract import load_registry

from .coverage.parameters import SCHEMAS, Parameter, accepted_only, documented, load, merged, page, servers, unknown

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("api", SCHEMAS)
def test_every_documented_parameter_has_a_row(api: str) -> None:
    """Each property of the request schema has requirements that show its effect, or a reason why none does."""
    schemas = json.loads((ROOT / "specs/openai/openapi.json").read_text(encoding="utf-8"))["components"]["schemas"]
    rows = {each.name for each in load() if each.api == api}
    assert rows == documented(schemas, SCHEMAS[api])


def test_a_parameter_without_effect_has_a_reason() -> None:
    """A requirement that only expects acceptance is no proof of an effect."""
    assert not unknown(load(), load_registry())
    acceptance = {check.requirement for check in checks() if check.acceptance}
    for each in load():
        assert each.effect or each.reason, each.name
        assert not acceptance & {*each.effect}, each.name


def test_each_requirement_that_only_expects_acceptance_has_a_reason() -> None:
    """Acceptance alone hides a server that ignores what it accepts: each such requirement says why no more is shown."""
    parameters = {name for each in load() if each.reason or each.effect for name in each.accepted}
    reasons = [name for _, names in accepted_only() for name in names]
    assert len(reasons) == len({*reasons})
    acceptance = {check.requirement for check in checks() if check.acceptance}
    assert {*reasons} <= acceptance
    assert acceptance - parameters <= {*reasons}


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ({"a": "pass", "b": "fail"}, "partly honoured"),
        ({"a": "inconclusive", "b": "warn"}, "**silently ignored**"),
        ({"a": "pass", "b": "inconclusive"}, "honoured"),
        ({"a": "unsupported"}, "rejected"),
        ({"c": "unsupported"}, "rejected"),
        ({"a": "inconclusive", "c": "pass"}, ""),
    ],
)
def test_the_state_follows_from_the_outcomes(outcomes: dict[str, str], state: str) -> None:
    """A violated effect is no refusal; acceptance alone shows nothing."""
    assert Parameter("chat", "x", effect=("a", "b"), accepted=("c",)).state(outcomes) == state


def test_the_verdict_of_the_audit_fills_a_gap() -> None:
    """A recording cannot answer requests that were not sent then."""
    found = merged({"a": "inconclusive", "b": "pass"}, {"a": "fail", "b": "fail"})
    assert found == {"a": "fail", "b": "pass"}


def test_the_page_is_what_the_generator_makes() -> None:
    """Nobody edits docs/parameters.md by hand, and nobody forgets to write it."""
    text = (ROOT / "docs/parameters.md").read_text(encoding="utf-8")
    command = "python -m tests.proof.coverage.parameters --write docs/parameters.md"
    assert text == page(load(), servers()), f"run {command}"

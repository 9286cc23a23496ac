"""report.json keeps to its published schema, whatever a target wrote."""

from __future__ import annotations

import copy
import json

import jsonschema_rs
import pytest
import sample

from conformance.record import Run
from conformance.report.formats.json_report import SCHEMA, render_json, report_data
from conformance.report.model import build_model

EMPTY = Run(sample.header(), {}, (), None)


def schema() -> dict:
    return json.loads(SCHEMA.read_text("utf-8"))


def test_the_schema_is_a_valid_2020_12_schema() -> None:
    """What we publish can be used by any validator."""
    jsonschema_rs.meta.validate(schema())
    assert schema()["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("run", [sample.run(), sample.hostile_run(), EMPTY], ids=["sample", "hostile", "empty"])
def test_reports_are_valid_and_strict_json(run: Run) -> None:
    """Every report validates, also after a strict parser in another language has read it."""
    text = render_json(build_model(run, sample.registry()))
    text.encode("utf-8")  # no lone surrogate
    assert "\\ud800" not in text
    jsonschema_rs.validator_for(schema()).validate(json.loads(text))


@pytest.mark.parametrize("member", ["format", "suite", "target", "summary", "verdicts", "complete"])
def test_the_schema_refuses_a_report_without_a_promised_member(member: str) -> None:
    """The schema is not a rubber stamp."""
    data = report_data(build_model(sample.run(), sample.registry()))
    del data[member]
    assert not jsonschema_rs.validator_for(schema()).is_valid(data)


def test_the_schema_refuses_an_inconclusive_verdict_without_reason() -> None:
    """Every inconclusive verdict has a reason code."""
    data = copy.deepcopy(report_data(build_model(sample.run(), sample.registry())))
    inconclusive = next(each for each in data["verdicts"] if each["outcome"] == "inconclusive")
    inconclusive["reason"] = None
    assert not jsonschema_rs.validator_for(schema()).is_valid(data)


def test_every_member_is_described() -> None:
    """A reader learns what each member means from the schema alone."""

    def undescribed(node: object, path: str) -> list[str]:
        if not isinstance(node, dict):
            return []
        found = []
        for name, member in node.get("properties", {}).items():
            known = "description" in member or "$ref" in member
            found += [] if known else [f"{path}/{name}"]
            found += undescribed(member, f"{path}/{name}") + undescribed(member.get("items"), f"{path}/{name}")
        return found

    document = schema()
    parts = {"": document, **document["$defs"]}
    assert [path for name, part in parts.items() for path in undescribed(part, name)] == []


def test_the_documented_members_say_what_the_run_says() -> None:
    """The public members hold the values of the run."""
    data = report_data(build_model(sample.run(), sample.registry()))
    assert data["suite"] == {"name": "openai-conformance", "version": "0.1.0"}
    assert data["target"]["url"] == sample.URL
    assert data["summary"]["requests"] == 33
    assert data["summary"]["seconds"] == 41.7
    assert data["complete"] is True
    assert sum(data["summary"]["by_outcome"].values()) == len(data["verdicts"])
    verdicts = {each["requirement"]: each for each in data["verdicts"]}
    stop = verdicts["chat.stop.excluded"]
    assert (stop["level"], stop["outcome"], stop["reason"]) == ("MUST", "fail", None)
    assert stop["expected"] == "a text without '5'"
    assert stop["observed"] == "'One, two, three, four, 5'"
    assert stop["exchanges"] == ["x0012"]
    assert [(case["case"], case["outcome"]) for case in stop["cases"]] == [("json", "pass"), ("sse", "fail")]
    assert verdicts["chat.tools.arguments"]["reason"] == "premise-not-met"
    assert verdicts["chat.sampling.n"]["documented_difference"] == "The engine serves one choice."
    assert data["fix_first"][1]["requirements"] == ["errors.envelope", "errors.wrong-type"]


def test_states_are_those_that_readers_are_told() -> None:
    """One table, used everywhere: a warning passes, what could not be judged is no pass, and all add up."""
    data = report_data(build_model(sample.run(), sample.registry()))
    states = {each["outcome"]: each["state"] for each in data["verdicts"]}
    assert states["pass"] == states["warn"] == "passes"
    assert states["inconclusive"] == states["error"] == "not judged"
    assert (states["fail"], states["unsupported"], states["not-applicable"]) == (
        "breaks",
        "not offered",
        "not applicable",
    )
    assert sum(data["summary"]["by_state"].values()) == len(data["verdicts"])
    assert data["summary"]["by_state"]["passes"] == 25

"""Allure's results: a tree by area, attachments where something does not pass, environment and categories, small."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sample

from conformance.contract import load_registry
from conformance.record import Run
from conformance.report.allure_results import write_allure
from conformance.report.model import build_model
from conformance.verdict import Outcome, Verdict


def written(run: Run, folder: Path) -> dict[str, dict[str, Any]]:
    write_allure(build_model(run, sample.registry()), folder)
    results = [json.loads(file.read_text("utf-8")) for file in folder.glob("*-result.json")]
    return {result["fullName"]: result for result in results}


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"]}


def test_the_tree_is_by_contract_and_area(tmp_path: Path) -> None:
    """Not by the files of this suite."""
    results = written(sample.run(), tmp_path)
    assert len(results) == len(build_model(sample.run(), sample.registry()).rows)
    of = labels(results["chat.stop.excluded"])
    assert (of["parentSuite"], of["suite"], of["feature"], of["severity"]) == (
        "openai",
        "chat.stop",
        "chat.stop",
        "critical",
    )


def test_what_does_not_pass_has_its_exchange_attached_and_what_passes_has_nothing(tmp_path: Path) -> None:
    """JSON as JSON, a curl, and a file for each attachment that is named."""
    results = written(sample.run(), tmp_path)
    assert "attachments" not in results["http.method"]
    attached = results["errors.envelope"]["attachments"]
    assert {"x0021 curl", "x0021 response body"} <= {each["name"] for each in attached}
    assert {"application/json", "text/plain"} == {each["type"] for each in attached}
    for each in attached:
        text = (tmp_path / each["source"]).read_text("utf-8")
        assert each["type"] == "text/plain" or json.loads(text)
    named = {each["source"] for result in results.values() for each in result.get("attachments", ())}
    assert named == {file.name for file in tmp_path.glob("*-attachment.*")}


def test_times_and_statuses_are_real(tmp_path: Path) -> None:
    """The time is that of the exchanges; a history is kept over runs."""
    results = written(sample.run(), tmp_path)
    stop = results["chat.stop.excluded"]
    assert stop["stop"] - stop["start"] == round(sample.exchanges()["x0012"].timing.last_byte_ms or 0)
    assert stop["status"] == "failed"
    assert results["models.retrieve.unknown"]["status"] == "broken"
    assert results["http.request-id"]["status"] == "skipped"
    assert stop["historyId"] == written(sample.run(), tmp_path / "again")["chat.stop.excluded"]["historyId"]


def test_every_test_that_does_not_pass_is_in_one_category(tmp_path: Path) -> None:
    """So that a recommendation, a thing not judged and a feature not offered are told apart."""
    results = written(sample.run(), tmp_path)
    categories = json.loads((tmp_path / "categories.json").read_text("utf-8"))
    for result in results.values():
        if result["status"] != "passed":
            message = result["statusDetails"]["message"]
            found = [
                each["name"] for each in categories
                if result["status"] in each["matchedStatuses"] and re.fullmatch(each["messageRegex"], message)
            ]  # fmt: skip
            assert len(found) == 1, (message, found)
    environment = (tmp_path / "environment.properties").read_text("utf-8")
    assert "model=tiny-llama" in environment
    assert "verdict=Breaks 9 of the 34" in environment


def test_a_clean_run_of_the_whole_registry_is_small(tmp_path: Path) -> None:
    """Below five megabytes, and without attachments."""
    said = tuple(
        Verdict(each.id, each.level, Outcome.PASS, exchanges=("x0001", "x0012"), seen=2)
        for each in load_registry().values()
    )
    model = build_model(Run(sample.header(), sample.exchanges(), said, sample.footer()), load_registry())
    write_allure(model, tmp_path)
    files = list(tmp_path.iterdir())
    assert len(files) == len(said) + 2
    assert sum(file.stat().st_size for file in files) < 5_000_000


@pytest.mark.parametrize("run", [sample.hostile_run(), Run(sample.header(), {}, (), None)], ids=["hostile", "empty"])
def test_a_hostile_target_writes_no_other_file_and_no_control_character(run: Run, tmp_path: Path) -> None:
    """Names of files come from us; texts are visible."""
    written(run, tmp_path / "results")
    assert [file.name for file in tmp_path.iterdir()] == ["results"]
    for file in (tmp_path / "results").iterdir():
        assert re.fullmatch(r"[\w.-]+", file.name)
        text = file.read_text("utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", text), file.name

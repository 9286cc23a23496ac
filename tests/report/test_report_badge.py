"""The badge is green only for a whole run without broken MUSTs, and says its day and edition."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sample

from conformance.acceptance import FailOn, Gated, Policy
from conformance.report.formats.badge import render_badge, render_badge_svg
from conformance.report.model import ReportModel, build_model
from conformance.verdict import ExitCode, Outcome


def broken() -> ReportModel:
    """A run with a broken MUST."""
    return build_model(sample.run(), sample.registry())


def clean() -> ReportModel:
    """The same run without its broken requirements, complete and with nothing left out."""
    model = broken()
    rows = tuple(row for row in model.rows if row.outcome is Outcome.PASS)
    return replace(
        model, rows=rows, exit_code=ExitCode.CONFORMS, ending=None, complete=True, interrupted=False, settings={}
    )


def badge(model: ReportModel) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render_badge(model))
    return data


def gated(model: ReportModel, fail_on: FailOn, code: ExitCode, *newer: str) -> ReportModel:
    return replace(model, gated=Gated(Policy(fail_on), "2026.11", newer=newer), exit_code=code)


def test_results_and_colours() -> None:
    """Green for a whole clean run; red for a broken MUST; grey where a run says nothing, or only a part."""
    model, number = broken(), sum(row.outcome is Outcome.FAIL for row in broken().rows)
    assert number
    seen = [
        badge(clean()),
        badge(replace(clean(), settings={"only": ["chat.stop"]})),
        badge(replace(clean(), settings={"depth": "smoke"})),
        badge(replace(clean(), complete=False)),
        badge(replace(clean(), exit_code=ExitCode.TARGET_GONE)),
        badge(replace(model, exit_code=ExitCode.BROKEN)),
        badge(gated(model, FailOn.NEVER, ExitCode.CONFORMS)),
        badge(gated(model, FailOn.NEW, ExitCode.CONFORMS)),
        badge(gated(clean(), FailOn.MUST, ExitCode.BROKEN)),
    ]
    assert [(each["message"].split(" · ")[0], each["color"]) for each in seen] == [
        ("conforms", "brightgreen"),
        ("partly tested", "lightgrey"),
        ("partly tested", "lightgrey"),
        ("partly tested", "lightgrey"),
        ("not judged", "lightgrey"),
        (f"{number} broken", "red"),
        (f"{number} broken", "red"),
        (f"{number} broken, gate passes", "yellow"),
        ("gate fails", "red"),
    ]


def test_edition_and_day() -> None:
    """The edition of the gate, then the day of the run; newer requirements do not count."""
    model = broken()
    names = [row.requirement for row in model.rows if row.outcome is Outcome.FAIL]
    said = badge(gated(replace(clean(), rows=model.rows), FailOn.MUST, ExitCode.CONFORMS, *names))
    assert said["message"] == f"conforms · 2026.11 · {model.started[:10]}"
    assert said["schemaVersion"] == 1


@pytest.mark.parametrize("model", [broken(), clean()])
def test_the_image_says_the_same(model: ReportModel) -> None:
    """The SVG parses, has the message of the endpoint, and links to nothing."""
    text = render_badge_svg(model)
    root = ET.fromstring(text)  # noqa: S314 - our own text
    assert badge(model)["message"] in "".join(root.itertext())
    assert "href" not in text
    assert text.count("http") == 1


def test_no_text_of_the_target_is_in_the_badge() -> None:
    """A hostile target cannot write into a README."""
    hostile = build_model(sample.hostile_run(), sample.registry())
    assert len(render_badge(hostile)) < 300
    assert "<script" not in render_badge_svg(hostile)

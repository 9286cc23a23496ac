"""The map of constrained output: what was asked in which spelling, and what came of it."""

from __future__ import annotations

import json

import pytest
import sample

from conformance.contract import SpecError, load_registry
from conformance.contract.constraint_map import ANY, load_constraint_map
from conformance.report.feature_map import feature_map
from conformance.report.feature_table import feature_table, main
from conformance.report.formats.html_report import render_html
from conformance.report.formats.json_report import report_data
from conformance.report.formats.markdown import render_markdown
from conformance.report.model import build_model
from conformance.specs import SPECS
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from conformance.wire import Exchange, Request, Timing

PASS, FAIL, WARN, UNSUPPORTED = Outcome.PASS, Outcome.FAIL, Outcome.WARN, Outcome.UNSUPPORTED


def exchange(name: str, body: object, status: int | None = 200) -> Exchange:
    """An exchange of which the map reads the request's body and the status."""
    request = Request("POST", "http://127.0.0.1/v1/chat/completions", (), json.dumps(body).encode())
    return Exchange(
        id=name,
        probe="",
        request=request,
        status=status,
        http_version="",
        headers=(),
        body=b"",
        timing=Timing(None, None, 0.0),
    )


def verdict(requirement: str, outcome: Outcome, *exchanges: str, case: str = "") -> Verdict:
    """A verdict whose finding, where it has one, is in its first exchange."""
    broken = outcome in (FAIL, WARN)
    findings = (Finding("x", "y", "", exchanges[0] if exchanges else ""),) if broken else ()
    reason = Reason.PREMISE_NOT_MET if outcome is Outcome.INCONCLUSIVE else None
    return Verdict(requirement, Level.MUST, outcome, case, reason, findings=findings, exchanges=exchanges)


def said(*verdicts: Verdict, exchanges: tuple[Exchange, ...] = ()) -> dict[tuple[str, str], str]:
    """(feature, column) → words, of the map of these verdicts."""
    found = feature_map({each.requirement: each for each in verdicts}, {}, {each.id: each for each in exchanges})
    assert found is not None
    return {
        (row.feature, column): cell.said
        for _, rows in found.groups
        for row in rows
        for column, cell in zip(found.columns, row.cells, strict=True)
        if cell
    }


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"guided_json": {}}, "guided_*"),
        ({"structured_outputs": {"regex": "a"}}, "structured_outputs"),
        ({"response_format": {}, "tools": [{"function": {"strict": True}}]}, "response_format"),
        ({"messages": []}, "response_format"),
        ([1], "response_format"),
    ],
)
def test_the_request_tells_the_column_of_what_any_syntax_may_ask(body, column):
    """One requirement is asked in the syntax of the target's profile."""
    asked = exchange("x1", body)
    assert list(said(verdict("chat.json-schema.enum", PASS, "x1"), exchanges=(asked,))) == [("enum", column)]


def test_other_requirements_have_a_column_of_their_own():
    """Whatever else is in the request."""
    for requirement, column in {
        "guided.regex.syntax": "guided_*",
        "vllm.structured-outputs.conflict": "structured_outputs",
        "vllm.guided-removed": "guided_*",
        "responses.text-format.enum": "text.format",
        "chat.tools.strict.enum": "strict tools",
    }.items():
        asked = exchange("x1", {"response_format": {}})
        assert [where for _, where in said(verdict(requirement, PASS, "x1"), exchanges=(asked,))] == [column]


def test_one_feature_in_two_spellings_is_one_row():
    """The columns stand side by side."""
    found = said(
        verdict("chat.json-schema.enum", PASS),
        verdict("responses.text-format.enum", FAIL, "x1"),
        exchanges=(exchange("x1", {"text": {"format": {}}}),),
    )
    assert found == {("enum", "response_format"): "enforced", ("enum", "text.format"): "not enforced"}


@pytest.mark.parametrize(
    ("requirement", "outcome", "status", "words"),
    [
        ("chat.json-schema.enum", PASS, 200, "enforced"),
        ("chat.json-schema.enum", UNSUPPORTED, 400, "rejected"),
        ("chat.json-schema.enum", FAIL, 200, "not enforced"),
        ("chat.json-schema.format", WARN, 200, "not enforced"),
        ("chat.json-schema.enum", FAIL, 500, "server error 500"),
        ("chat.json-schema.enum", FAIL, 400, "rejected, though promised"),
        ("chat.json-schema.enum", FAIL, None, "no answer"),
        ("chat.json-schema.enum", Outcome.INCONCLUSIVE, 200, "not judged"),
        ("chat.json-schema.enum", Outcome.NOT_APPLICABLE, 200, "not promised"),
        ("chat.guided.invalid-schema", PASS, 400, "rejected"),
        ("chat.guided.invalid-schema", FAIL, 200, "accepted"),
        ("chat.guided.invalid-schema", FAIL, 500, "server error 500"),
        ("chat.guided.survives", PASS, 200, "no 5xx"),
        ("chat.guided.cut", PASS, 200, "holds"),
        ("chat.guided.cut", FAIL, 200, "does not hold"),
    ],
)
def test_each_state_has_its_words(requirement, outcome, status, words):
    """A refusal is good news of a bad constraint, fair of a keyword, and a server error of neither."""
    asked = exchange("x1", {"response_format": {}}, status)
    assert list(said(verdict(requirement, outcome, "x1"), exchanges=(asked,)).values()) == [words]


def test_what_is_broken_in_streams_only_is_said():
    """The other transport is not blamed."""
    cases = [
        verdict("chat.json-schema.enforced", PASS, case="json"),
        verdict("chat.json-schema.enforced", FAIL, "x1", case="sse"),
    ]
    asked = exchange("x1", {"response_format": {}})
    found = feature_map({cases[1].requirement: cases[1]}, {cases[1].requirement: cases}, {"x1": asked})
    assert found is not None
    (cell,) = found.groups[0][1][0].cells
    assert cell is not None
    assert cell.said == "not enforced in streams"


def test_a_run_without_constraints_has_no_map():
    """No empty section."""
    assert feature_map({"chat.stop.excluded": verdict("chat.stop.excluded", PASS)}, {}, {}) is None
    model = build_model(sample.run(), sample.registry())
    assert model.features is None
    assert "Constrained output" not in render_markdown(model) + render_html(model)
    assert report_data(model)["feature_map"] is None


def test_every_guided_requirement_has_its_place():
    """Nothing of constrained output is missing from the map, and no two requirements of one contract share a cell."""
    areas = {"chat.guided", "chat.json-schema", "responses.text-format", "chat.tools.strict", "guided", "vllm"}
    registry, known = load_registry(), load_constraint_map()
    assert not [r.id for r in registry.values() if r.area in areas and r.id not in known.places]
    assert not [name for name in known.places if name not in registry]
    cells: dict[object, str] = {}
    for name, place in known.places.items():
        cell = (registry[name].contract, place)
        assert cell not in cells, (name, cells[cell])
        cells[cell] = name
    used = {place.column for place in known.places.values()}
    assert used == {ANY, *known.columns}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("broken: not enforced", "colour: red"), "unknown field 'colour' in group 'JSON schema'"),
        (("    passes: holds\n", ""), "group 'Behaviour' lacks 'passes'"),
        (("any: chat.guided.cut", "xml: chat.guided.cut"), "unknown field 'xml' in feature 'cut'"),
        (("any: chat.guided.cut", "any: chat.guided.ends"), "chat.guided.ends has two places in the map"),
        (("any: chat.guided.cut", "any: {}"), "'any' must be a non-empty text"),
        (("  text.format: []", "  text.format: yes"), "must be a list of texts"),
    ],
)
def test_a_wrong_map_is_refused(tmp_path, changed, message):
    """Each fault has its sentence."""
    text = (SPECS / "constraint-map.yaml").read_text(encoding="utf-8")
    assert changed[0] in text
    (tmp_path / "constraint-map.yaml").write_text(text.replace(*changed, 1), encoding="utf-8")
    with pytest.raises(SpecError, match=message):
        load_constraint_map(tmp_path)


def test_all_reports_draw_the_map():
    """Markdown, HTML and JSON say the same, and a cell leads to its requirement."""
    asked = exchange("x1", {"response_format": {}})
    run = sample.run()
    run = run.__class__(
        header=run.header,
        verdicts=(verdict("chat.json-schema.enum", FAIL, "x1"), verdict("chat.guided.conflict", PASS)),
        exchanges={"x1": asked},
        footer=run.footer,
    )
    model = build_model(run, load_registry())
    assert "| enum | ✕ not enforced |" in render_markdown(model)
    page = render_html(model)
    assert '<a class="count o-fail" href="#chat.json-schema.enum"><i aria-hidden="true">✕</i> not enforced</a>' in page
    assert report_data(model)["feature_map"][0] == {
        "group": "JSON schema",
        "feature": "enum",
        "spelling": "response_format",
        "requirement": "chat.json-schema.enum",
        "outcome": "fail",
        "said": "not enforced",
    }


def test_maps_of_two_targets_stand_side_by_side(tmp_path, capsys):
    """A column for each spelling on each target; a run without constraints is refused with a reason."""
    one = feature_map({"chat.json-schema.enum": verdict("chat.json-schema.enum", PASS)}, {}, {})
    other = feature_map(
        {"responses.text-format.enum": verdict("responses.text-format.enum", FAIL, "x1")},
        {},
        {"x1": exchange("x1", {"text": {"format": {}}})},
    )
    assert one is not None
    assert other is not None
    table = feature_table({"a": one, "b": other})
    assert table.splitlines()[0] == "| feature | a `response_format` | b `text.format` |"
    assert "| enum | ✓ enforced | ✕ not enforced |" in table
    assert main([str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err

"""What is new, fixed, known and no longer judged between two runs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sample

from conformance.acceptance import FailOn
from conformance.contract.editions import Edition
from conformance.record import Run
from conformance.report.changes import ChangeKind, Changes, compare_runs
from conformance.report.changes_text import changes_json, changes_lines, changes_markdown
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict

REGISTRY = sample.registry()
NAME = "chat.usage.sums"
PASS, FAIL, WARN = Outcome.PASS, Outcome.FAIL, Outcome.WARN
UNSUPPORTED, INCONCLUSIVE, ERROR = Outcome.UNSUPPORTED, Outcome.INCONCLUSIVE, Outcome.ERROR


def run(outcome: Outcome | None, level: Level = Level.MUST, cause: str = "field:usage", **target: str) -> Run:
    """A run with one verdict on the requirement, and a pass of another."""
    verdicts = [Verdict("chat.stop.array", Level.MUST, PASS)]
    if outcome is not None:
        findings = (Finding("a sum", "`<b>` | @team", "/usage", cause=cause),) if outcome in (FAIL, WARN) else ()
        reason = Reason.PREMISE_NOT_MET if outcome is INCONCLUSIVE else None
        verdicts.append(Verdict(NAME, level, outcome, reason=reason, findings=findings))
    header = sample.header()
    return Run(replace(header, target=replace(header.target, **target)), {}, tuple(verdicts), sample.run().footer)


def kinds(before: Run, after: Run) -> list[ChangeKind]:
    return [change.kind for change in compare_runs(before, after, REGISTRY).changes]


@pytest.mark.parametrize(
    ("before", "after", "kind", "fails"),
    [
        (PASS, FAIL, ChangeKind.NEW, True),
        (INCONCLUSIVE, FAIL, ChangeKind.FIRST, False),
        (UNSUPPORTED, FAIL, ChangeKind.NEW, True),
        (PASS, UNSUPPORTED, ChangeKind.LOST, True),
        (PASS, INCONCLUSIVE, ChangeKind.UNJUDGED, False),
        (FAIL, INCONCLUSIVE, ChangeKind.UNJUDGED, False),
        (PASS, ERROR, ChangeKind.UNJUDGED, False),
        (PASS, None, ChangeKind.UNJUDGED, False),
        (None, FAIL, ChangeKind.FIRST, False),
        (FAIL, PASS, ChangeKind.FIXED, False),
        (FAIL, UNSUPPORTED, ChangeKind.FIXED, False),
        (FAIL, FAIL, ChangeKind.KNOWN, False),
        (PASS, PASS, None, False),
        (INCONCLUSIVE, PASS, None, False),
        (None, PASS, None, False),
    ],
)
def test_what_became_of_a_requirement(
    before: Outcome | None, after: Outcome | None, kind: ChangeKind | None, fails: bool
) -> None:
    """A pass that became inconclusive is no regression."""
    found = compare_runs(run(before), run(after), REGISTRY)
    assert [change.kind for change in found.changes] == ([kind] if kind else [])
    assert bool(found.failing(FailOn.MUST)) is fails
    assert found.failing(FailOn.NEVER) == ()


def test_another_cause_of_a_broken_requirement_is_new() -> None:
    """What is known does not hide it."""
    assert kinds(run(FAIL), run(FAIL, cause="ignored:stop")) == [ChangeKind.NEW]


def test_a_should_fails_only_where_asked() -> None:
    """`--fail-on should`."""
    found = compare_runs(run(PASS, Level.SHOULD), run(WARN, Level.SHOULD), REGISTRY)
    assert (len(found.failing(FailOn.MUST)), len(found.failing(FailOn.SHOULD))) == (0, 1)


@pytest.mark.parametrize(("field", "said"), [("model", "model other"), ("profile", "profile other")])
def test_unlike_runs_are_refused(field: str, said: str) -> None:
    """What differs is said."""
    found = compare_runs(run(PASS), run(FAIL, **{field: "other"}), REGISTRY)
    assert found.changes == ()
    assert said in found.refused[0]
    assert said in changes_lines(found, FailOn.MUST)[-1]


@pytest.mark.parametrize("setting", [{"only": ["chat"]}, {"depth": "deep"}, {"seed": 1}, {"spec": "a.json"}])
def test_another_selection_depth_seed_or_document_is_refused(setting: dict[str, object]) -> None:
    """They decide which verdicts a run has."""
    new = run(FAIL)
    new = replace(new, header=replace(new.header, settings={**new.header.settings, **setting}))
    assert len(compare_runs(run(PASS), new, REGISTRY).refused) == 1


def test_another_version_of_the_suite_needs_an_edition() -> None:
    """Which says what both versions know."""
    old, new = run(PASS), run(FAIL)
    new = replace(new, header=replace(new.header, suite_version="9.9"))
    assert "name an edition" in compare_runs(old, new, REGISTRY).refused[0]
    edition = Edition("2026.11", ("openai",), {NAME: Level.MUST})
    assert [each.kind for each in compare_runs(old, new, REGISTRY, edition).changes] == [ChangeKind.NEW]
    without = Edition("2026.11", ("openai",), {"chat.stop.array": Level.MUST})
    assert compare_runs(old, new, REGISTRY, without).changes == ()


def test_all_outputs_say_the_same() -> None:
    """Terminal, JSON and the comment of a pull request."""
    found = compare_runs(run(PASS), run(FAIL), REGISTRY)
    assert "FAILS new" in changes_lines(found, FailOn.MUST)[0]
    data = json.loads(changes_json(found, FailOn.MUST))
    assert (data["failing"], data["changes"][0]["kind"]) == ([NAME], "new")
    comment = changes_markdown(found, "a|b @team", FailOn.MUST)
    assert f"✕ **new** MUST `{NAME}` passes → breaks" in comment
    assert "- expected `a sum`" in comment
    for evil in ("<b>", " @team"):
        assert evil not in comment.replace("`` `<b>` ¦ @team ``", "").replace("`a¦b @team`", "")


def test_no_change_is_said() -> None:
    """An empty comparison is no empty page."""
    assert changes_lines(Changes(), FailOn.MUST) == [
        "0 new, 0 no longer offered, 0 no longer judged, 0 first judged, 0 fixed, 0 known: nothing fails."
    ]

"""Which runs can be a baseline, what it says, and how later runs update it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sample

from conformance.acceptance import Configuration, FailOn, Origin, Policy, QualityGate, Waiver, read_waivers
from conformance.contract.editions import Edition
from conformance.contract.registry import Registry
from conformance.record import Run
from conformance.report.baseline import BaselineFile, entry_of, unjudged_in, updated, violations_in, why_no_baseline
from conformance.report.model import build_model
from conformance.verdict import ExitCode, Outcome, Reason

SAMPLE = sample.run()
RUN = replace(SAMPLE, verdicts=tuple(each for each in SAMPLE.verdicts if each.outcome is not Outcome.ERROR))
REGISTRY = sample.registry()
EDITION = Edition("2026.11", ("openai",), {name: each.level for name, each in REGISTRY.items()})
ENTRIES = tuple(entry_of(each) for each in violations_in([RUN], REGISTRY, EDITION).values())
FILE = BaselineFile("2026.11", "0.1.0", "2026-11-30T00:00:00Z", 1, Configuration.of(RUN.header), ENTRIES)


def test_a_baseline_is_a_waivers_file(tmp_path: Path) -> None:
    """There is no third format: what was written is read, and accepts the run that it was made of."""
    file = tmp_path / "baseline.toml"
    file.write_text(FILE.text(), encoding="utf-8")
    found = read_waivers(file, Registry(REGISTRY))
    assert found.configuration == FILE.configuration
    assert [(each.id, each.cause, each.origin) for each in found.waivers] == [
        (each.id, each.cause, Origin.BASELINE) for each in ENTRIES
    ]
    gate = QualityGate(Policy(FailOn.NEW), date(2026, 11, 30), found.waivers, EDITION, found.configuration)
    model = build_model(RUN, REGISTRY, gate)
    assert model.exit_code == ExitCode.CONFORMS
    assert model.gated.acceptance.counts["new"] == 0


def test_texts_of_a_target_cannot_leave_their_string(tmp_path: Path) -> None:
    """A model may be called anything."""
    name = 'a"\n[[waivers]]\nid = "x" \\ \x7f\u2028 ü'
    file = tmp_path / "baseline.toml"
    file.write_text(replace(FILE, configuration=replace(FILE.configuration, model=name)).text(), encoding="utf-8")
    found = read_waivers(file, Registry(REGISTRY))
    assert found.configuration.model == name
    assert len(found.waivers) == len(ENTRIES)


def run_with(**changes: object) -> Run:
    return replace(RUN, **changes)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (run_with(footer=None), "did not finish"),
        (run_with(footer=replace(RUN.footer, interrupted=True)), "was interrupted"),
        (run_with(footer=replace(RUN.footer, complete=False)), "did not finish"),
        (run_with(header=replace(RUN.header, settings={"case": "g1"})), "one generated case"),
        (run_with(header=replace(RUN.header, settings={"recording": "HAR"})), "foreign recording"),
        (SAMPLE, "the suite failed"),
        (
            run_with(
                verdicts=tuple(
                    replace(each, outcome=Outcome.INCONCLUSIVE, reason=Reason.BUDGET_EXHAUSTED, findings=())
                    for each in RUN.verdicts[:2]
                )
                + RUN.verdicts[2:]
            ),
            "were not reached",
        ),
    ],
)
def test_a_partial_or_interrupted_run_is_refused(run: Run, said: str) -> None:
    """What it did not reach would be called new by the next run."""
    assert said in why_no_baseline(run)


def test_a_whole_run_is_taken() -> None:
    """The rule is not a rubber stamp."""
    assert why_no_baseline(RUN) == ""


def _gated(run: Run, *waivers: Waiver):
    gate = QualityGate(Policy(), date(2026, 11, 30), waivers, EDITION, FILE.configuration)
    return build_model(run, REGISTRY, gate).gated


def test_an_update_removes_what_every_run_shows_to_be_fixed() -> None:
    """One lucky answer of a model removes nothing; and nothing new is accepted without asking."""
    broken = ENTRIES[0].id
    better = run_with(
        verdicts=tuple(
            replace(each, outcome=Outcome.PASS, findings=()) if each.requirement == broken else each
            for each in RUN.verdicts
        )
    )
    gone = [each for each in ENTRIES if each.id == broken]
    violations = violations_in([better], REGISTRY, EDITION)
    once = updated(ENTRIES, [_gated(better, *ENTRIES), _gated(RUN, *ENTRIES)], violations, add=False)
    assert once.removed == ()
    twice = updated(ENTRIES, [_gated(better, *ENTRIES)], violations, add=False)
    assert list(twice.removed) == gone
    back = updated(twice.kept, [_gated(RUN, *twice.kept)], violations_in([RUN], REGISTRY, EDITION), add=False)
    assert [each.requirement for each in back.left_out] == [broken] * len(gone)
    asked = updated(twice.kept, [_gated(RUN, *twice.kept)], violations_in([RUN], REGISTRY, EDITION), add=True)
    assert [each.id for each in asked.added] == [broken] * len(gone)


def test_the_union_of_several_runs_has_each_violation_once() -> None:
    """For a target whose answers vary."""
    assert len(violations_in([RUN, RUN], REGISTRY, EDITION)) == len(ENTRIES)
    assert len({(each.id, each.cause) for each in ENTRIES}) == len(ENTRIES)


def test_what_no_run_judged_is_written_and_read(tmp_path: Path) -> None:
    """So that a later run does not call it new."""
    unjudged = unjudged_in([RUN])
    inconclusive = {each.requirement for each in RUN.verdicts if each.outcome is Outcome.INCONCLUSIVE}
    assert inconclusive
    assert inconclusive & set(unjudged) == set(unjudged) & {each.requirement for each in RUN.verdicts} - {
        each.requirement for each in RUN.verdicts if each.outcome is Outcome.NOT_APPLICABLE
    }
    judged = run_with(verdicts=tuple(replace(each, outcome=Outcome.PASS, reason=None) for each in RUN.verdicts))
    assert unjudged_in([RUN, judged]) == ()
    file = tmp_path / "baseline.toml"
    file.write_text(replace(FILE, unjudged=unjudged).text(), encoding="utf-8")
    assert read_waivers(file, Registry(REGISTRY)).unjudged == frozenset(unjudged)


def test_a_broken_requirement_stays_unjudged_until_it_is_added() -> None:
    """An update without --add-new does not turn the next run red."""
    gone = tuple(each for each in ENTRIES if each.id != ENTRIES[0].id)
    gate = QualityGate(
        Policy(FailOn.NEW), date(2026, 11, 30), gone, EDITION, FILE.configuration, frozenset({ENTRIES[0].id})
    )
    gated = build_model(RUN, REGISTRY, gate).gated
    assert gated.passes
    violations = violations_in([RUN], REGISTRY, EDITION)
    assert updated(gone, [gated], violations, add=False).unjudged == (ENTRIES[0].id,)
    assert updated(gone, [gated], violations, add=True).unjudged == ()

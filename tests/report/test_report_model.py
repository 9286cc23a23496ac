"""The model reads a run as it is: counts, causes, differences, gaps."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample

from conformance.record import Run
from conformance.report.model import UNLISTED, build_model
from conformance.report.wording import incompleteness, sentence
from conformance.verdict import ExitCode, Finding, Level, Outcome, Reason, Verdict, combine


def model_of(*verdicts: Verdict):
    return build_model(Run(sample.header(), sample.exchanges(), verdicts, sample.footer()), sample.registry())


def fail(name: str, *causes: str, level: Level = Level.MUST) -> Verdict:
    return sample.broken(name, level, *(Finding("one", "other", "/", "x0001", cause) for cause in causes))


def passed(name: str) -> Verdict:
    return Verdict(name, Level.MUST, Outcome.PASS)


def test_rows_are_the_combined_verdicts_in_the_order_of_the_registry() -> None:
    """Each requirement with a verdict is one row, whatever its number of cases."""
    model = build_model(sample.run(), sample.registry())
    assert [row.requirement for row in model.rows] == [
        name for name in sample.registry() if name in combine(sample.verdicts())
    ]
    assert {row.requirement: row.verdict for row in model.rows} == combine(sample.verdicts())
    stop = next(row for row in model.rows if row.requirement == "chat.stop.excluded")
    assert [case.case for case in stop.cases] == ["json", "sse"]
    assert stop.outcome is Outcome.FAIL


def test_counts_of_areas_and_summary_add_up_to_the_rows() -> None:
    """No requirement is lost or counted twice."""
    model = build_model(sample.run(), sample.registry())
    assert sum(model.summary.by_outcome.values()) == len(model.rows) == sum(len(area.rows) for area in model.areas)
    for outcome in Outcome:
        assert sum(area.by_outcome[outcome] for area in model.areas) == model.summary.by_outcome[outcome]
    assert all(model.summary.by_outcome[outcome] for outcome in Outcome), "the sample shows every outcome"


def test_a_requirement_without_verdict_is_not_tested_or_excluded_with_its_why() -> None:
    """Gaps are visible, and apart from what nobody can see from outside."""
    model = build_model(sample.run(), sample.registry())
    assert {each.requirement for each in model.untested} == {
        "responses.create", "responses.previous", "responses.store-false",
    }  # fmt: skip
    assert [(each.requirement, each.why) for each in model.excluded] == [
        ("chat.privacy.training", "Nothing that a caller receives shows it.")
    ]


def test_requirements_of_contracts_that_were_not_loaded_are_no_gap() -> None:
    """A vendor's requirements do not concern another vendor."""
    foreign = replace(sample.requirement("telnyx.one", Level.MUST, "Something."), contract="telnyx")
    model = build_model(sample.run(), sample.registry({"telnyx.one": foreign}))
    assert "telnyx.one" not in {each.requirement for each in model.untested}


def test_a_requirement_the_registry_does_not_know_is_still_reported() -> None:
    """An old run loses nothing."""
    model = model_of(passed("gone.since"))
    assert [(row.requirement, row.area, row.statement) for row in model.rows] == [("gone.since", UNLISTED, "")]


def test_one_cause_in_many_requirements_is_one_thing_to_fix() -> None:
    """What two requirements notice of one fault is one cause, which names both."""
    model = model_of(fail("chat.stop.array", "a"), fail("chat.stop.excluded", "b"), fail("errors.envelope", "b"))
    assert [cause.requirements for cause in model.causes] == [
        ("chat.stop.excluded", "errors.envelope"),
        ("chat.stop.array",),
    ]


def test_a_documented_difference_is_told_apart() -> None:
    """Only a verdict that names its difference is one; a run file of before says it in the detail."""
    detail = "documented difference: one choice only"
    before = {"requirement": "chat.sampling.n", "level": "MUST", "outcome": "not-applicable", "detail": detail}
    model = model_of(
        Verdict.from_dict(before),
        Verdict("chat.stop.array", Level.MUST, Outcome.UNSUPPORTED, detail=detail),
        Verdict("chat.limit.max-tokens", Level.MUST, Outcome.NOT_APPLICABLE, detail="no such transport"),
    )
    assert [(row.requirement, row.difference) for row in model.differences] == [("chat.sampling.n", "one choice only")]


def test_a_run_without_footer_says_what_it_sent_and_that_it_is_incomplete() -> None:
    """Counts come from the exchanges; tokens and seconds are unknown, not zero."""
    run = Run(sample.header(), sample.exchanges(), sample.verdicts(), None)
    model = build_model(run, sample.registry())
    assert (model.summary.requests, model.summary.exchanges) == (32, 30)  # one exchange was tried three times
    assert model.summary.output_tokens is None
    assert model.summary.seconds is None
    assert "incomplete" in incompleteness(model)
    assert incompleteness(build_model(sample.run(), sample.registry())) == ""


def test_the_sentence_follows_the_exit_code() -> None:
    """What a colleague would write never contradicts what the process returns."""
    unknown = Verdict("chat.stop.array", Level.MUST, Outcome.INCONCLUSIVE, reason=Reason.ACCEPTS_EVERYTHING)
    warned = fail("http.request-id", "w", level=Level.SHOULD)
    cases = {
        ExitCode.CONFORMS: (model_of(passed("errors.envelope")), "Conforms: meets the one requirement judged."),
        ExitCode.BROKEN: (
            model_of(fail("errors.envelope", "a"), passed("chat.stop.array")),
            "Breaks 1 of the 2 requirements judged, from 1 cause.",
        ),
        ExitCode.NOTHING_JUDGED: (
            model_of(unknown),
            "Nothing could be judged, so draw no conclusion: the report gives the reasons.",
        ),
    }
    for code, (model, said) in cases.items():
        assert model.exit_code is code
        assert sentence(model) == said
    assert sentence(model_of(passed("errors.envelope"), warned, unknown)) == (
        "Conforms: no MUST of the 2 requirements judged is broken; 1 recommendation not followed. 1 could not be judged."
    )
    assert model_of().exit_code is ExitCode.NOTHING_JUDGED
    lost = [
        replace(unknown, requirement=name, reason=Reason.PREREQUISITE_FAILED) for name in ("chat.n", "chat.stop.string")
    ]
    away = model_of(passed("errors.envelope"), *lost)
    assert away.exit_code is ExitCode.NOTHING_JUDGED
    assert sentence(away) == "Too little could be judged (1 of 3), so draw no conclusion: the report gives the reasons."


def test_a_run_that_was_cut_short_or_failed_itself_is_not_said_to_conform() -> None:
    """Good news is only as good as the run was whole."""
    cut = build_model(Run(sample.header(), {}, (passed("errors.envelope"),), None), sample.registry())
    failed = model_of(passed("errors.envelope"), Verdict("chat.stop.array", Level.MUST, Outcome.ERROR, detail="x"))
    for model in (cut, failed):
        assert sentence(model).startswith("No broken MUST was found: meets the one requirement judged.")


def test_the_key_variable_is_read_from_the_settings() -> None:
    """Curl commands name the variable the run used, or the default when it had none."""
    assert build_model(sample.run(), sample.registry()).key_env == "SAMPLE_KEY"
    none = replace(sample.header(), settings={"key": "none"})
    assert build_model(replace(sample.run(), header=none), sample.registry()).key_env == ""


@pytest.mark.parametrize(
    ("made", "allowed", "said"), [(38_182, 9_462, "4.0 times the plan"), (1_204, 1_000, ""), (9_000, None, "")]
)
def test_a_target_that_spends_more_than_its_requests_allow_is_told(made: int, allowed: int | None, said: str) -> None:
    """Who pays for the tokens reads it; a few tokens more are no news."""
    run = sample.run()
    assert run.footer is not None
    footer = replace(
        run.footer, summary={**run.footer.summary, "output_tokens": made, "output_tokens_allowed": allowed}
    )
    notes = " ".join(build_model(replace(run, footer=footer), sample.registry()).notes)
    assert ("Limits are ignored" in notes) == bool(said)
    assert said in notes


def test_what_is_silently_ignored_is_counted_in_the_headline() -> None:
    """A caller cannot see it from outside, so that it is said first."""
    model = build_model(sample.run(), sample.registry())
    marked = tuple(replace(cause, silently_ignored=place < 2) for place, cause in enumerate(model.causes))
    assert "2 recommendations not followed. Silently ignores 2 parameters. 4" in sentence(replace(model, causes=marked))
    assert "silently" not in sentence(
        replace(model, causes=tuple(replace(each, silently_ignored=False) for each in marked))
    )


@pytest.mark.parametrize(("passes", "said"), [(0, True), (1, True), (4, False)])
def test_a_profile_that_does_not_fit_is_told(passes: int, said: bool) -> None:
    """Nearly nothing that the profile adds is there; a target with some faults of its own is no other family."""
    names = [f"acme.feature-{number}" for number in range(8)]
    known = {name: replace(sample.requirement(name, Level.MUST, "It is there."), contract="acme") for name in names}
    said_of = [passed(name) if place < passes else fail(name, name) for place, name in enumerate(names)]
    model = build_model(Run(sample.header(), {}, tuple(said_of), sample.footer()), sample.registry(known))
    assert any("Does the profile fit?" in note and "--profile openai" in note for note in model.notes) == said
    assert not any("profile fit" in note for note in build_model(sample.run(), sample.registry()).notes)

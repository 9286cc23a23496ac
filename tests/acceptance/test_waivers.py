"""Which violations waivers accept, and which waivers have become needless."""

from __future__ import annotations

from datetime import date

import pytest

from conformance.acceptance import FailOn, Origin, Policy, Reaction, Status, Violation, Waiver, accept
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict

TODAY = date(2026, 11, 30)
TEAM = {"reason": "known", "owner": "core"}


def violation(requirement: str, symptom: str = "field-usage", cause: str = "", level: Level = Level.MUST) -> Violation:
    return Violation(requirement, level, cause or symptom, symptom)


def verdict(requirement: str, outcome: Outcome) -> Verdict:
    findings = (Finding("a", "b"),) if outcome in (Outcome.FAIL, Outcome.WARN) else ()
    reason = Reason.PREMISE_NOT_MET if outcome is Outcome.INCONCLUSIVE else None
    return Verdict(requirement, Level.MUST, outcome, reason=reason, findings=findings)


def ruled(violations: list[Violation], *waivers: Waiver, whole: bool = True, **outcomes: Outcome):
    verdicts = {each.requirement: verdict(each.requirement, Outcome.FAIL) for each in violations}
    verdicts |= {name.replace("_", "."): verdict(name.replace("_", "."), each) for name, each in outcomes.items()}
    return accept(violations, waivers, verdicts, TODAY, whole=whole)


def test_a_waiver_accepts_by_id_area_or_cause() -> None:
    """Each of the three names; what none of them names is new."""
    broken = [violation("chat.stop.a"), violation("chat.stop.b"), violation("http.x", "header-x"), violation("http.y")]
    found = ruled(
        broken, Waiver(id="chat.stop.a", **TEAM), Waiver(area="chat.stop", **TEAM), Waiver(cause="header-x", **TEAM)
    )
    assert found.by_requirement == {
        "chat.stop.a": Status.ACCEPTED,
        "chat.stop.b": Status.ACCEPTED,
        "http.x": Status.ACCEPTED,
        "http.y": Status.NEW,
    }
    assert found.counts == {"accepted": 3, "new": 1, "fixed": 0, "expired": 0, "stale": 0}


def test_a_waiver_for_a_cause_does_not_hide_another_cause_of_the_same_requirement() -> None:
    """One accepted fault must not cover the next."""
    broken = [violation("chat.a.b", "ignored-stop"), violation("chat.a.b", "field-id")]
    found = ruled(broken, Waiver(id="chat.a.b", cause="ignored-stop", **TEAM))
    assert [ruling.status for ruling in found.rulings] == [Status.ACCEPTED, Status.NEW]
    assert found.by_requirement == {"chat.a.b": Status.NEW}
    assert Policy().failing(found) == ("chat.a.b",)


def test_a_waiver_may_name_the_cause_that_explains_a_symptom_or_the_symptom() -> None:
    """Reports show the cause; a baseline writes the symptom, which other faults do not change."""
    broken = [violation("chat.a.b", "accepted-temperature", "accepted-values")]
    for name in ("accepted-temperature", "accepted-values"):
        assert ruled(broken, Waiver(cause=name, **TEAM)).counts["accepted"] == 1


def test_the_last_day_counts_and_the_next_does_not() -> None:
    """`until` is inclusive."""
    broken = [violation("a.b")]
    assert ruled(broken, Waiver(id="a.b", until=TODAY, **TEAM)).counts["accepted"] == 1
    over = ruled(broken, Waiver(id="a.b", until=date(2026, 11, 29), **TEAM))
    assert over.counts["expired"] == 1
    assert Policy().failing(over) == ("a.b",)
    assert Policy(expired=Reaction.REPORT).failing(over) == ()
    assert Policy(FailOn.NEVER).failing(over) == ()


def test_another_waiver_that_applies_counts_more_than_an_expired_one() -> None:
    """Renewing by a second line works."""
    old, new = Waiver(id="a.b", until=date(2026, 1, 1), **TEAM), Waiver(area="a", **TEAM)
    assert ruled([violation("a.b")], old, new).rulings[0].waiver is new


@pytest.mark.parametrize(
    ("outcome", "stale"),
    [
        (Outcome.PASS, True),
        (Outcome.UNSUPPORTED, True),
        (Outcome.INCONCLUSIVE, False),
        (Outcome.ERROR, False),
        (Outcome.NOT_APPLICABLE, False),
    ],
)
def test_a_waiver_is_stale_only_if_the_run_shows_that_nothing_needs_it(outcome: Outcome, stale: bool) -> None:
    """What could not be judged may still be broken."""
    waiver = Waiver(id="a.b", **TEAM)
    found = ruled([], waiver, a_b=outcome)
    assert (found.stale, found.unjudged) == (((waiver,), ()) if stale else ((), (waiver,)))


def test_a_waiver_of_what_was_not_selected_is_not_stale() -> None:
    """Another selection says nothing about it."""
    waiver = Waiver(id="a.b", **TEAM)
    assert ruled([], waiver, c_d=Outcome.PASS).unjudged == (waiver,)


def test_an_area_is_stale_only_when_all_of_it_was_judged() -> None:
    """One unjudged requirement of the area may be what the waiver is for."""
    waiver = Waiver(area="a", **TEAM)
    assert ruled([], waiver, a_b=Outcome.PASS, a_c=Outcome.INCONCLUSIVE).stale == ()
    assert ruled([], waiver, a_b=Outcome.PASS, a_c=Outcome.PASS).stale == (waiver,)


def test_a_cause_is_stale_only_after_a_whole_run() -> None:
    """An incomplete run may have missed it."""
    waiver = Waiver(cause="field-x", **TEAM)
    assert ruled([], waiver, a_b=Outcome.PASS, whole=False).stale == ()
    assert ruled([], waiver, a_b=Outcome.PASS).stale == (waiver,)


def test_a_waiver_for_one_cause_is_stale_when_the_requirement_breaks_by_another() -> None:
    """The accepted fault is gone."""
    waiver = Waiver(id="a.b", cause="field-x", **TEAM)
    found = ruled([violation("a.b", "field-y")], waiver)
    assert (found.stale, found.counts["new"]) == ((waiver,), 1)


def test_an_entry_of_a_baseline_that_passes_is_fixed_not_stale() -> None:
    """It is good news, and `baseline update` removes it."""
    entry = Waiver(id="a.b", reason="known", origin=Origin.BASELINE)
    found = ruled([], entry, a_b=Outcome.PASS)
    assert (found.fixed, found.stale) == ((entry,), ())
    assert Policy(stale=Reaction.FAIL).failing_waivers(found) == ()


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (FailOn.MUST, ("a.new", "a.known")),
        (FailOn.SHOULD, ("a.new", "a.known", "a.should")),
        (FailOn.NEW, ("a.new",)),
        (FailOn.NEVER, ()),
    ],
)
def test_what_each_policy_fails_on(fail_on: FailOn, failing: tuple[str, ...]) -> None:
    """The team's word always counts; the baseline's only for `new`."""
    broken = [
        violation("a.new"),
        violation("a.known"),
        violation("a.team"),
        violation("a.should", level=Level.SHOULD),
    ]
    known = Waiver(id="a.known", reason="known", origin=Origin.BASELINE)
    found = ruled(broken, known, Waiver(id="a.team", **TEAM))
    assert Policy(fail_on).failing(found) == failing


def test_what_is_newer_than_the_edition_does_not_count() -> None:
    """A later version of the suite turns no gate red."""
    found = accept([violation("a.b")], (), {}, TODAY, whole=True, scored=lambda name: name != "a.b")
    assert found.rulings[0].status is Status.UNSCORED
    assert Policy().failing(found) == ()
    assert found.counts["new"] == 0


def test_what_the_baseline_could_not_judge_is_not_called_new() -> None:
    """It may have been broken all along, so it does not fail `new`; a waiver and the other policies treat it as usual."""
    broken = [violation("a.b"), violation("c.d")]
    found = accept(broken, (), {}, TODAY, whole=True, unseen={"a.b"})
    assert found.by_requirement == {"a.b": Status.UNSEEN, "c.d": Status.NEW}
    assert found.counts["new"] == 1
    assert Policy(FailOn.NEW).failing(found) == ("c.d",)
    assert Policy(FailOn.MUST).failing(found) == ("a.b", "c.d")
    accepted = accept(broken, [Waiver(id="a.b", **TEAM)], {}, TODAY, whole=True, unseen={"a.b"})
    assert accepted.by_requirement["a.b"] is Status.ACCEPTED

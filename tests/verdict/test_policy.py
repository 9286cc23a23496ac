"""One lattice, one policy."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.verdict import ExitCode, Finding, Level, Outcome, Reason, Verdict, combine, exit_code, outcome_of_break


def verdict(outcome: Outcome, name: str = "a.b", case: str = "", level: Level = Level.MUST) -> Verdict:
    reason = Reason.PREMISE_NOT_MET if outcome is Outcome.INCONCLUSIVE else None
    findings = (Finding("x", "y", exchange=f"x{case}"),) if outcome in (Outcome.FAIL, Outcome.WARN) else ()
    return Verdict(name, level, outcome, case, reason, findings=findings, exchanges=(f"x{case}",), seen=1)


verdicts = st.lists(
    st.builds(
        verdict, st.sampled_from(Outcome), st.sampled_from(["a.b", "a.c", "d.e"]), st.sampled_from(["json", "sse"])
    ),
    max_size=12,
)


def test_the_lattice_is_the_designs() -> None:
    """From pass to error, each more severe than the one before."""
    order = ["pass", "not-applicable", "unsupported", "inconclusive", "warn", "fail", "error"]
    assert [str(outcome) for outcome in sorted(Outcome, key=lambda o: o.severity)] == order


@pytest.mark.parametrize(
    ("level", "outcome"), [(Level.MUST, Outcome.FAIL), (Level.SHOULD, Outcome.WARN), (Level.MAY, Outcome.UNSUPPORTED)]
)
def test_breaking_a_level(level: Level, outcome: Outcome) -> None:
    """A MUST fails, a SHOULD warns, a MAY is merely not offered."""
    assert outcome_of_break(level) is outcome


@given(verdicts)
def test_combining_takes_the_most_severe_applicable_case(cases: list[Verdict]) -> None:
    """One verdict a requirement; not-applicable gives way to any case that applied."""
    combined = combine(cases)
    assert set(combined) == {case.requirement for case in cases}
    for name, whole in combined.items():
        own = [case.outcome for case in cases if case.requirement == name]
        applied = [outcome for outcome in own if outcome is not Outcome.NOT_APPLICABLE] or own
        assert whole.outcome is max(applied, key=lambda outcome: outcome.severity)


@given(verdicts)
def test_combining_knows_no_order(cases: list[Verdict]) -> None:
    """The outcome does not depend on which case came first."""
    forwards = {name: whole.outcome for name, whole in combine(cases).items()}
    assert forwards == {name: whole.outcome for name, whole in combine(reversed(cases)).items()}


def test_the_evidence_of_all_losing_cases_is_kept() -> None:
    """Findings and exchanges of every case with the winning outcome travel with the verdict."""
    whole = combine([verdict(Outcome.FAIL, case="json"), verdict(Outcome.FAIL, case="sse"), verdict(Outcome.PASS)])[
        "a.b"
    ]
    assert [finding.exchange for finding in whole.findings] == ["xjson", "xsse"]
    assert (whole.case, whole.seen) == ("json,sse", 3)
    assert whole.exchanges == ("xjson", "xsse")
    warned = combine([verdict(Outcome.PASS, case="json"), verdict(Outcome.WARN, case="sse")])["a.b"]
    assert (warned.case, warned.exchanges) == ("sse", ("xsse",))


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], ExitCode.NOTHING_JUDGED),
        ([Outcome.INCONCLUSIVE, Outcome.UNSUPPORTED, Outcome.NOT_APPLICABLE], ExitCode.NOTHING_JUDGED),
        ([Outcome.PASS], ExitCode.CONFORMS),
        ([Outcome.PASS, Outcome.WARN, Outcome.INCONCLUSIVE], ExitCode.CONFORMS),
        ([Outcome.PASS, Outcome.FAIL], ExitCode.BROKEN),
        ([Outcome.PASS, Outcome.FAIL, Outcome.ERROR], ExitCode.HARNESS_ERROR),
    ],
)
def test_the_exit_code(outcomes: list[Outcome], code: ExitCode) -> None:
    """Nothing judged is never success; an error of ours outweighs all."""
    assert exit_code(verdict(outcome) for outcome in outcomes) is code


def test_the_exit_codes_have_the_documented_numbers() -> None:
    """Scripts and CI jobs compare with them."""
    assert {code.name: int(code) for code in ExitCode} == {
        "CONFORMS": 0,
        "BROKEN": 1,
        "USAGE": 2,
        "HARNESS_ERROR": 3,
        "NOTHING_JUDGED": 4,
        "TARGET_GONE": 5,
        "KEY_REJECTED": 6,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize("reason", Reason)
def test_a_run_that_was_mostly_not_answered_is_no_success(reason: Reason) -> None:
    """What the model was too weak to show does not count so; what broke was seen, however little was judged."""
    unseen = [Verdict("c", Level.MUST, Outcome.INCONCLUSIVE, reason=reason)] * 2
    of_the_model = {Reason.FLAKY, Reason.PREMISE_NOT_MET, Reason.MODEL_NONDETERMINISM, Reason.ACCEPTS_EVERYTHING}
    little = ExitCode.CONFORMS if reason in of_the_model else ExitCode.NOTHING_JUDGED
    assert exit_code([verdict(Outcome.PASS), *unseen]) is little
    assert exit_code([verdict(Outcome.PASS), verdict(Outcome.WARN), *unseen]) is ExitCode.CONFORMS
    assert exit_code([verdict(Outcome.FAIL), *unseen]) is ExitCode.BROKEN


def test_a_verdict_without_evidence_cannot_be_made() -> None:
    """A fail or warn needs a finding, an inconclusive a reason."""
    for outcome in (Outcome.FAIL, Outcome.WARN):
        with pytest.raises(ValueError, match="needs a finding"):
            Verdict("a.b", Level.MUST, outcome)
    with pytest.raises(ValueError, match="needs a reason"):
        Verdict("a.b", Level.MUST, Outcome.INCONCLUSIVE)


@given(verdicts)
def test_a_verdict_survives_its_json(cases: list[Verdict]) -> None:
    """What a run file says is what was decided."""
    assert [Verdict.from_dict(case.to_dict()) for case in cases] == cases


def test_severity_orders_every_pair() -> None:
    """No two outcomes are equally severe."""
    assert all(a.severity != b.severity for a, b in itertools.combinations(Outcome, 2))

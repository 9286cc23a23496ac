"""Whether a flaky check fails a gate."""

from __future__ import annotations

from datetime import date

import pytest

from conformance.acceptance import Configuration, FailOn, Policy, QualityGate, Reaction, Waiver
from conformance.report.gate_words import gate_lines, gate_sentence
from conformance.verdict import ExitCode, Finding, Level, Outcome, Reason, Verdict, exit_code

TODAY = date(2026, 11, 30)
FINDING = (Finding("a", "b"),)
MUST = Verdict("chat.a", Level.MUST, Outcome.INCONCLUSIVE, reason=Reason.FLAKY, findings=FINDING, asked=5, failed=2)
SHOULD = Verdict("chat.b", Level.SHOULD, Outcome.INCONCLUSIVE, reason=Reason.FLAKY, findings=FINDING, asked=5, failed=2)
OPEN = Verdict("chat.c", Level.MUST, Outcome.INCONCLUSIVE, reason=Reason.PREMISE_NOT_MET)
PASS = Verdict("chat.d", Level.MUST, Outcome.PASS)


@pytest.mark.parametrize(
    ("policy", "waived", "failing"),
    [
        (Policy(), "", ()),
        (Policy(flaky=Reaction.FAIL), "", ("chat.a",)),
        (Policy(FailOn.SHOULD, flaky=Reaction.FAIL), "", ("chat.a", "chat.b")),
        (Policy(FailOn.NEVER, flaky=Reaction.FAIL), "", ()),
        (Policy(flaky=Reaction.FAIL), "chat.a", ()),
    ],
)
def test_a_setting_lets_flaky_checks_fail_the_gate(policy: Policy, waived: str, failing: tuple[str, ...]) -> None:
    waivers = (Waiver(id=waived, reason="known", owner="core"),) if waived else ()
    verdicts = {each.requirement: each for each in (MUST, SHOULD, OPEN, PASS)}
    gated = QualityGate(policy, TODAY, waivers).rule(Configuration("openai"), (), verdicts, whole=False)
    assert gated.failing == gated.flaky == failing
    assert gated.passes == (not failing)
    assert exit_code(verdicts.values(), gated.failing) is (ExitCode.BROKEN if failing else ExitCode.CONFORMS)
    assert [line for kind, line in gate_lines(gated) if kind == "flaky"] == [
        f"{name}: failed, and was not confirmed when repeated." for name in failing
    ]
    assert ("Gate fails" in gate_sentence(gated)) == bool(failing)

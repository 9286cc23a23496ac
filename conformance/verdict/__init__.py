"""Verdicts: the order of outcomes, and how they determine reports, exit codes and pytest results."""

from conformance.verdict.ending import Ending
from conformance.verdict.outcome import Level, Outcome, Reason
from conformance.verdict.policy import ExitCode, combine, exit_code, outcome_of_break
from conformance.verdict.sequential import MOST, Decision, Rates, at_least, at_most, decide, fewest, repetitions, wilson
from conformance.verdict.state import MARKS, STATES, State, StateCount, count_states, counted, described, is_judged
from conformance.verdict.verdict import Finding, Verdict

__all__ = [
    "MARKS",
    "MOST",
    "STATES",
    "Decision",
    "Ending",
    "ExitCode",
    "Finding",
    "Level",
    "Outcome",
    "Rates",
    "Reason",
    "State",
    "StateCount",
    "Verdict",
    "at_least",
    "at_most",
    "combine",
    "count_states",
    "counted",
    "decide",
    "described",
    "exit_code",
    "fewest",
    "is_judged",
    "outcome_of_break",
    "repetitions",
    "wilson",
]

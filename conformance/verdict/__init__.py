"""Verdicts: the order of outcomes, and how they determine reports, exit codes and pytest results."""

from conformance.verdict.ending import Ending
from conformance.verdict.outcome import Level, Outcome, Reason
from conformance.verdict.policy import ExitCode, combine, exit_code, outcome_of_break
from conformance.verdict.state import MARKS, STATES, State, StateCount, count_states, counted, described, is_judged
from conformance.verdict.verdict import Finding, Verdict

__all__ = [
    "MARKS",
    "STATES",
    "Ending",
    "ExitCode",
    "Finding",
    "Level",
    "Outcome",
    "Reason",
    "State",
    "StateCount",
    "Verdict",
    "combine",
    "count_states",
    "counted",
    "described",
    "exit_code",
    "is_judged",
    "outcome_of_break",
]

"""Verdicts: the order of outcomes, and the policy for reports, exit codes and pytest outcomes."""

from conformance.verdict.ending import Ending
from conformance.verdict.outcome import Level, Outcome, Reason
from conformance.verdict.policy import ExitCode, combine, exit_code, outcome_of_break
from conformance.verdict.verdict import Finding, Verdict

__all__ = [
    "Ending",
    "ExitCode",
    "Finding",
    "Level",
    "Outcome",
    "Reason",
    "Verdict",
    "combine",
    "exit_code",
    "outcome_of_break",
]

"""Verdicts: one lattice of outcomes and one policy that every report, exit code and pytest outcome uses."""

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

"""Explains why a run did not finish or has no overall verdict, and what the user can do."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from conformance.verdict import STATES, Ending, ExitCode, Outcome, State, Verdict, exit_code, is_judged

if TYPE_CHECKING:
    from conformance.record import RedactedRun

RESUME = "Go on with `conformance run --resume FOLDER`."
_CAUSE = "The summary and the skipped tests say why, requirement by requirement: mend that, and run again."


def ending_of(run: RedactedRun, verdicts: Iterable[Verdict], failing: Container[str] | None = None) -> Ending | None:
    """Return why a run did not finish or has no overall verdict; None if the run judged everything that was planned.

    The reason for the ending is read from the footer of the run, or derived from the verdicts of the run. Runs with
    exit code 0 or 1 have an overall verdict. Exit code 3 needs no reason, because a requirement with the outcome error
    already explains how the suite failed. `verdicts` are the combined verdicts of the requirements, and `failing` lists
    the requirements that fail a gate.
    """
    verdicts = list(verdicts)
    code = exit_code(verdicts, failing)
    recorded = _recorded(run.footer.summary.get("ending") if run.footer else None)
    if recorded is not None:
        return recorded
    if run.footer is None or not run.footer.complete:
        # What a killed run saw to be broken is broken; that it saw nothing broken says nothing.
        worst = ExitCode.NOTHING_JUDGED if code is ExitCode.CONFORMS else code
        said = "The run ended before its end was written (killed, or out of disk space), so it is incomplete."
        return Ending(worst, said, RESUME, leads=False)
    if run.footer.interrupted:
        said = "The run was interrupted, so it is incomplete: what is missing was not judged."
        return Ending(ExitCode.INTERRUPTED, said, RESUME, leads=False)
    if code is ExitCode.NOTHING_JUDGED:
        judged = sum(is_judged(verdict.outcome) for verdict in verdicts)
        unjudged = sum(STATES[verdict.outcome] is State.NOT_JUDGED for verdict in verdicts)
        said = f"Too little could be judged: {judged} of {judged + unjudged} requirements."
        return Ending(code, said, _CAUSE, leads=False)
    return None


def never_began(ending: Ending, verdicts: Iterable[Verdict]) -> bool:
    """Return whether the run ended before any requirement was judged.

    Return true if no requirement was judged and no exchange shows why the run ended.
    """
    unjudged = all(verdict.outcome is Outcome.INCONCLUSIVE for verdict in verdicts)
    return ending.leads and not ending.exchanges and unjudged


def _recorded(data: Any) -> Ending | None:
    try:
        return Ending.from_dict(data) if isinstance(data, Mapping) else None
    except (KeyError, ValueError, TypeError):
        return None  # of a later version, or not ours

"""Sentences about a run as a whole, derived from its verdicts and footer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.report.rows import Row
from conformance.verdict import Outcome

if TYPE_CHECKING:
    from conformance.record import RedactedRun

BASE = "openai"
"""The contract that every profile has."""
_MUCH, _MORE = 1.5, 300
"""A target that makes so many times the allowed tokens, and so many more, ignores limits; a few more are the template's."""


SMOKE = "smoke"
"""The depth of a run that tests a part of the suite."""


def part(run: RedactedRun, rows: Sequence[Row], untested: int) -> tuple[str, ...]:
    """Return a sentence that says how much of the suite a smoke or gentle run tested; nothing for any other run."""
    smoke, gentle = run.header.settings.get("depth") == SMOKE, bool(run.header.settings.get("gentle"))
    if not smoke and not gentle:
        return ()
    seen = sum(row.outcome is not Outcome.INCONCLUSIVE for row in rows)
    name = "smoke run (--depth smoke)" if smoke else "gentle run (--gentle)"
    more = "--depth quick" if smoke else "a run without --gentle"
    return (
        f"A part only: this {name} tested {seen:,} of {len(rows) + untested:,} requirements with"
        f" {len(run.exchanges):,} requests. It says nothing of the others; {more} tests more.",
    )


def overspent(run: RedactedRun) -> tuple[str, ...]:
    """Return a sentence if the target generates many more output tokens than the requests allow; otherwise nothing."""
    said = run.footer.summary if run.footer else {}
    made, allowed = said.get("output_tokens"), said.get("output_tokens_allowed")
    if not isinstance(made, int) or not isinstance(allowed, int) or made <= max(allowed * _MUCH, allowed + _MORE):
        return ()
    return (
        f"Limits are ignored: {made:,} output tokens made, {allowed:,} allowed ({made / max(allowed, 1):.1f} times the plan).",
    )


def unsteady(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return a sentence about checks that failed only in some of their repetitions, if checks were repeated."""
    asked = [case for row in rows for case in row.cases if case.asked]
    varied = sum(0 < case.failed < case.asked for case in asked)
    if not varied and all(case.failed for case in asked):  # only failures were repeated, and all were confirmed
        return ()
    share, most = 100 * varied / len(asked), max(case.asked for case in asked)
    return (
        f"{varied} of {len(asked)} repeated checks failed sometimes, not always ({share:.1f} %, up to {most} times each).",
    )


_ENOUGH, _FEW = 5, 0.2
"""So many judged requirements of a profile tell whether it fits; it does not where a smaller share than this passes."""


def misfit(rows: Sequence[Row], profile: str) -> tuple[str, ...]:
    """Return a note that the profile probably does not fit the target, if hardly any requirement of the profile passes."""
    own = [row.outcome for row in rows if row.contract and row.contract != BASE]
    passed = own.count(Outcome.PASS)
    judged = passed + sum(own.count(outcome) for outcome in (Outcome.FAIL, Outcome.WARN, Outcome.UNSUPPORTED))
    if judged < _ENOUGH or passed >= _FEW * judged:
        return ()
    return (
        f"Does the profile fit? {passed} of {judged} judged requirements of {profile} pass: the target may be of another family."
        f" Try --profile {BASE}.",
    )

"""The words and signs of all reports: the meaning of each outcome, and one sentence about the whole run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.report.safe_text import visible
from conformance.verdict import ExitCode, Outcome, State, count_states, exit_code

if TYPE_CHECKING:
    from conformance.report.model import ReportModel
    from conformance.wire import Exchange


@dataclass(frozen=True, slots=True)
class Meaning:
    """How an outcome is shown. `glyph` distinguishes outcomes without colour, `sign` also without Unicode."""

    label: str
    glyph: str
    sign: str
    style: str
    text: str


MEANINGS: Mapping[Outcome, Meaning] = {
    Outcome.PASS: Meaning("passes", "✓", "ok", "cyan", "The target does what the requirement says."),
    Outcome.NOT_APPLICABLE: Meaning(
        "not applicable",
        "—",
        "-",
        "bright_black",
        "The requirement does not apply, or the profile documents a difference.",
    ),
    Outcome.UNSUPPORTED: Meaning(
        "not offered",
        "⊘",
        "o",
        "bright_black",
        "An optional feature that the target rejects with a 4xx and never promised.",
    ),
    Outcome.INCONCLUSIVE: Meaning(
        "not judged", "?", "?", "blue", "Could not be judged; the reason is given. Never counted as a pass."
    ),
    Outcome.WARN: Meaning(
        "warned",
        "▲",
        "!",
        "yellow",
        "Passes with a warning: a recommendation (SHOULD) is not followed, clients usually cope.",
    ),
    Outcome.FAIL: Meaning("breaks", "✕", "X", "red", "A MUST is broken: clients break or results are wrong."),
    Outcome.ERROR: Meaning(
        "suite failed", "‼", "E", "magenta", "Not judged: a fault of this suite, not of the target."
    ),
}
"""Outcomes from least to most severe."""

SEVEREST_FIRST: tuple[Outcome, ...] = tuple(reversed(Outcome))

REASONS: Mapping[str, str] = {
    "premise-not-met": "the situation to judge never arose",
    "model-nondeterminism": "the model answered differently each time",
    "rate-limited": "the target was busy or limited the rate",
    "budget-exhausted": "the budget was spent",
    "liar": "the target accepts anything, so accepting proves nothing",
    "prerequisite-failed": "something it builds on failed first",
    "check-stopped": "the check did not end, or ended the process it ran in",
    "interrupted": "the run was stopped",
    "target-died": "the target died before",
}


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 warning`, `2 warnings`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(model: ReportModel) -> str:
    """Return the result of the run in one or two sentences; an unreachable target comes first."""
    by = model.summary.by_outcome
    states = count_states(by)
    judged = states[State.PASSES] + states[State.BREAKS]
    ending = model.ending
    if ending is not None and ending.leads:
        total = judged + by[Outcome.INCONCLUSIVE]
        before = f"{judged:,} of {total:,} requirements were judged before" if judged else "Nothing could be judged"
        fails = f", {by[Outcome.FAIL]:,} of them broken" if by[Outcome.FAIL] else ""
        return f"{ending.said} {before}{fails}." + (f" {ending.advice}" if ending.advice else "")
    causes = sum(cause.outcome is Outcome.FAIL for cause in model.causes)
    ignored = silently_ignored(model)
    code = exit_code(row.verdict for row in model.rows)
    if code is ExitCode.NOTHING_JUDGED:
        little = f"Too little could be judged ({judged:,} of {judged + by[Outcome.INCONCLUSIVE]:,})"
        said = f"{little if judged else 'Nothing could be judged'}: see why below before drawing any conclusion."
    elif by[Outcome.FAIL]:
        said = f"Breaks {by[Outcome.FAIL]} of the {count(judged, 'requirement')} judged, from {count(causes, 'cause')}"
        said += f" ({ignored} silently ignored)" if ignored else ""
        said += f"; {count(by[Outcome.WARN], 'recommendation')} not followed." if by[Outcome.WARN] else "."
    elif judged:
        whole = code is ExitCode.CONFORMS and not incompleteness(model)
        said = "Conforms: " if whole else "No broken MUST was found: "
        if by[Outcome.WARN]:
            said += f"no MUST of the {count(judged, 'requirement')} judged is broken; "
            said += f"{count(by[Outcome.WARN], 'recommendation')} not followed."
        else:
            said += f"meets {'the one requirement' if judged == 1 else f'all {judged:,} requirements'} judged."
    else:
        said = "No requirement was judged."
    if by[Outcome.INCONCLUSIVE] and code is not ExitCode.NOTHING_JUDGED:
        said += f" {by[Outcome.INCONCLUSIVE]} could not be judged."
    if by[Outcome.ERROR]:
        said += f" The suite itself failed on {count(by[Outcome.ERROR], 'requirement')}: our fault, please report it."
    return said


def silently_ignored(model: ReportModel) -> str:
    """Return how many parameters and constraints the target silently ignores: `2 parameters`; "" for none."""
    number = sum(cause.silently_ignored and cause.outcome is Outcome.FAIL for cause in model.causes)
    return count(number, "parameter") if number else ""


def incompleteness(model: ReportModel) -> str:
    """Return what a reader must know about an incomplete run; "" for a complete one."""
    if model.complete and not model.interrupted:
        return ""
    died = model.ending is not None and model.ending.code is ExitCode.TARGET_GONE
    why = (
        "ended when the target died"
        if died
        else "was stopped"
        if model.ended
        else "ended without a footer (killed, or out of disk space)"
    )
    return f"This run is incomplete: it {why}. What is missing was not judged."


def exchange_line(exchange: Exchange, limit: int = 300) -> str:
    """Return a request in one line: its exchange, method, path, and the beginning of its body."""
    request = exchange.request
    body = " ".join(request.body[: 4 * limit].decode("utf-8", "replace").split())
    shown = f"{body[:limit]}…" if len(body) > limit else body
    return f"{exchange.id} {request.method} {request.path} {shown}".rstrip()


def last_requests(model: ReportModel) -> list[str]:
    """Return up to four requests that show how the run ended, the most probable cause first."""
    named = model.ending.exchanges if model.ending else ()
    return [exchange_line(model.exchanges[name]) for name in named[:4] if name in model.exchanges]


def duration(seconds: float | None) -> str:
    """Return seconds as text: `0.8 s`, `42 s`, `3 min 05 s`; "unknown" for None."""
    if seconds is None:
        return "unknown"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def command(model: ReportModel, *more: str) -> str:
    """Return the command line that repeats the run, quoted for a shell. Credentials come from the environment."""
    words = ["conformance", "run", model.url]
    if model.model:
        words += ["--model", model.model]
    if model.profile:
        words += ["--profile", str(model.settings.get("profile_file") or model.profile)]
    if model.settings.get("spec"):
        words += ["--spec", str(model.settings["spec"])]
    for name in ("key_header", "key_form"):
        if model.settings.get(name):
            words += [f"--{name.replace('_', '-')}", str(model.settings[name])]
    for name in model.settings.get("only") or ():
        words += ["--only", str(name)]
    if model.settings.get("depth") not in (None, "quick"):
        words += ["--depth", str(model.settings["depth"])]
    if model.settings.get("seed") is not None:
        words += ["--seed", str(model.settings["seed"])]
    return " ".join(shlex.quote(visible(word)) for word in (*words, *more))

"""The words and signs of all reports: the meaning of each outcome, and one sentence about the whole run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.contract.packs import given_packs
from conformance.contract.selection import option_of
from conformance.report.safe_text import visible
from conformance.verdict import ExitCode, Outcome, State, count_states, described, exit_code

if TYPE_CHECKING:
    from conformance.causes import Cause
    from conformance.report.model import ReportModel
    from conformance.wire import Exchange


@dataclass(frozen=True, slots=True)
class Meaning:
    """The words and signs with which reports show an outcome.

    `glyph` distinguishes outcomes without colour. `sign` replaces `glyph` in output without Unicode.
    """

    outcome: Outcome
    glyph: str
    sign: str
    style: str
    text: str

    @property
    def label(self) -> str:
        """The state that reports show for the outcome, with its mark, such as `passes (warned)`."""
        return described(self.outcome)


_MEANINGS = (
    Meaning(Outcome.PASS, "✓", "ok", "cyan", "The target does what the requirement says."),
    Meaning(
        Outcome.NOT_APPLICABLE,
        "—",
        "-",
        "bright_black",
        "Does not apply, or the profile documents a difference. Not counted.",
    ),
    Meaning(
        Outcome.UNSUPPORTED,
        "⊘",
        "o",
        "bright_black",
        "An optional feature that the target rejects with a 4xx and never promised.",
    ),
    Meaning(
        Outcome.INCONCLUSIVE,
        "?",
        "?",
        "blue",
        "Could not be judged; the reason is given. Never counted as a pass.",
    ),
    Meaning(
        Outcome.WARN,
        "▲",
        "!",
        "yellow",
        "Breaks no MUST, but a recommendation (SHOULD) is not followed; clients usually cope.",
    ),
    Meaning(Outcome.FAIL, "✕", "X", "red", "A MUST is broken: clients break or results are wrong."),
    Meaning(Outcome.ERROR, "‼", "E", "magenta", "A fault of this suite, not of the target."),
)
MEANINGS: Mapping[Outcome, Meaning] = {meaning.outcome: meaning for meaning in _MEANINGS}
"""Outcomes from least to most severe."""

SEVEREST_FIRST: tuple[Outcome, ...] = tuple(reversed(Outcome))
FACES: Mapping[State, Meaning] = {
    State.BREAKS: MEANINGS[Outcome.FAIL],
    State.NOT_JUDGED: MEANINGS[Outcome.INCONCLUSIVE],
    State.NOT_OFFERED: MEANINGS[Outcome.UNSUPPORTED],
    State.PASSES: MEANINGS[Outcome.PASS],
    State.NOT_APPLICABLE: MEANINGS[Outcome.NOT_APPLICABLE],
}
"""The sign and the colour of each state: those of its outcome without a mark."""

REASONS: Mapping[str, str] = {
    "premise-not-met": "the situation to judge never arose",
    "model-nondeterminism": "the model answered differently each time",
    "rate-limited": "the target was busy or limited the rate",
    "budget-exhausted": "the budget was spent",
    "liar": "the target accepts anything, so accepting proves nothing",
    "prerequisite-failed": "something it builds on failed first",
    "check-stopped": "the check did not end, or ended the process it ran in",
    "flaky": "the check failed, but not often enough when it was repeated",
    "interrupted": "the run was stopped",
    "target-died": "the target died before",
    "not-asked": "a smoke or gentle run sends only a part of the requests",
    "limits-ignored": "the target ignores token limits, so nothing more that needs one was sent",
}


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 warning`, `2 warnings`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(model: ReportModel) -> str:
    """Return the result of the run in one to three sentences; the first one says if the target was unreachable."""
    by = model.summary.by_outcome
    states = count_states(by)
    judged, unjudged = states[State.PASSES] + states[State.BREAKS], states[State.NOT_JUDGED]
    ending = model.ending
    if ending is not None and ending.leads:
        before = (
            f"{judged:,} of {judged + unjudged:,} requirements were judged before"
            if judged
            else "Nothing could be judged"
        )
        fails = f", {by[Outcome.FAIL]:,} of them broken" if by[Outcome.FAIL] else ""
        return f"{ending.said} {before}{fails}." + (f" {ending.advice}" if ending.advice else "")
    causes = sum(cause.outcome is Outcome.FAIL for cause in model.causes)
    warned = f"{count(by[Outcome.WARN], 'recommendation')} not followed"
    code = exit_code(row.verdict for row in model.rows)
    if code is ExitCode.NOTHING_JUDGED:
        little = f"Too little could be judged ({judged:,} of {judged + unjudged:,})"
        said = (
            f"{little if judged else 'Nothing could be judged'}, so draw no conclusion: the report gives the reasons."
        )
    elif by[Outcome.FAIL]:
        of = "the one requirement" if judged == 1 else f"{by[Outcome.FAIL]} of the {count(judged, 'requirement')}"
        said = f"Breaks {of} judged, from {count(causes, 'cause')}"
        said += f"; {warned}." if by[Outcome.WARN] else "."
    elif judged:
        whole = code is ExitCode.CONFORMS and not incompleteness(model) and not model.is_part
        said = "Conforms: " if whole else "No broken MUST was found: "
        if by[Outcome.WARN]:
            said += f"no MUST of the {count(judged, 'requirement')} judged is broken; {warned}."
        else:
            said += f"meets {'the one requirement' if judged == 1 else f'all {judged:,} requirements'} judged."
    else:
        said = "No requirement was judged."
    if model.is_part and code is not ExitCode.NOTHING_JUDGED and model.untested:
        untested = count(len(model.untested), "requirement")
        said += f" Only a part was tested: {untested} {'was' if len(model.untested) == 1 else 'were'} not."
    ignored = silently_ignored(model)
    said += f" Silently ignores {ignored}." if ignored else ""
    if unjudged and code is not ExitCode.NOTHING_JUDGED:
        ours = f", {by[Outcome.ERROR]} of them because the suite itself failed: please report it"
        said += f" {unjudged} could not be judged{ours if by[Outcome.ERROR] else ''}."
    return said


def silently_ignored(model: ReportModel) -> str:
    """Return how many parameters and constraints the target silently ignores, such as `2 parameters`.

    Returns "" if the target silently ignores nothing.
    """
    number = sum(cause.silently_ignored and cause.outcome is Outcome.FAIL for cause in model.causes)
    return count(number, "parameter") if number else ""


def more_causes(model: ReportModel, shown: int) -> str:
    """Describe the causes after the first `shown` causes: `5 more causes, 1 cause of unmet recommendations`.

    Returns "" if the run has no more than `shown` causes.
    """
    left = model.causes[shown:]
    advice = sum(cause.outcome is Outcome.WARN for cause in left)
    faults = len(left) - advice
    said = [count(faults, "more cause")] if faults else []
    return ", ".join([*said, f"{count(advice, 'cause')} of unmet recommendations"] if advice else said)


def extent_in_levels(cause: Cause) -> str:
    """Return how many requirements a cause breaks, by level: `22 MUST, 48 recommendations`."""
    musts, others = len(cause.musts), len(cause.requirements) - len(cause.musts)
    named = [f"{musts} MUST"] if musts else []
    return ", ".join([*named, count(others, "recommendation")] if others else named)


def extent(cause: Cause) -> str:
    """Return which requirements a cause breaks: `error.role and 69 more requirements (22 MUST)`.

    The first sentence of a report counts the broken MUSTs of all causes together.
    """
    lead, *others = cause.requirements
    musts = f" ({len(cause.musts)} MUST)" if cause.musts else ""
    return f"{lead} and {count(len(others), 'more requirement')}{musts}" if others else lead


def clients_text(cause: Cause) -> str:
    """Return how many tested clients fail under a cause: `9 of 11 tested clients`; "" if none is known to fail."""
    return f"{len(cause.clients)} of {cause.clients_tested} tested clients" if cause.clients else ""


def incompleteness(model: ReportModel) -> str:
    """Return a sentence about why a run is incomplete; "" for a complete run."""
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
    """Return a request in one line: the exchange id, method, path, and the beginning of the body."""
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


def command(model: ReportModel, requirement: str = "") -> str:
    """Return the command line that repeats the run, or judges one requirement of it, quoted for a shell.

    The command line names environment variables instead of credentials.
    """
    words = ["conformance", "run", model.url, *_options(model)]
    for term in [requirement] if requirement else model.settings.get("only") or ():
        words += option_of(str(term))
    return _quoted(words)


def repeating(model: ReportModel) -> str:
    """Return the options with which a run of selected requirements repeats this run, quoted for a shell."""
    return _quoted(_options(model))


def _options(model: ReportModel) -> list[str]:
    """Return the options of `conformance run` that describe the target and the depth of a run, but not its selection."""
    words = [word for folder in given_packs() for word in ("--pack", folder)]
    if model.model:
        words += ["--model", model.model]
    if model.profile:
        words += ["--profile", str(model.settings.get("profile_file") or model.profile)]
    if model.settings.get("spec"):
        words += ["--spec", str(model.settings["spec"])]
    retrieval = ("retrieval_bucket", "retrieval_question", "retrieval_answer", "retrieval_other_bucket")
    for name in ("key_header", "key_form", *retrieval):
        if model.settings.get(name):
            words += [f"--{name.replace('_', '-')}", str(model.settings[name])]
    if second := str(model.settings.get("second_key") or "").removeprefix("from "):
        words += ["--second-key-env", second]
    if model.settings.get("depth") not in (None, "quick"):
        words += ["--depth", str(model.settings["depth"])]
    if model.settings.get("seed") is not None:
        words += ["--seed", str(model.settings["seed"])]
    if model.settings.get("gentle"):
        words.append("--gentle")
    if model.settings.get("repeat"):
        words += ["--repeat", str(model.settings["repeat"])]
    return words


def _quoted(words: Iterable[str]) -> str:
    return " ".join(shlex.quote(visible(word)) for word in words)

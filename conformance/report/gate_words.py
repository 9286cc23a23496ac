"""The sentences about the decision of a gate, which all reports use.

A report shows the gate's decision as a sentence, and each violation or waiver as a line of text.
"""

from __future__ import annotations

from conformance.acceptance import Gated, Ruling, Status, Waiver
from conformance.verdict import Ending, ExitCode

ADVICE = "Make the run as the baseline was made, or write a new baseline with `conformance baseline write` from a run like this one."


def refusal(gated: Gated) -> Ending | None:
    """Return the reason why a run cannot be compared with the baseline; None if it can be compared."""
    if not gated.refused:
        return None
    said = f"This run cannot be compared with the baseline: {'; '.join(gated.refused)}."
    return Ending(ExitCode.USAGE, said, ADVICE, leads=False)


def counts(gated: Gated) -> str:
    """Return the counts of a gate as text: `accepted 2, new 0, fixed 0, expired 0, stale 0`."""
    return ", ".join(f"{name} {number}" for name, number in gated.acceptance.counts.items())


def gate_sentence(gated: Gated) -> str:
    """Return the decision of the gate in one or two sentences."""
    if gated.refused:
        return f"Gate: not decided, because this run cannot be compared with the baseline ({'; '.join(gated.refused)})."
    word = "informs only" if gated.informs else "passes" if gated.passes else "fails"
    said = f"Gate {word}: {counts(gated)}."
    if unseen := list(gated.acceptance.by_requirement.values()).count(Status.UNSEEN):
        said += f" {unseen} more broken, which the baseline could not judge."
    if gated.edition:
        said += f" Edition {gated.edition}."
    if gated.newer:
        one = len(gated.newer) == 1
        broken = f", {len(gated.newer_broken)} of them broken" if gated.newer_broken else ""
        said += f" {len(gated.newer)} newer requirement{'' if one else 's'} not scored{broken}."
    return said


def gate_lines(gated: Gated, most: int = 1_000) -> list[tuple[str, str]]:
    """Return the violations and waivers to show, each with its status and a line of text, the most urgent first.

    For each status of a violation or waiver, at most `most` lines are returned.
    """
    acceptance = gated.acceptance
    lines: list[tuple[str, str]] = []
    for status in (Status.NEW, Status.EXPIRED, Status.UNSEEN):
        lines += _bounded(status, [_ruling(each) for each in first_of_each(acceptance.rulings, status)], most)
    lines += _bounded("flaky", [f"{each}: failed, and was not confirmed when repeated." for each in gated.flaky], most)
    lines += _bounded("stale", [_stale(each, acceptance.rulings) for each in acceptance.stale], most)
    fixed = [f"{each.subject}: passes now. `conformance baseline update` removes it." for each in acceptance.fixed]
    lines += _bounded("fixed", fixed, most)
    accepted = first_of_each(acceptance.rulings, Status.ACCEPTED)
    lines += _bounded("accepted", [_ruling(each) for each in accepted], most)
    lines += _bounded("not judged", [f"{_waiver(each)}: this run does not say." for each in acceptance.unjudged], most)
    return lines + _bounded("newer", [f"{each} is broken, and not scored." for each in gated.newer_broken], most)


def _stale(waiver: Waiver, rulings: tuple[Ruling, ...]) -> str:
    """Return why a waiver is stale: what it accepts is gone, or its requirement is broken by another cause."""
    others = [each.violation for each in rulings if waiver.cause and waiver.id == each.violation.requirement]
    if others:
        causes = ", ".join(dict.fromkeys(each.symptom for each in others))
        return f"{_waiver(waiver)}: not its cause, but {causes} breaks {waiver.id}. Correct or remove it."
    return f"{_waiver(waiver)}: not needed any more. Remove it."


def waiver_words(waiver: Waiver) -> str:
    """Return a waiver's reason, owner, last day and link: `known bug (owner core, until 2026-12-31, https://…)`."""
    facts = [
        f"owner {waiver.owner}" if waiver.owner else str(waiver.origin),
        f"until {waiver.until}" if waiver.until else "",
        waiver.link,
    ]
    return f"{waiver.reason} ({', '.join(fact for fact in facts if fact)})"


def suggested_waiver(ruling: Ruling) -> str:
    """Return a draft of a waiver that accepts a new violation; the user must complete the draft."""
    violation = ruling.violation
    return "\n".join(
        [
            "[[waivers]]",
            f'id = "{violation.requirement}"',
            f'cause = "{violation.symptom}"',
            'reason = "…"',
            'owner = "…"',
            "until = YYYY-MM-DD",
        ]
    )


def first_of_each(rulings: tuple[Ruling, ...], status: Status) -> list[Ruling]:
    """Return the first ruling with the status on each requirement and cause."""
    found: dict[tuple[str, str], Ruling] = {}
    for ruling in rulings:
        if ruling.status is status:
            found.setdefault((ruling.violation.requirement, ruling.violation.cause), ruling)
    return list(found.values())


def _ruling(ruling: Ruling) -> str:
    violation = ruling.violation
    said = f"{violation.level} {violation.requirement}: {violation.title} [{violation.symptom}]"
    return f"{said}. {waiver_words(ruling.waiver)}" if ruling.waiver else said


def _waiver(waiver: Waiver) -> str:
    return f"{waiver.place} {waiver.subject}, {waiver_words(waiver)}"


def _bounded(word: str, lines: list[str], most: int) -> list[tuple[str, str]]:
    shown = [(str(word), line) for line in lines[:most]]
    return [*shown, (str(word), f"and {len(lines) - most} more in the report")] if len(lines) > most else shown

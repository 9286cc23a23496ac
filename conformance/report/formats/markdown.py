"""Generates `summary.md`, the summary of a run for a CI job page.

Text from the target never becomes markup, a link or a mention in the summary.
"""

from __future__ import annotations

from conformance.causes import Cause
from conformance.report.contracts import Break, Contracts
from conformance.report.evidence import bounded_curl
from conformance.report.feature_map import FeatureMap
from conformance.report.formats import renders
from conformance.report.gate_markdown import gate_markdown
from conformance.report.model import ReportModel, broken_first
from conformance.report.rows import IGNORED
from conformance.report.safe_text import markdown_block, markdown_code, markdown_text, one_line
from conformance.report.wording import (
    FACES,
    MEANINGS,
    REASONS,
    clients_text,
    command,
    count,
    duration,
    extent,
    incompleteness,
    last_requests,
    more_causes,
    sentence,
)
from conformance.verdict import Outcome, StateCount, counted

_CURL = 1_500
_LISTED = 20
_QUIET = (Outcome.PASS, Outcome.NOT_APPLICABLE)
_FIRST = 3


@renders("markdown", file="summary.md")
def render_markdown(model: ReportModel) -> str:
    """Return the summary as Markdown that is also readable as plain text.

    The first four kilobytes of the summary have the most important facts.
    """
    parts = [f"## Conformance of {markdown_code(model.title)}", _facts(model), f"**{markdown_text(sentence(model))}**"]
    parts += gate_markdown(model.gated) if model.gated else []
    if lines := last_requests(model):
        parts.append("\n".join(f"- {markdown_code(line, 200)}" for line in lines))
    if missing := incompleteness(model):
        parts.append(f"> {markdown_text(missing)}")
    parts += [f"> {markdown_text(note, 240)}" for note in model.notes[:3]]
    parts += [_cause(place, cause, 160) for place, cause in enumerate(model.causes[:_FIRST], 1)]
    if more := more_causes(model, _FIRST):
        parts.append(f"…and {more}; all are in report.html.")
    parts.append("Repeat: " + markdown_code(command(model), 600))
    return "\n\n".join([*parts, *_details(model)]) + "\n"


def _details(model: ReportModel) -> list[str]:
    """Return the part below the first screen."""
    parts = [f"> {markdown_text(note, 240)}" for note in model.notes[3:]]
    if model.areas:
        parts += ["### By area", *_table(model)]
    if model.causes:
        parts.append("### Causes")
        parts += [_evidence(model, place, cause) for place, cause in enumerate(model.causes[:_FIRST], 1)]
        shown = enumerate(model.causes[_FIRST : _FIRST + _LISTED], _FIRST + 1)
        parts += ["\n".join(_line(place, cause) for place, cause in shown)] if len(model.causes) > _FIRST else []
        if more := more_causes(model, _FIRST + _LISTED):
            parts.append(f"…and {more}: see report.html.")
    if model.features:
        parts += ["### Constrained output", _features(model.features)]
    if model.contracts_compared:
        parts += _contracts(model.contracts_compared)
    parts += _unjudged(model)
    if model.differences:
        parts.append("### Documented differences")
        parts.append(
            "\n".join(
                f"- {markdown_code(row.requirement)}: {markdown_text(row.difference)}" for row in model.differences
            )
        )
    return parts


def _facts(model: ReportModel) -> str:
    summary = model.summary
    facts = [
        markdown_code(model.url) if model.title != model.url else "",
        f"model {markdown_code(model.model)}" if model.model else "",
        f"profile {markdown_code(model.profile)}" if model.profile else "",
        markdown_text(model.started),
        markdown_text(f"{model.suite_name} {model.suite_version}"),
        count(summary.requests, "request"),
        count(summary.output_tokens, "output token") if summary.output_tokens is not None else "",
        duration(summary.seconds) if summary.seconds is not None else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def _table(model: ReportModel) -> list[str]:
    """Return a row for each area with problems, the worst first, the others in one sentence, and a legend."""
    states = counted(model.summary.by_outcome)
    used = [outcome for each in states for outcome in each.outcomes]
    quiet = [area for area in model.areas if all(row.outcome in _QUIET for row in area.rows)]
    loud = sorted((area for area in model.areas if area not in quiet), key=broken_first)
    lines = [
        "| area | " + " | ".join(f"{FACES[each.state].glyph} {each.state}" for each in states) + " |",
        "| --- |" + " ---: |" * len(states),
    ]
    for area in loud:
        found = {each.state: each for each in counted(area.by_outcome)}
        cells = (_number(found[each.state]) if each.state in found else "" for each in states)
        lines.append(f"| {markdown_text(area.name)} | {' | '.join(cells)} |")
    totals = " | ".join(f"**{_number(each)}**" for each in states)
    parts = ["\n".join([*lines, f"| **all** | {totals} |"])] if loud else []
    if quiet:
        names = ", ".join(markdown_text(area.name) for area in quiet)
        parts.append(f"Everything judged passes in {count(len(quiet), 'area')}: {names}.")
    parts.append("\n".join(f"- {MEANINGS[o].glyph} {MEANINGS[o].label}: {MEANINGS[o].text}" for o in used))
    return parts


def _number(count: StateCount) -> str:
    return f"{count.number} ({count.marks})" if count.marked else str(count.number)


def _features(features: FeatureMap) -> str:
    lines = [
        "| feature | " + " | ".join(f"`{column}`" for column in features.columns) + " |",
        "| --- |" + " --- |" * len(features.columns),
    ]
    for group, rows in features.groups:
        lines.append(f"| **{markdown_text(group)}** |" + " |" * len(features.columns))
        for row in rows:
            cells = (f"{MEANINGS[cell.outcome].glyph} {cell.said}" if cell else "" for cell in row.cells)
            lines.append(f"| {markdown_text(row.feature)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _head(place: int, cause: Cause) -> str:
    ignored = f" ({IGNORED})" if cause.silently_ignored else ""
    return f"{place}. {MEANINGS[cause.outcome].glyph} {cause.level} {markdown_text(cause.title, 300)}{ignored}"


def _cause(place: int, cause: Cause, limit: int) -> str:
    """Return a cause in a few short lines."""
    lead, *_ = cause.requirements
    breaks = extent(cause).removeprefix(lead)
    clients = f" and {clients_text(cause)}" if cause.clients else ""
    shown = f", in {cause.share}" if cause.exchanges > 1 else ""
    where = f" at {markdown_code(cause.finding.where, 100)}" if cause.finding.where else ""
    lines = [
        f"**{_head(place, cause)}**",
        f"- breaks {markdown_code(lead)}{breaks}{clients}{shown}",
        f"- expected {markdown_code(cause.finding.expected, limit)}",
        f"- got {markdown_code(cause.finding.observed, limit)}{where}",
        f"- impact: {markdown_text(cause.impact, 240)}" if cause.impact else "",
        f"- fix: {markdown_text(cause.fix, 240)}" if cause.fix else "",
    ]
    return "\n".join(line for line in lines if line)


def _line(place: int, cause: Cause) -> str:
    others = len(cause.requirements) - 1
    more = f" and {others} more" if others else ""
    return f"- {_head(place, cause)} ({markdown_code(cause.requirements[0])}{more})"


def _evidence(model: ReportModel, place: int, cause: Cause) -> str:
    """Return every violation of a cause, and how to reproduce it."""
    pages = {row.requirement: row.page for row in model.rows if row.page}
    named = ", ".join(
        f"[{markdown_code(each)}]({pages[each]})" if each in pages else markdown_code(each)
        for each in cause.requirements[:_LISTED]
    )
    if more := len(cause.requirements) - _LISTED:
        named += f" and {more} more" if more > 0 else ""
    parts = [f"**{_head(place, cause)}**", f"Breaks {named}."]
    exchange = model.exchanges.get(cause.exchange)
    if exchange is not None:
        status = exchange.status if exchange.status is not None else "no response"
        parts.append(f"Exchange {markdown_code(exchange.id)} ({status}):")
        parts.append(markdown_block(bounded_curl(exchange, model.key_env, _CURL), "sh"))
    return "\n\n".join(parts)


def _unjudged(model: ReportModel) -> list[str]:
    rows = [row for row in model.rows if row.outcome in (Outcome.INCONCLUSIVE, Outcome.ERROR)]
    if not rows:
        return []
    lines = []
    for row in rows[:_LISTED]:
        why = REASONS.get(str(row.reason), MEANINGS[row.outcome].label)
        said = f": {markdown_code(row.verdict.detail, 160)}" if one_line(row.verdict.detail) else ""
        lines.append(f"- {markdown_code(row.requirement)}: {why}{said}")
    if len(rows) > _LISTED:
        lines.append(f"- …and {len(rows) - _LISTED} more")
    return [f"### {len(rows)} not judged", "\n".join(lines)]


def _contracts(contracts: Contracts) -> list[str]:
    """Return the comparison with both contracts, and its violations."""
    parts = [f"### Its own contract, and OpenAI's\n\nIts own is {markdown_code(contracts.document)}."]
    if contracts.trouble:
        return [*parts, f"> It could not be judged by: {markdown_text(contracts.trouble)}"]
    lines = ["| operation | its own contract | OpenAI's |", "| --- | --- | --- |"]
    lines += [
        f"| {markdown_code(row.operation)} | {row.own.words} | {row.openai.words} |" for row in contracts.operations
    ]
    parts.append("\n".join(lines))
    if contracts.faults:
        parts.append("\n".join(_break(each) for each in contracts.faults[:_LISTED]))
    if contracts.documented:
        parts.append("Differences from OpenAI's contract that its own document describes:")
        parts.append("\n".join(_break(each) for each in contracts.documented[:_LISTED]))
    return parts


def _break(each: Break) -> str:
    times = max(each.own, each.openai)
    return (
        f"- {markdown_code(each.operation)} {markdown_code(each.where)} breaks {markdown_text(each.side)}: "
        f"{markdown_code(each.message)} ({count(times, 'exchange')}, {markdown_code(each.exchange)})"
    )

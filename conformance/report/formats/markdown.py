"""`summary.md`: the run for a CI job page. What the target wrote is never markup, a link or a mention there."""

from __future__ import annotations

from conformance.causes import Cause
from conformance.report.contracts import Break, Contracts
from conformance.report.evidence import bounded_curl
from conformance.report.feature_map import FeatureMap
from conformance.report.formats import renders
from conformance.report.model import ReportModel
from conformance.report.safe_text import markdown_block, markdown_code, markdown_text, one_line
from conformance.report.wording import (
    MEANINGS,
    REASONS,
    SEVEREST_FIRST,
    command,
    count,
    duration,
    incompleteness,
    last_requests,
    sentence,
)
from conformance.verdict import Outcome

_CURL = 4_000
_LISTED = 20


@renders("markdown", file="summary.md")
def render_markdown(model: ReportModel) -> str:
    """The summary as GitHub-flavoured Markdown, some ten kilobytes, with a final newline."""
    parts = [
        f"## Conformance of {markdown_code(model.url)}",
        _facts(model),
        f"**{markdown_text(sentence(model))}**",
    ]
    if lines := last_requests(model):
        parts.append("\n".join(f"- {markdown_code(line)}" for line in lines))
    if missing := incompleteness(model):
        parts.append(f"> {markdown_text(missing)}")
    parts += [f"> {markdown_text(note)}" for note in model.notes]
    if model.areas:
        parts += ["### By area", _table(model), _legend(model)]
    if model.fix_first:
        parts.append("### Fix these first")
        parts += [_cause(model, place, cause) for place, cause in enumerate(model.fix_first, 1)]
        if more := len(model.causes) - len(model.fix_first):
            parts.append(f"…and {count(more, 'more cause')}: see report.html.")
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
    parts += ["### Repeat", markdown_block(command(model), "sh")]
    return "\n\n".join(parts) + "\n"


def _facts(model: ReportModel) -> str:
    summary = model.summary
    facts = [
        f"model {markdown_code(model.model)}" if model.model else "",
        f"profile {markdown_code(model.profile)}" if model.profile else "",
        markdown_text(model.started),
        markdown_text(f"{model.suite_name} {model.suite_version}"),
        count(summary.requests, "request"),
        count(summary.output_tokens, "output token") if summary.output_tokens is not None else "",
        duration(summary.seconds) if summary.seconds is not None else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def _table(model: ReportModel) -> str:
    used = [outcome for outcome in SEVEREST_FIRST if model.summary.by_outcome[outcome]]
    lines = [
        "| area | " + " | ".join(f"{MEANINGS[outcome].glyph} {MEANINGS[outcome].label}" for outcome in used) + " |",
        "| --- |" + " ---: |" * len(used),
    ]
    for area in model.areas:
        cells = (str(area.by_outcome[outcome] or "") for outcome in used)
        lines.append(f"| {markdown_text(area.name)} | {' | '.join(cells)} |")
    totals = " | ".join(f"**{model.summary.by_outcome[outcome]}**" for outcome in used)
    return "\n".join([*lines, f"| **all** | {totals} |"])


def _legend(model: ReportModel) -> str:
    used = [outcome for outcome in SEVEREST_FIRST if model.summary.by_outcome[outcome]]
    return "<br>\n".join(f"{MEANINGS[o].glyph} **{MEANINGS[o].label}**: {MEANINGS[o].text}" for o in used)


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


def _cause(model: ReportModel, place: int, cause: Cause) -> str:
    lead, *others = cause.requirements
    meaning = MEANINGS[cause.outcome]
    head = f"<b>{place}. {meaning.glyph} {cause.level} {markdown_code(lead)}</b>"
    if others:
        head += f" and {count(len(others), 'more requirement')}"
    where = f" at {markdown_code(cause.finding.where)}" if cause.finding.where else ""
    lines = [
        f"- **Expected:** {markdown_code(cause.finding.expected)}",
        f"- **Target:** {markdown_code(cause.finding.observed)}{where}",
        f"- **Impact:** {markdown_text(cause.impact)}" if cause.impact else "",
        f"- **Fix:** {markdown_text(cause.fix)}" if cause.fix else "",
        f"- **Also breaks:** {', '.join(markdown_code(each) for each in others[:_LISTED])}" if others else "",
    ]
    parts = [f"<details><summary>{head}</summary>", "\n".join(line for line in lines if line)]
    exchange = model.exchanges.get(cause.exchange)
    if exchange is not None:
        status = exchange.status if exchange.status is not None else "no response"
        parts.append(f"Exchange {markdown_code(exchange.id)} ({status}):")
        parts.append(markdown_block(bounded_curl(exchange, model.key_env, _CURL), "sh"))
    return "\n\n".join([*parts, "</details>"])


def _unjudged(model: ReportModel) -> list[str]:
    rows = [row for row in model.rows if row.outcome in (Outcome.INCONCLUSIVE, Outcome.ERROR)]
    if not rows:
        return []
    lines = []
    for row in rows[:_LISTED]:
        why = REASONS.get(str(row.reason), MEANINGS[row.outcome].label)
        said = f": {markdown_code(row.verdict.detail)}" if one_line(row.verdict.detail) else ""
        lines.append(f"- {markdown_code(row.requirement)}: {why}{said}")
    if len(rows) > _LISTED:
        lines.append(f"- …and {len(rows) - _LISTED} more")
    return [f"<details><summary>{len(rows)} not judged</summary>", "\n".join(lines), "</details>"]


def _contracts(contracts: Contracts) -> list[str]:
    """Both answers to every exchange, and what breaks either."""
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

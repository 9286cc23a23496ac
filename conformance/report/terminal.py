"""The last screen of a run: the verdict, the areas, what to fix first, and where the reports are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.causes import Cause
from conformance.report.model import ReportModel
from conformance.report.safe_text import clip, for_terminal, one_line
from conformance.report.wording import (
    MEANINGS,
    REASONS,
    SEVEREST_FIRST,
    count,
    duration,
    incompleteness,
    last_requests,
    sentence,
)
from conformance.verdict import Outcome

_NARROW = 72  # columns below which the table of areas shows only what needs attention
_LISTED = 5


def print_summary(model: ReportModel, console: Console, reports: Mapping[str, Path] | None = None) -> None:
    """Print the screen. Colours, width and encoding are the console's (rich honours `NO_COLOR` and pipes).

    `reports` are the files that were written, by format.
    """
    Screen(model, console).show(reports or {})


class Screen:
    """One printing of one report on one console."""

    def __init__(self, model: ReportModel, console: Console) -> None:
        self._model = model
        self._console = console
        self._unicode = console.encoding.lower().replace("-", "").startswith("utf")

    def show(self, reports: Mapping[str, Path]) -> None:
        """Print all parts, a blank line between them."""
        parts: list[RenderableType] = [self._head()]
        if self._model.areas:
            parts.append(self._areas())
        if self._model.fix_first:
            parts.append(self._fix_first())
        if unjudged := self._unjudged():
            parts.append(unjudged)
        if differences := self._differences():
            parts.append(differences)
        if reports:
            parts.append(self._reports(reports))
        for part in parts:
            self._console.print()
            self._console.print(part, soft_wrap=False)

    def _text(self, text: str, style: str = "", limit: int = 400) -> Text:
        """A text without markup, control characters, or characters the console cannot encode."""
        encoding = "utf-8" if self._unicode else self._console.encoding
        return Text(for_terminal(one_line(text, limit), encoding), style)

    def _sign(self, outcome: Outcome) -> str:
        return MEANINGS[outcome].glyph if self._unicode else MEANINGS[outcome].sign

    def _head(self) -> RenderableType:
        model, summary = self._model, self._model.summary
        worst = next((outcome for outcome in SEVEREST_FIRST if summary.by_outcome[outcome]), Outcome.INCONCLUSIVE)
        if model.ending is not None and model.ending.leads:
            worst = Outcome.FAIL
        style = MEANINGS[worst].style if worst.severity >= Outcome.WARN.severity else "default"
        lines = [self._text(model.url, "bold", 200)]
        if model.model:
            lines[0].append_text(Text("  ") + self._text(model.model, "dim", 200))
        lines.append(self._text(sentence(model), f"bold {style}", 1_000))
        lines += [self._text(line) for line in last_requests(model)]
        if missing := incompleteness(model):
            lines.append(self._text(missing, "bold"))
        lines += [self._text(note, "dim") for note in model.notes]
        facts = [count(summary.requests, "request")]
        if summary.output_tokens is not None:
            facts.append(count(summary.output_tokens, "output token"))
        if summary.seconds is not None:
            facts.append(duration(summary.seconds))
        lines.append(self._text(", ".join(facts), "dim"))
        return Group(*lines)

    def _areas(self) -> RenderableType:
        used = [outcome for outcome in SEVEREST_FIRST if self._model.summary.by_outcome[outcome]]
        if self._console.width < _NARROW:
            shown = (Outcome.ERROR, Outcome.FAIL, Outcome.WARN, Outcome.PASS)
            used = [outcome for outcome in used if outcome in shown]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("area", overflow="fold")
        narrow = self._console.width < 100
        for outcome in used:
            sign = self._sign(outcome)
            label = sign if narrow else f"{sign} {MEANINGS[outcome].label}"
            table.add_column(label, justify="right", style=MEANINGS[outcome].style, no_wrap=True)
        for area in self._model.areas:
            table.add_row(self._text(area.name), *(str(area.by_outcome[outcome] or "") for outcome in used))
        table.add_row(Text("all", "bold"), *(str(self._model.summary.by_outcome[outcome]) for outcome in used))
        if not narrow:
            return table
        legend = Text(", ".join(f"{self._sign(outcome)} {MEANINGS[outcome].label}" for outcome in used), "dim")
        return Group(table, legend)

    def _fix_first(self) -> RenderableType:
        parts: list[RenderableType] = [Text("Fix these first", "bold")]
        for place, cause in enumerate(self._model.fix_first, 1):
            parts += self._cause(place, cause)
        if more := len(self._model.causes) - len(self._model.fix_first):
            parts.append(self._text(f"and {count(more, 'more cause')} in the report", "dim"))
        return Group(*parts)

    def _cause(self, place: int, cause: Cause) -> list[RenderableType]:
        lead, *others = cause.requirements
        head = Text(f"{place}. ")
        head.append(f"{self._sign(cause.outcome)} {cause.level} ", MEANINGS[cause.outcome].style)
        head.append_text(self._text(lead, "bold"))
        if others:
            head.append(f" and {count(len(others), 'more requirement')}", "dim")
        table = Table.grid(padding=(0, 1))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        where = f" (at {clip(cause.finding.where, 120)})" if cause.finding.where else ""
        table.add_row("expects", self._text(cause.finding.expected))
        table.add_row("target", self._text(clip(cause.finding.observed, 300) + where, limit=600))
        if cause.impact:
            table.add_row("impact", self._text(cause.impact))
        if cause.fix:
            table.add_row("fix", self._text(cause.fix))
        return [head, Padding(table, (0, 0, 0, 3))]

    def _unjudged(self) -> RenderableType | None:
        by_reason: dict[str, int] = {}
        for row in self._model.rows:
            if row.outcome is Outcome.INCONCLUSIVE:
                by_reason[str(row.reason)] = by_reason.get(str(row.reason), 0) + 1
        errors = [row for row in self._model.rows if row.outcome is Outcome.ERROR]
        if not by_reason and not errors:
            return None
        lines = []
        for reason, number in sorted(by_reason.items(), key=lambda item: -item[1]):
            lines.append(self._text(f"{number} {reason}: {REASONS.get(reason, '')}"))
        sign = self._sign(Outcome.ERROR)
        lines += [self._text(f"{sign} {row.requirement}: {row.verdict.detail}", "magenta") for row in errors[:_LISTED]]
        return Group(Text("Not judged", "bold"), *(Padding(line, (0, 0, 0, 3)) for line in lines))

    def _differences(self) -> RenderableType | None:
        rows = self._model.differences
        if not rows:
            return None
        lines = [self._text(f"{row.requirement}: {row.difference}") for row in rows[:_LISTED]]
        if len(rows) > _LISTED:
            lines.append(self._text(f"and {len(rows) - _LISTED} more in the report"))
        return Group(Text("Documented differences", "bold"), *(Padding(line, (0, 0, 0, 3)) for line in lines))

    def _reports(self, reports: Mapping[str, Path]) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, path in reports.items():
            table.add_row(name, self._text(str(path), limit=4_000))
        return table

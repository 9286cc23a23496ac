"""Generates `report.html`, a self-contained page that loads no other files and trusts no text from the target.

In every text, `visible` replaces invisible characters and Jinja escapes the markup. The page contains each exchange
once as JSON, and the script of the page shows the exchange with `textContent`. The content security policy of
`report.html` allows only the style and script of the page itself, by hash.
"""

from __future__ import annotations

from typing import Any

from conformance.report.evidence import bounded_curl
from conformance.report.formats import renders
from conformance.report.gate_words import gate_lines, gate_sentence
from conformance.report.html_page import environment_of_pages, policy, raw, template
from conformance.report.model import Area, ReportModel, broken_first
from conformance.report.page_data import embedded, evidence, linked_exchanges, row_views
from conformance.report.palette import DARK, LIGHT, css_variables
from conformance.report.rows import IGNORED
from conformance.report.safe_text import clip, visible
from conformance.report.service_words import cost_text, errors_text, figure_rows
from conformance.report.wording import (
    FACES,
    MEANINGS,
    REASONS,
    SEVEREST_FIRST,
    clients_text,
    command,
    count,
    duration,
    exchange_line,
    extent_in_levels,
    incompleteness,
    sentence,
)
from conformance.verdict import MARKS, Level, Outcome, counted

PAGE_BYTES, CLEAN_PAGE_BYTES = 980_000, 680_000
"""Maximum size of the page, and of one without causes; exchanges get the space that remains."""
_LEAST_EVIDENCE = 60_000
_OPENED = 3  # causes that are open at first
_LISTED = 12  # requirements listed for one cause
_PRINTED = 30  # causes that a printed page lists
_SHOWN = 60  # causes that are listed at first
_MOST = 300  # causes that the page has, of each kind
_CURL = 6_000
_OF_EACH = 200  # lines about a gate of each kind
_QUIET = (Outcome.PASS, Outcome.NOT_APPLICABLE)
_READING_ORDER = (
    Outcome.FAIL,
    Outcome.WARN,
    Outcome.ERROR,
    Outcome.INCONCLUSIVE,
    Outcome.UNSUPPORTED,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)
"""The groups of requirements on the page: what breaks or is warned comes before what passes."""


@renders("html", file="report.html")
def render_html(model: ReportModel) -> str:
    """Return the HTML report as one page.

    The HTML page has at most one megabyte, or 700 KB if the run found no violations. If the HTML page would exceed its
    maximum size, the bodies of exchanges are shortened.
    """
    environment = environment_of_pages()
    style = template(environment, "report.css.j2").render(
        outcomes=SEVEREST_FIRST, light=raw(css_variables(LIGHT)), dark=raw(css_variables(DARK)), printed=_PRINTED
    )
    script = template(environment, "report.js").render()
    anchors = {cause.key: f"cause-{cause.key}" for cause in model.causes}
    quiet = [area for area in model.areas if all(row.outcome in _QUIET for row in area.rows)]
    whole = template(environment, "report.html.j2").render(
        model=model,
        title=model.title,
        identity=model.identity.facts,
        notes=model.notes,
        policy=policy(style, script),
        style=raw(style),
        script=raw(script),
        sentence=sentence(model),
        gate=gate_sentence(model.gated) if model.gated else "",
        gate_lines=gate_lines(model.gated, _OF_EACH) if model.gated else [],
        incomplete=incompleteness(model),
        worst=_worst(model),
        last_requests=_last_requests(model),
        tiles=counted(model.summary.by_outcome),
        outcomes=_READING_ORDER,
        counted_states=counted,
        faces=FACES,
        ignored=IGNORED,
        marks=MARKS,
        meanings=MEANINGS,
        levels=tuple(Level),
        areas=model.areas,
        notable=sorted((area for area in model.areas if area not in quiet), key=broken_first),
        quiet=quiet,
        anchors=anchors,
        faults=[cause for cause in model.causes if cause.outcome is not Outcome.WARN],
        advice=[cause for cause in model.causes if cause.outcome is Outcome.WARN],
        shown=_SHOWN,
        most=_MOST,
        opened=_OPENED,
        listed=_LISTED,
        printed=_PRINTED,
        segments=_segments,
        text=1_000 if len(model.causes) <= 100 else 160,
        clip=clip,
        counted=count,
        extent=extent_in_levels,
        clients_text=clients_text,
        duration=duration,
        command=command(model),
        figures=figure_rows(model.service),
        errors_text=errors_text(model.service),
        cost_text=cost_text(model.service.cost),
        settings=[(name, _setting(value)) for name, value in model.settings.items()],
    )
    most = PAGE_BYTES if model.causes else CLEAN_PAGE_BYTES
    return whole.replace(_DATA, _DATA + _data(model, anchors, most - len(whole.encode())), 1)


_DATA = '<script type="application/json" id="data">'
"""Replaced by the page's data when the remaining space is known. Text from a target never has an unescaped `<`."""


def _data(model: ReportModel, anchors: dict[str, str], room: int) -> str:
    """Return the data for the script: requirements first; exchanges take the rest of `room` bytes."""
    causes: dict[str, list[str]] = {}
    for cause in model.causes:
        for requirement in cause.requirements:
            causes.setdefault(requirement, []).append(anchors[cause.key])
    used = [outcome for outcome in _READING_ORDER if model.summary.by_outcome[outcome]]
    first = next((outcome for outcome in (Outcome.FAIL, *SEVEREST_FIRST) if outcome in used), None)
    data: dict[str, Any] = {
        "outcomes": {str(o): {"label": m.label, "glyph": m.glyph, "text": m.text} for o, m in MEANINGS.items()},
        "order": [str(outcome) for outcome in used],
        "first": str(first) if first is not None and first not in _QUIET else "",
        "reasons": dict(REASONS),
        "causes": {visible(name): found[:12] for name, found in causes.items()},
        "anchors": list(anchors.values()),
        "command": command(model),
        "printed": _PRINTED,
        "rows": row_views(model, room),
    }
    telling = [cause.exchange for cause in model.causes]
    broken = [row for row in model.rows if row.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.ERROR)]
    telling += [finding.exchange for row in broken for finding in row.verdict.findings]
    others = [name for row in model.rows for name in linked_exchanges(row, model.exchanges)]
    left = max(_LEAST_EVIDENCE, room - len(embedded(data).encode()))
    data["evidence"] = evidence(model.exchanges, telling, others, model.key_env, left)
    return embedded(data)


def _segments(area: Area) -> list[tuple[Outcome, float, float]]:
    """Return the parts of an area's bar, most severe first: outcome, left edge, width, 100 wide in total."""
    parts, left = [], 0.0
    for outcome in SEVEREST_FIRST:
        width = 100 * area.by_outcome[outcome] / len(area.rows)
        if width:
            parts.append((outcome, round(left, 2), round(width, 2)))
        left += width
    return parts


def _worst(model: ReportModel) -> Outcome:
    """Return the outcome whose colour the first sentence has."""
    if model.ending is not None and model.ending.leads:
        return Outcome.FAIL
    worst = next((outcome for outcome in SEVEREST_FIRST if model.summary.by_outcome[outcome]), Outcome.INCONCLUSIVE)
    return Outcome.PASS if worst is Outcome.NOT_APPLICABLE and model.summary.by_outcome[Outcome.PASS] else worst


def _last_requests(model: ReportModel) -> list[tuple[str, str]]:
    """Return the requests that show how the run ended, one per line, with a command to repeat them."""
    named = model.ending.exchanges[:4] if model.ending else ()
    shown = [model.exchanges[name] for name in named if name in model.exchanges]
    return [(exchange_line(each), bounded_curl(each, model.key_env, _CURL)) for each in shown]


def _setting(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    return "not set" if value is None else str(value)

"""Generates the badges `badge.json` (for shields.io) and `badge.svg`.

A badge shows the result, edition and date of a run.
"""

from __future__ import annotations

import json

from conformance.report.formats import renders
from conformance.report.model import ReportModel
from conformance.report.safe_text import for_xml
from conformance.report.wording import incompleteness
from conformance.verdict import ExitCode, Outcome

_LABEL = "OpenAI conformance"
COLOURS = {"brightgreen": "#2d7d12", "yellow": "#8a6400", "red": "#c3321f", "lightgrey": "#6a6a6a"}
_LETTER, _MARGIN = 6.6, 10  # width of a letter, and of the space next to a text


@renders("badge", file="badge.json")
def render_badge(model: ReportModel) -> str:
    """Return the badge as JSON in the format that shields.io reads from a URL."""
    return badge_json(*badge_of(model))


def badge_json(message: str, colour: str) -> str:
    """Return a badge with this message and the name of its colour as JSON for shields.io."""
    data = {"schemaVersion": 1, "label": _LABEL, "message": message, "color": colour, "isError": colour == "red"}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


@renders("badge-svg", file="badge.svg")
def render_badge_svg(model: ReportModel) -> str:
    """Return the badge as an SVG image that loads no other files. The SVG image contains no text from the target."""
    return badge_svg(*badge_of(model))


def badge_svg(message: str, colour: str) -> str:
    """Return a badge with this message and the name of its colour as an SVG image."""
    left, right = (round(len(text) * _LETTER) + 2 * _MARGIN for text in (_LABEL, message))
    name, text = for_xml(f"{_LABEL}: {message}"), for_xml(message)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLOURS.get(colour, COLOURS["lightgrey"])}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 2 * _MARGIN}">{_LABEL}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 2 * _MARGIN}">{text}</text></g></svg>\n'
    )


def badge_of(model: ReportModel) -> tuple[str, str]:
    """Return the message of the badge, and its colour: the result, then the edition and the day of the run."""
    result, colour = _result(model)
    edition = model.gated.edition if model.gated else ""
    day = model.started[:10] if model.started[:4].isdigit() else ""
    return " · ".join(filter(None, (result, edition, day))), colour


def _result(model: ReportModel) -> tuple[str, str]:
    """Return the result in few words. A badge is green only if a whole run found no broken MUST that counts.

    Requirements that are newer than the edition of the gate do not count.
    """
    newer = model.gated.newer if model.gated else ()
    broken = sum(row.outcome is Outcome.FAIL and row.requirement not in newer for row in model.rows)
    if model.exit_code not in (ExitCode.CONFORMS, ExitCode.BROKEN):
        return "not judged", "lightgrey"
    if model.exit_code is ExitCode.BROKEN:
        return f"{broken} broken" if broken else "gate fails", "red"
    if broken:
        passes = model.gated is not None and not model.gated.informs
        return (f"{broken} broken, gate passes", "yellow") if passes else (f"{broken} broken", "red")
    selected = any(model.settings.get(name) for name in ("only", "skip", "case"))
    if selected or model.is_part or incompleteness(model):
        return "partly tested", "lightgrey"
    return "conforms", "brightgreen"

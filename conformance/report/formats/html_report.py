"""`report.html`: one page that asks for nothing from outside and trusts nothing that the target wrote.

Every text passes `visible` and Jinja's escaping; the exchanges travel once each as JSON that the script shows through
`textContent`; the policy in the page allows its own style and script by their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.report.causes import Cause
from conformance.report.evidence import bounded_curl, exchange_views
from conformance.report.formats import renders
from conformance.report.model import Area, ReportModel
from conformance.report.palette import DARK, LIGHT, css_variables
from conformance.report.rows import Row
from conformance.report.safe_text import clip, visible
from conformance.report.wording import (
    MEANINGS,
    REASONS,
    SEVEREST_FIRST,
    command,
    duration,
    exchange_line,
    incompleteness,
    sentence,
)
from conformance.verdict import Finding, Level, Outcome

_TEXT = 2_000  # characters of one finding's text
_PLACES = 12  # other places listed for one cause
_CAUSES = 25  # causes listed for one requirement
_LINKED = 400  # exchanges one row may point to
_CURL = 6_000


@renders("html", file="report.html")
def render_html(model: ReportModel) -> str:
    """The page as text. Below 1.5 MB for some 80 requirements and 150 exchanges; bodies are cut so that it holds."""
    environment = _environment()
    style = environment.get_template("report.css.j2").render(
        outcomes=SEVEREST_FIRST, light=_raw(css_variables(LIGHT)), dark=_raw(css_variables(DARK))
    )
    script = environment.get_template("report.js").render()
    linked = [name for row in model.rows for name in row.verdict.exchanges[:_LINKED]]
    linked += [finding.exchange for row in model.rows for finding in row.verdict.findings if finding.exchange]
    evidence = exchange_views(model.exchanges, linked, model.key_env)
    return environment.get_template("report.html.j2").render(
        model=model,
        policy=_policy(style, script),
        style=_raw(style),
        script=_raw(script),
        evidence=_raw(_embedded(evidence)),
        sentence=sentence(model),
        incomplete=incompleteness(model),
        worst=_worst(model),
        last_requests=_last_requests(model),
        outcomes=SEVEREST_FIRST,
        meanings=MEANINGS,
        reasons=REASONS,
        levels=tuple(Level),
        areas=model.areas,
        segments=_segments,
        findings=_findings,
        linked=lambda row: " ".join(name for name in row.verdict.exchanges[:_LINKED] if name in evidence),
        searchable=_searchable,
        curl=lambda cause: _curl(model, cause),
        duration=duration,
        command=command(model),
        settings=[(name, _setting(value)) for name, value in model.settings.items()],
    )


@cache
def _prose(text: str) -> Markup:
    """Our own sentences with `names` in backticks as code; everything is escaped."""
    text = visible(clip(text, 20_000))
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("conformance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose
    return environment


def _shown(value: Any) -> Any:
    """What an expression of the template prints: our own markup as it is, all else visible and bounded."""
    if isinstance(value, Markup):
        return value
    return visible(clip(value, 20_000)) if isinstance(value, str) else value


def _raw(text: str) -> Markup:
    """Text of ours (style, script, escaped JSON) that must reach the page byte for byte."""
    return Markup(text)  # noqa: S704 - none of the callers passes text of a target that is not escaped for its place


def _embedded(value: Any) -> str:
    """JSON that cannot end the script element it stands in, nor begin a comment, nor break an old parser's line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _segments(area: Area) -> list[tuple[Outcome, float, float]]:
    """The parts of an area's bar, most severe first: outcome, left edge, width; 100 wide in all."""
    parts, left = [], 0.0
    for outcome in SEVEREST_FIRST:
        width = 100 * area.by_outcome[outcome] / len(area.rows)
        if width:
            parts.append((outcome, round(left, 2), round(width, 2)))
        left += width
    return parts


def _findings(row: Row) -> Iterator[tuple[Finding, list[Finding], int]]:
    """The findings of a row, one for each cause: the first, some others of the same cause, how many more there are."""
    for first, *others in row.causes[:_CAUSES]:
        cut = Finding(
            clip(first.expected, _TEXT), clip(first.observed, _TEXT), first.where, first.exchange, first.cause
        )
        yield cut, others[:_PLACES], max(0, len(others) - _PLACES)


def _searchable(row: Row) -> str:
    """What the text filter looks at."""
    first = row.verdict.findings[0] if row.verdict.findings else None
    parts = [row.requirement, row.statement, row.area, row.verdict.detail]
    parts += [first.expected, first.observed] if first else []
    return clip(" ".join(parts), 800).lower()


def _curl(model: ReportModel, cause: Cause) -> str:
    exchange = model.exchanges.get(cause.exchange)
    return bounded_curl(exchange, model.key_env, _CURL) if exchange else ""


def _worst(model: ReportModel) -> Outcome:
    """The outcome whose colour the first sentence has."""
    if model.ending is not None and model.ending.leads:
        return Outcome.FAIL
    return next((outcome for outcome in SEVEREST_FIRST if model.summary.by_outcome[outcome]), Outcome.INCONCLUSIVE)


def _last_requests(model: ReportModel) -> list[tuple[str, str]]:
    """The requests that show how the run ended, each in one line, with a command that sends it again."""
    named = model.ending.exchanges[:4] if model.ending else ()
    shown = [model.exchanges[name] for name in named if name in model.exchanges]
    return [(exchange_line(each), bounded_curl(each, model.key_env, _CURL)) for each in shown]


def _setting(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "none"
    return "not set" if value is None else str(value)

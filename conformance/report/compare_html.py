"""Writes a comparison as one HTML page, which loads no other files."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.report.compare import TargetComparison
from conformance.report.html_page import environment_of_pages, policy, raw, template
from conformance.report.palette import DARK, LIGHT, css_variables
from conformance.report.service_words import service_rows
from conformance.verdict import Level, Outcome


def comparison_html(comparison: TargetComparison, trends: Sequence[str] = ()) -> str:
    """Return the page. Requirements for which the targets differ are shown at once; a checkbox shows the others.

    `trends` has for each target the number of broken requirements over time as bars of text, or is empty.
    """
    environment = environment_of_pages()
    style = template(environment, "compare.css.j2").render(
        light=raw(css_variables(LIGHT)), dark=raw(css_variables(DARK))
    )
    script = template(environment, "compare.js").render()
    differences = comparison.differences
    others = [line for line in comparison.lines if not line.differs]
    return template(environment, "compare.html.j2").render(
        comparison=comparison,
        lines=[*differences, *others],
        levels=tuple(Level),
        fail=Outcome.FAIL,
        trends=trends,
        service=service_rows([column.service for column in comparison.columns]),
        policy=policy(style, script),
        style=raw(style),
        script=raw(script),
    )

"""Writes the comparison with a reference as one HTML page, which loads no other files."""

from __future__ import annotations

from conformance.report.against import ReferenceComparison, said
from conformance.report.against_text import KINDS, counted, paired
from conformance.report.html_page import environment_of_pages, policy, raw, template
from conformance.report.palette import DARK, LIGHT, css_variables


def against_html(comparison: ReferenceComparison) -> str:
    """Return the HTML page, with the requirements and fields in which each candidate differs from the reference.

    Differences that all responses show come before differences that only some responses show.
    """
    environment = environment_of_pages()
    colours = {"light": raw(css_variables(LIGHT)), "dark": raw(css_variables(DARK))}
    style = template(environment, "compare.css.j2").render(colours)
    script = template(environment, "reference.js").render()
    return template(environment, "reference.html.j2").render(
        comparison=comparison,
        kinds=KINDS,
        counted=counted,
        paired=paired,
        said=said,
        policy=policy(style, script),
        style=raw(style),
        script=raw(script),
    )

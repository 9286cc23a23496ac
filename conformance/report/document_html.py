"""Writes the document about one or several targets as one HTML page that prints well, and loads no other files."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.report.compare import TargetComparison, compare
from conformance.report.document import build_document, levels_of, most_asked
from conformance.report.html_page import environment_of_pages, policy, raw, template
from conformance.report.model import ReportModel
from conformance.report.palette import DARK, LIGHT, css_variables
from conformance.report.safe_text import clip
from conformance.report.wording import MEANINGS, clients_text, count


def document_html(
    models: Sequence[ReportModel], folders: Sequence[str] = (), comparison: TargetComparison | None = None
) -> str:
    """Return the document about the given runs.

    `folders` has for each run the path from the document to the report of the run.
    """
    from conformance.contract.areas import load_areas
    from conformance.contract.editions import newest_edition

    compared = comparison or compare(models, folders)
    document = build_document(models, compared, load_areas(), newest_edition().name)
    environment = environment_of_pages()
    style = template(environment, "document.css.j2").render(
        light=raw(css_variables(LIGHT)), dark=raw(css_variables(DARK))
    )
    return template(environment, "document.html.j2").render(
        document=document,
        one=len(document.targets) == 1,
        asked=most_asked(len(document.targets)),
        meanings=MEANINGS,
        clip=clip,
        counted=count,
        levels_of=levels_of,
        clients_text=clients_text,
        policy=policy(style, ""),
        style=raw(style),
    )

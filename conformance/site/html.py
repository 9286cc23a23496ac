"""Writes the pages of the site as HTML.

Every text of a target is escaped, and pages load no other files except badges.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from conformance.report.html_page import environment_of_pages, policy, raw, template
from conformance.report.palette import DARK, LIGHT, css_variables
from conformance.site.chart import bars, chart
from conformance.site.model import RequirementSummary, SiteModel, TargetSummary

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_CHANGES = 200


class SitePages:
    """Renders the HTML pages of the site that shows the runs of a store."""

    def __init__(self, site: SiteModel) -> None:
        self._site = site
        self._environment = environment_of_pages()
        self._style = self._part("site.css.j2", light=raw(css_variables(LIGHT)), dark=raw(css_variables(DARK)))
        self._pages = {each.requirement: each.page for each in site.requirements}
        self._targets = {each.series: each for each in site.targets}

    def index(self) -> str:
        """Return the overview: one row for each target, one column for each group of requirements."""
        body = self._part("site-index.html.j2", site=self._site, bars=bars)
        return self._page("Conformance of all targets", body, script=self._part("site.js"))

    def target(self, target: TargetSummary) -> str:
        """Return the page of one target."""
        body = self._part(
            "site-target.html.j2",
            target=target,
            causes=_by_cause(target),
            changes=target.changes[:_MOST_CHANGES],
            older=max(0, len(target.changes) - _MOST_CHANGES),
            chart=chart(target.history.nights) if target.history.nights else "",
            pages=self._pages,
        )
        return self._page(f"{target.target} {target.variant}".strip(), body, root="../")

    def requirements(self) -> str:
        """Return the list of all requirements."""
        body = self._part("site-requirements.html.j2", site=self._site, number=len(self._site.targets))
        return self._page("Requirements", body, root="../", script=self._part("site.js"))

    def requirement(self, requirement: RequirementSummary) -> str:
        """Return the page of one requirement."""
        body = self._part(
            "site-requirement.html.j2",
            requirement=requirement,
            targets=self._targets,
            changes=requirement.changes[:_MOST_CHANGES],
            older=max(0, len(requirement.changes) - _MOST_CHANGES),
        )
        return self._page(requirement.requirement, body, root="../")

    def _part(self, name: str, **values: Any) -> Markup:
        return raw(template(self._environment, name, _TEMPLATES).render(values))

    def _page(self, title: str, body: Markup, *, root: str = "", script: str = "") -> str:
        return self._part(
            "site.html.j2",
            title=title,
            body=body,
            root=root,
            day=self._site.day,
            style=self._style,
            script=raw(script),
            policy=policy(self._style, script).replace("img-src data:", "img-src 'self' file: data:"),
        )


def _by_cause(target: TargetSummary) -> Mapping[str, list[Any]]:
    """Return the broken requirements by the title of their cause, the cause with the most requirements first."""
    found: dict[str, list[Any]] = {}
    for each in target.broken:
        found.setdefault(target.titles.get(each.cause, each.cause) or "No cause is known.", []).append(each)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))

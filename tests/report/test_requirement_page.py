"""Reports and `explain` link requirements to their pages, if the run names a documentation site."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample
from typer.testing import CliRunner

from conformance.cli import app
from conformance.options import TargetError
from conformance.options.docs_option import docs_site
from conformance.report.formats.html_report import render_html
from conformance.report.formats.junit import render_junit
from conformance.report.formats.markdown import render_markdown
from conformance.report.model import build_model
from conformance.report.requirement_page import page_of

SITE = "https://docs.example/conformance/"
PAGE = "https://docs.example/conformance/requirements/chat.stop.excluded.html"


def test_only_requirements_of_the_suite_have_pages() -> None:
    assert page_of(SITE, "chat.stop.excluded", "openai") == PAGE
    assert page_of(SITE, "telnyx.samples", "telnyx")
    assert page_of(SITE, "acme.limit", "acme") == ""
    assert page_of("", "chat.stop.excluded", "openai") == ""
    assert page_of("javascript:alert(1)//", "chat.stop.excluded", "openai") == ""


@pytest.mark.parametrize("url", ["javascript:alert(1)", "docs.example", "https://a b"])
def test_a_site_is_an_http_url(url: str) -> None:
    with pytest.raises(TargetError, match="--docs-url"):
        docs_site(url, "--docs-url")
    assert docs_site(SITE, "--docs-url") == SITE


def test_explain_shows_the_page() -> None:
    said = CliRunner().invoke(app, ["explain", "chat.stop.excluded", "--docs-url", SITE])
    assert PAGE in said.output
    assert "page" not in CliRunner().invoke(app, ["explain", "chat.stop.excluded"]).output.split()


def test_reports_link_to_the_pages() -> None:
    """Only with a documentation site: the HTML report otherwise has no address of another host."""
    run = sample.run()
    settings = {**run.header.settings, "docs_url": SITE}
    linked = build_model(replace(run, header=replace(run.header, settings=settings)), sample.registry())
    plain = build_model(run, sample.registry())
    broken = next(row for row in linked.rows if row.requirement == linked.causes[0].requirements[0])
    assert broken.page.startswith(SITE)
    for render in (render_html, render_junit, render_markdown):
        assert broken.page in render(linked)
        assert "docs.example" not in render(plain)

"""In a real browser the pages of the site work: they fit the window, filter, and satisfy axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import AXE, BROWSER, LOOKS, Tab
from large import large_site

from conformance.report.formats.badge import badge_svg
from conformance.site.html import SitePages

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; install it to check the site in a browser")
PAGES = ("index.html", "targets/one.html", "requirements/index.html", "requirements/one.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One page of each kind, for 30 targets."""
    folder = tmp_path_factory.mktemp("site")
    model = large_site(30)
    pages = SitePages(model)
    requirement = max(model.requirements, key=lambda each: len(each.breakers) + len(each.changes))
    texts = {
        "index.html": pages.index(),
        "targets/one.html": pages.target(model.targets[0]),
        "requirements/index.html": pages.requirements(),
        "requirements/one.html": pages.requirement(requirement),
        f"badges/{model.targets[0].series}.svg": badge_svg(model.targets[0].badge, "red"),
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def silent(tab: Tab) -> Iterator[None]:
    """After each test, the console has said nothing: no error, and nothing that the policy blocked."""
    tab.view(1400)
    tab.log.clear()
    yield
    assert tab.log == []


def test_the_overview_filters_and_keeps_the_filter_in_its_address(tab: Tab, site: Path) -> None:
    tab.open(site / "index.html", "#q=vendor+7,")
    visible = "[...document.querySelectorAll('#matrix tbody tr')].filter(row => !row.hidden).length"
    assert tab.js(visible) == 1
    tab.js("document.querySelector('input').value = ''")
    tab.js("document.querySelector('input').dispatchEvent(new Event('input', {bubbles: true}))")
    assert tab.js(visible) == 30
    assert tab.js("document.getElementById('count').textContent") == "30 of 30"


def test_the_badge_is_shown(tab: Tab, site: Path) -> None:
    tab.open(site / "targets/one.html")
    assert tab.js("document.querySelector('img').naturalWidth") > 100


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1400, 390])
def test_no_page_is_wider_than_the_window(tab: Tab, site: Path, width: int, name: str) -> None:
    """Wide tables scroll inside the page."""
    tab.view(width)
    tab.open(site / name)
    assert tab.js("document.documentElement.scrollWidth") <= width


@pytest.mark.skipif(not AXE, reason="AXE_CORE is not set; `nox -s browser` fetches axe-core and sets it")
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_axe_finds_nothing_on_the_site(tab: Tab, site: Path, width: int, dark: bool, name: str) -> None:
    tab.view(width, dark=dark)
    tab.open(site / name)
    tab.js(Path(AXE).read_text("utf-8"))
    found = tab.js(
        "axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.html.slice(0, 200))]))"
    )
    assert found == []

"""In a real browser the comparison with a reference fits the window, filters, and satisfies axe-core."""

from __future__ import annotations

from pathlib import Path

import pytest
import sample
from chromium import AXE, BROWSER, LOOKS, Tab

from conformance.report.against import compare_with
from conformance.report.against_html import against_html
from conformance.report.model import build_model

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; install it to check pages in a browser")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as reference; itself and a hostile run as candidates."""
    runs = [build_model(run, sample.registry()) for run in (sample.run(), sample.run(), sample.hostile_run())]
    candidates = [("equal", runs[1], "equal"), (sample.HOSTILE, runs[2], "")]
    file = tmp_path_factory.mktemp("reference") / "reference.html"
    file.write_text(against_html(compare_with(("reference", runs[0], "one"), candidates)), encoding="utf-8")
    return file


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_page_fits_and_nothing_of_a_target_runs(tab: Tab, page: Path, width: int, dark: bool) -> None:
    tab.view(width, dark=dark)
    tab.log.clear()
    tab.open(page)
    assert tab.js("document.documentElement.scrollWidth") <= width
    assert tab.log == []
    if AXE:
        tab.js(Path(AXE).read_text("utf-8"))
        found = tab.js("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200))]))")
        assert found == []


def test_requirements_can_be_filtered_and_the_filter_is_in_the_address(tab: Tab, page: Path) -> None:
    tab.view(1400)
    tab.open(page, "#kind=both")
    kinds = "[...document.querySelectorAll('tr[data-kind]')].filter(row => !row.hidden).map(row => row.dataset.kind)"
    assert set(tab.js(kinds)) == {"both"}
    tab.open(page, "#q=no+such+requirement")
    assert tab.js(kinds) == []

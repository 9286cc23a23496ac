"""In a real browser the document fits any width, and its first part prints on two pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sample
from chromium import AXE, BROWSER, Tab
from test_compare import FIRST, SECOND, A, run_of

from conformance.report.document_html import document_html
from conformance.report.model import build_model
from conformance.verdict import Outcome

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found; install it to check the document")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten targets, among them one with a long name."""
    runs = [FIRST, SECOND, *(run_of({A: Outcome.FAIL}, f"vendor-{number}-" + "long" * number) for number in range(8))]
    file = tmp_path_factory.mktemp("document") / "document.html"
    file.write_text(document_html([build_model(run, sample.registry()) for run in runs]), encoding="utf-8")
    return file


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_window(tab: Tab, page: Path, width: int, dark: bool) -> None:
    """Wide tables scroll by themselves, and the console says nothing."""
    tab.view(width, dark=dark)
    tab.log.clear()
    tab.open(page)
    assert tab.js("document.documentElement.scrollWidth") <= width
    assert tab.log == []
    if AXE:
        tab.js(Path(AXE).read_text("utf-8") + "; 0")
        found = tab.js("axe.run().then(r => r.violations.filter(v => v.impact !== 'minor').map(v => v.id))")
        assert found == []


def test_the_first_part_prints_on_two_pages(tab: Tab, page: Path) -> None:
    """The findings begin on the third page at the latest; all is on paper of size A4."""
    tab.open(page)
    tab.call("Emulation.clearDeviceMetricsOverride")
    tab.call("Emulation.setEmulatedMedia", media="print", features=[])
    whole = _pages(tab.pdf())
    tab.js("document.querySelector('.evidence').remove()")
    assert _pages(tab.pdf()) <= 2 < whole


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", pdf))

"""In a real browser the page works under its own policy: rows open, filters apply, nothing of a target runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sample

from conformance.report import write_all

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no chromium found; install it to check report.html in a browser"
)


def dom(page: Path, profile: Path, state: str = "") -> tuple[str, str]:
    """The document after its script ran, and what the browser logged."""
    done = subprocess.run(
        [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--enable-logging=stderr", "--v=0",
            f"--user-data-dir={profile}", "--virtual-time-budget=1500", "--dump-dom", f"{page.as_uri()}{state}",
        ],
        capture_output=True, text=True, check=True, timeout=60, encoding="utf-8",
    )  # fmt: skip
    return done.stdout, done.stderr


def test_a_deep_link_opens_its_row_and_shows_its_exchanges(tmp_path: Path) -> None:
    """`#chat.stop.excluded` leads to the open row with its evidence; the console is silent."""
    page = write_all(sample.run(), tmp_path, sample.registry(), only=["html"])["html"]
    document, log = dom(page, tmp_path / "profile", "#chat.stop.excluded")
    row = re.search(r'<details class="row" id="chat\.stop\.excluded"[^>]*>', document)
    assert row is not None
    assert "open" in row[0]
    assert '<span class="mono">x0012 </span>' in document
    assert "42 requirements" in document
    assert "CONSOLE" not in log


def test_filters_and_theme_come_from_the_address(tmp_path: Path) -> None:
    """A view that was sent to a colleague is the view the colleague sees."""
    page = write_all(sample.run(), tmp_path, sample.registry(), only=["html"])["html"]
    document, log = dom(page, tmp_path / "profile", "#outcome=fail,warn&level=MUST&q=stop+sequence&theme=dark")
    shown = re.findall(r'<details class="row" id="([^"]*)"(?![^>]*hidden)', document)
    assert shown == ["chat.stop.excluded", "chat.stop.split-over-chunks"]
    assert 'data-theme="dark"' in document
    assert "2 of 42 shown" in document
    assert "CONSOLE" not in log


def test_nothing_a_hostile_target_wrote_runs_or_breaks_the_page(tmp_path: Path) -> None:
    """The script of the page works to its end, and no policy violation is logged."""
    page = write_all(sample.hostile_run(), tmp_path, sample.registry(), only=["html"])["html"]
    document, log = dom(page, tmp_path / "profile", "#chat.stop.array")
    assert "5 requirements" in document
    assert '<span class="mono">x0003 </span>' in document
    assert "<script>alert" not in document
    assert "CONSOLE" not in log


def test_the_policy_of_the_page_stops_any_other_script(tmp_path: Path) -> None:
    """A script that somebody slips into the page does not run, and the browser says why."""
    page = write_all(sample.run(), tmp_path, sample.registry(), only=["html"])["html"]
    slipped = "<script>document.title = 'slipped in'</script></body>"
    page.write_text(page.read_text("utf-8").replace("</body>", slipped), encoding="utf-8")
    document, log = dom(page, tmp_path / "profile")
    assert "<title>slipped in" not in document
    assert "violates the following Content Security Policy directive" in log

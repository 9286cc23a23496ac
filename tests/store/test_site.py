"""The site of a store: safe pages, no dead links, a small overview, and changes only after a second audit."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from large import large_site
from nights import MODELS, STOP, TOOLS, F, P, Q, U, nights, run_of, write
from typer.testing import CliRunner, Result

from conformance.cli import app
from conformance.site.html import SitePages
from tests.schemas.validating import check, check_folder

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\u202e\x1b[31m'\""
NIGHTS = [{STOP: P, TOOLS: P}, {STOP: F, TOOLS: P}, {STOP: F, TOOLS: F}]


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str, attribute: str) -> list[str]:
        """The values of an attribute."""
        return [str(found[attribute]) for name, found in self.found if name == tag and attribute in found]


def conformance(*words: object) -> Result:
    """The result of a command, which must succeed."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and its site: three nights of one target, and one night of two others."""
    folder = tmp_path_factory.mktemp("site")
    nights(folder / "fleet", "one", NIGHTS)
    nights(folder / "fleet", "two", [{STOP: F, MODELS: U}])
    nights(folder / "fleet", "down", [{STOP: Q}])
    hostile = run_of({STOP: F, f"x.{HOSTILE}": F}, "2026-01-01", HOSTILE, model=HOSTILE, text=HOSTILE)
    write(hostile, folder / "fleet" / "hostile")
    conformance("store", "add", folder / "store", folder / "fleet")
    assert "4 targets" in conformance("site", folder / "store", "--output", folder / "site").output
    return folder


@pytest.fixture
def site(made: Path) -> Path:
    """The site."""
    return made / "site"


def pages(site: Path) -> Iterator[tuple[Path, Elements]]:
    """All pages but the reports, which have their own tests."""
    for file in sorted(site.rglob("*.html")):
        if file.parent.parent.name != "reports":
            yield file, Elements(file.read_text("utf-8"))


def test_every_link_leads_to_a_file_and_every_file_is_linked(site: Path) -> None:
    linked = {site / "index.html"}
    for file, page in pages(site):
        for link in (*page.all("a", "href"), *page.all("img", "src")):
            assert "://" not in link
            goal = (file.parent / unquote(link)).resolve()
            assert goal.is_file(), f"{file} links to {link}"
            linked.add(goal)
    assert len(linked) > 15
    unlinked = {file for file in site.rglob("*") if file.is_file()} - {each.resolve() for each in linked}
    assert {each.suffix for each in unlinked} == {".json"}, unlinked


def test_nothing_of_a_target_is_markup(site: Path) -> None:
    for file, page in pages(site):
        text = file.read_text("utf-8")
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(.{4})", text)
        for tag, attributes in page.found:
            assert tag not in ("iframe", "object", "embed", "base")
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert len(page.all("script", "src")) == 0
        assert sum(tag == "script" for tag, _ in page.found) <= 1
        policies = [found["content"] for tag, found in page.found if tag == "meta" and "content" in found]
        assert any("default-src 'none'" in str(policy) for policy in policies)
    for file in (site / "badges").iterdir():
        assert "<script" not in file.read_text("utf-8")


def test_a_change_is_told_only_after_a_second_audit(site: Path) -> None:
    """STOP broke in the second night and was broken in the third; TOOLS was broken in the third night only."""
    (target,) = (site / "targets").glob("one-*.html")
    text = target.read_text("utf-8")
    changes = text.partition("<h2>Changes</h2>")[2].partition("<h2>")[0]
    assert STOP in changes
    assert TOOLS not in changes
    assert re.search(rf"{re.escape(TOOLS)}</code>: pass → fail on 2026-01-03. A second audit must confirm it", text)
    page = (site / "requirements" / f"{TOOLS}.html").read_text("utf-8")
    assert "No target." in page
    assert "since" in (site / "requirements" / f"{STOP}.html").read_text("utf-8")
    rows = [*csv.DictReader((site / "data" / "changes.csv").read_text("utf-8").splitlines())]
    assert [(row["date"], row["requirement"], row["change"]) for row in rows] == [("2026-01-02", STOP, "broke")]


def test_a_target_that_was_never_judged_does_not_look_good(site: Path) -> None:
    row = (site / "index.html").read_text("utf-8").partition(">down</a>")[2].partition("<tr>")[0]
    assert "✓" not in row
    assert "<td class=n>—" in row
    assert "not judged" in row
    (page,) = (site / "targets").glob("down-*.html")
    assert "The latest audit judged nothing." in page.read_text("utf-8")
    assert "Nothing was judged." in page.read_text("utf-8")


def test_a_badge_has_a_date_and_no_unconfirmed_change(site: Path) -> None:
    """The badge of target one is that of the second night, which no pending change contradicts."""
    (file,) = (site / "badges").glob("one-*.json")
    assert json.loads(file.read_text("utf-8"))["message"] == "1 broken · 2026-01-02"
    assert "1 broken · 2026-01-02" in file.with_suffix(".svg").read_text("utf-8")


def test_a_second_publication_changes_only_what_is_new(made: Path, tmp_path: Path) -> None:
    """It is the same, byte for byte, and pages of targets that are gone are removed."""
    shutil.copytree(made / "store", tmp_path / "store")
    shutil.copytree(made / "site", tmp_path / "site")
    (tmp_path / "site" / "targets" / "gone-12345678.html").write_text("old")
    (tmp_path / "site" / "reports" / "gone").mkdir()
    (tmp_path / "site" / "reports" / "gone" / "report.html").write_text("old")
    (tmp_path / "site" / "CNAME").write_text("mine")
    conformance("site", tmp_path / "store", "--output", tmp_path / "site")
    kept = {each.relative_to(tmp_path / "site"): each.read_bytes() for each in (tmp_path / "site").rglob("*.html")}
    first = {each.relative_to(made / "site"): each.read_bytes() for each in (made / "site").rglob("*.html")}
    assert kept == first
    assert (tmp_path / "site" / "CNAME").exists()
    assert not (tmp_path / "site" / "reports" / "gone").exists()


def test_the_overview_of_300_targets_is_small() -> None:
    site = large_site(300, nights=30)
    page = SitePages(site).index()
    assert len(Elements(page).all("a", "href")) > 300
    assert len(page.encode()) < 200_000


def test_a_folder_with_other_files_is_not_overwritten(made: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = CliRunner().invoke(app, ["site", str(made / "store"), "--output", str(tmp_path)])
    assert "files that are not of an earlier site" in str(result.exception)
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_json_files_of_a_store_and_a_site_match_their_schemas(made: Path) -> None:
    """Names and texts of a hostile target are in them."""
    assert check_folder(made / "site").keys() == {"site", "targets", "badge"}
    assert check_folder(made / "store") == {"manifest": 6, "store": 1}
    history = json.loads(conformance("history", made / "store", "--json").stdout)
    check("history", history)
    assert any(each["changes"] for each in history)

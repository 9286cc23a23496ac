"""The parts of the documentation site that need no generator; `nox -s docs` builds the whole site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import conformance
from conformance.contract import load_registry

from .__main__ import NAVIGATION, configuration
from .commands_page import commands_page
from .links import broken_links
from .source import generated, linked, place_of, rewritten, target_of, write_source


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source folder of the site."""
    folder = tmp_path_factory.mktemp("source")
    write_source(folder)
    return folder


def test_every_requirement_has_a_page_that_says_why_and_how() -> None:
    pages = generated()
    for requirement in load_registry().values():
        page = pages[f"requirements/{requirement.id}.md"]
        assert requirement.statement in page
        assert requirement.impact in page
        assert requirement.fix in page
        assert f"requirements/{requirement.id}.md" in pages


def test_the_page_of_a_requirement_names_its_mutants_and_known_servers() -> None:
    page = generated()["requirements/chat.tools.delta-index.md"]
    assert "`tool-delta-index-missing`" in page
    assert "https://github.com/EricLBuehler/mistral.rs/issues/1507" in page


def test_the_page_of_a_requirement_leads_to_the_other_requirements_of_its_area() -> None:
    pages = generated()
    assert "[`chat.stop`](index.md#openai-chatstop)" in pages["requirements/chat.stop.array.md"]
    assert "## openai: chat.stop\n\n- [chat.stop" in pages["requirements/index.md"]


def test_every_page_of_the_navigation_exists(source: Path) -> None:
    menus = yaml.safe_load(NAVIGATION.read_text(encoding="utf-8"))
    for menu in menus.values():
        for page in [menu] if isinstance(menu, str) else menu.values():
            assert (source / page).is_file(), page
            assert f'"{page}"' in configuration()


def test_every_page_of_docs_is_in_the_navigation() -> None:
    text = NAVIGATION.read_text(encoding="utf-8")
    docs = Path(__file__).parents[2] / "docs"
    assert [file.name for file in docs.glob("*.md") if f": {file.name}\n" not in text] == []


def test_the_page_of_a_fleet_and_the_pages_of_its_parts_link_to_each_other() -> None:
    docs = Path(__file__).parents[2] / "docs"
    for page in ("machines.md", "store.md", "service.md", "vendors.md"):
        assert f"docs/{page}" in linked((docs / "fleet.md").read_text(encoding="utf-8"), "docs/fleet.md"), page
        assert "docs/fleet.md" in linked((docs / page).read_text(encoding="utf-8"), f"docs/{page}"), page


def test_the_text_of_a_link_is_a_title_and_not_the_name_of_a_file() -> None:
    """On the site, a reader sees titles, and no page is called `gate.md` there."""
    root = Path(__file__).parents[2]
    pages = [*root.glob("*.md"), *(root / "docs").glob("*.md")]
    assert [(page.name, text) for page in pages for text in re.findall(r"\[([^\]]*\.md)\]\(", page.read_text())] == []


def test_links_fit_the_place_of_a_page() -> None:
    text = (
        "See [how](../CONTRIBUTING.md#a) and [gate](gate.md), [web](https://a.example/x.md), [code](../conformance/)."
    )
    assert rewritten(text, "docs/packs.md") == (
        "See [how](repo/CONTRIBUTING.md#a) and [gate](gate.md), [web](https://a.example/x.md), code."
    )
    assert rewritten("[gate](docs/gate.md)", "README.md") == "[gate](../gate.md)"
    assert [*linked(text, "docs/packs.md")] == ["CONTRIBUTING.md", "docs/gate.md"]
    assert place_of("docs/gate.md") == "gate.md"
    assert target_of("nowhere.md", "docs/gate.md") is None


def test_the_site_serves_every_schema(source: Path) -> None:
    served = {file.name for file in (source / "schemas").iterdir()}
    package = Path(conformance.__file__).parent
    assert served == {file.name for file in package.rglob("*.schema.json")}
    assert "(schemas/run.schema.json)" in (source / "schemas.md").read_text(encoding="utf-8")


def test_each_command_is_on_the_page_of_commands() -> None:
    page = commands_page()
    for command in ("run", "judge", "spec diff", "baseline write", "pack new"):
        assert f"## conformance {command}\n" in page
    assert "Usage: conformance run" in page


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("other.html", ""),
        ("other.html#here", ""),
        ("https://a.example/", ""),
        ("missing.html", "leads to no file"),
        ("other.html#there", "leads to no element"),
        ("#nowhere", "leads to no element"),
    ],
)
def test_a_broken_link_is_found(tmp_path: Path, link: str, problem: str) -> None:
    (tmp_path / "index.html").write_text(f'<a href="{link}">x</a>', encoding="utf-8")
    (tmp_path / "other.html").write_text('<h1 id="here">x</h1>', encoding="utf-8")
    found = [*broken_links(tmp_path)]
    assert [line.partition(f"{link} ")[2] for line in found] == ([problem] if problem else [])


def test_a_page_with_a_script_for_fragments_may_have_links_without_elements(tmp_path: Path) -> None:
    script = "<script>read(location.hash)</script>"
    (tmp_path / "report.html").write_text(f'{script}<a href="#outcome=fail">x</a>', encoding="utf-8")
    assert [*broken_links(tmp_path)] == []


def test_html_files_link_to_the_built_pages_of_markdown_files(source: Path) -> None:
    folder = source / "repo" / "reports" / "published" / "fleet-2026-12-01"
    assert 'href="llmock-0.2.2.html"' in (folder / "document.html").read_text(encoding="utf-8")
    assert (folder / "llmock-0.2.2.md").is_file()

"""Writes the files of the site into a folder, and removes the files of an earlier site that it no longer has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from conformance.contract import Requirement
from conformance.record.whole_file import write_whole
from conformance.report.document_html import document_html
from conformance.report.formats.badge import badge_json, badge_svg
from conformance.report.formats.html_report import render_html
from conformance.report.model import build_model
from conformance.site.html import SitePages
from conformance.site.model import SiteModel, read_site
from conformance.store import StoreError
from conformance.store.ask import opened
from conformance.store.export import EXPORTED, export
from conformance.store.layout import StoreLayout, stored_runs
from conformance.store.run_files import read_stored

FORMAT = 1
_MARK = "site.json"


def publish(
    layout: StoreLayout,
    folder: Path,
    registry: Mapping[str, Requirement],
    areas: Mapping[str, str],
    said: Callable[[str], None] = lambda _: None,
) -> SiteModel:
    """Write the site of a store into a new folder, or over an earlier site; return what the site shows.

    A report that is already in the folder of an earlier site is not written again. The function `said` is called with
    one line of text for each report that is written. Raises `StoreError` if the folder contains files that are not part
    of an earlier site.
    """
    _make_folder(folder)
    with opened(layout) as store:
        site = read_site(store, areas)
        export(layout, store, folder / "data")
    written = {_MARK, "index.html", "requirements/index.html", *(f"data/{name}" for name in EXPORTED)}
    for name, text in _pages(site):
        write_whole(_file(folder, name), text)
        written.add(name)
    written |= _write_reports(layout, site, folder, registry, said)
    _remove_others(folder, written)
    return site


def _make_folder(folder: Path) -> None:
    if folder.exists() and not (folder / _MARK).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder} has files that are not of an earlier site. Name a new folder with --output")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / _MARK, json.dumps({"format": FORMAT}) + "\n")


def _pages(site: SiteModel) -> list[tuple[str, str]]:
    """Return the names and texts of all pages and badges."""
    pages = SitePages(site)
    return [
        ("index.html", pages.index()),
        ("requirements/index.html", pages.requirements()),
        *((f"requirements/{each.page}.html", pages.requirement(each)) for each in site.requirements),
        *((f"targets/{each.series}.html", pages.target(each)) for each in site.targets),
        *((f"badges/{each.series}.svg", badge_svg(each.badge, each.badge_colour)) for each in site.targets),
        *((f"badges/{each.series}.json", badge_json(each.badge, each.badge_colour)) for each in site.targets),
    ]


def _write_reports(
    layout: StoreLayout,
    site: SiteModel,
    folder: Path,
    registry: Mapping[str, Requirement],
    said: Callable[[str], None],
) -> set[str]:
    """Write document and report of the latest run of each target; return the names of all these files of the site."""
    runs = {each.run: each for each in stored_runs(layout)}
    names = set()
    for target in site.targets:
        document, report = (f"reports/{target.run}/{name}" for name in ("document.html", "report.html"))
        names |= {document, report}
        if (folder / document).exists() and (folder / report).exists():
            continue
        if target.run not in runs:
            raise StoreError(
                f"The run file of {target.series} is missing. `conformance store rebuild` removes its rows"
            )
        said(target.series)
        model = build_model(read_stored(runs[target.run]), registry)
        write_whole(_file(folder, document), document_html([model], ["."]))
        write_whole(_file(folder, report), render_html(model))
    return names


def _file(folder: Path, name: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _remove_others(folder: Path, written: set[str]) -> None:
    """Remove pages, badges, reports and data of an earlier site. Other files stay."""
    for part in ("targets", "requirements", "badges", "reports", "data"):
        for file in sorted((folder / part).rglob("*"), reverse=True):
            if file.is_file() and file.relative_to(folder).as_posix() not in written:
                file.unlink()
            elif file.is_dir() and not any(file.iterdir()):
                file.rmdir()

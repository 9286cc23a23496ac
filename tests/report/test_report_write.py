"""All files are written whole, and only those that were asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sample

from conformance.contract import load_registry
from conformance.record import Run, RunWriter, read_run
from conformance.report import formats as formats_package
from conformance.report import write_all, write_model
from conformance.report.formats import formats, renders
from conformance.report.model import build_model
from conformance.verdict import Finding, Level
from conformance.wire import Redactor


def test_all_formats_are_written_into_a_new_directory(tmp_path: Path) -> None:
    """report.json, report.html, summary.md and junit.xml, and no leftovers."""
    written = write_all(sample.run(), tmp_path / "a" / "b", sample.registry())
    names = {
        "badge": "badge.json",
        "badge-svg": "badge.svg",
        "ctrf": "ctrf.json",
        "html": "report.html",
        "json": "report.json",
        "junit": "junit.xml",
        "markdown": "summary.md",
    }
    assert {name: path.name for name, path in written.items()} == names
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(names.values())
    assert all(path.stat().st_size > 1_000 for name, path in written.items() if "badge" not in name)


def test_only_the_formats_asked_for_are_written(tmp_path: Path) -> None:
    """One format, one file; an unknown one is named before anything is written."""
    write_all(sample.run(), tmp_path, sample.registry(), only=["junit"])
    assert [path.name for path in tmp_path.iterdir()] == ["junit.xml"]
    with pytest.raises(
        ValueError, match="unknown report format pdf; there are badge, badge-svg, ctrf, html, json, junit, markdown"
    ):
        write_all(sample.run(), tmp_path / "none", sample.registry(), only=["json", "pdf"])
    assert not (tmp_path / "none").exists()


def test_a_module_of_its_own_is_all_that_a_new_format_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found, listed and written with its own text."""
    (tmp_path / "lines.py").write_text(
        "from conformance.report.formats import renders\n"
        "@renders('lines', file='report.txt')\n"
        "def render(model):\n"
        "    return f'{len(model.rows)} requirements of {model.url}'\n"
    )
    monkeypatch.setattr(formats_package, "_FORMATS", dict(formats()))
    monkeypatch.setattr(formats_package, "__path__", [*formats_package.__path__, str(tmp_path)])
    try:
        assert formats()["lines"].file == "report.txt"
        model = build_model(sample.run(), sample.registry())
        written = write_model(model, tmp_path / "reports")
        assert sorted(written) == ["badge", "badge-svg", "ctrf", "html", "json", "junit", "lines", "markdown"]
        assert written["lines"].read_text("utf-8") == f"{len(model.rows)} requirements of {model.url}"
    finally:
        sys.modules.pop(f"{formats_package.__name__}.lines", None)


@pytest.mark.parametrize(("name", "file"), [("junit", "other.xml"), ("other", "junit.xml")])
def test_two_formats_share_neither_name_nor_file(name: str, file: str) -> None:
    """The second would be written over the first."""
    formats()
    with pytest.raises(ValueError, match="two report formats"):
        renders(name, file=file)(lambda model: model.url)
    assert "other" not in formats()


def test_a_report_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    """The old file, or the new one; never half of one, never a temporary file."""
    (tmp_path / "report.json").mkdir()
    with pytest.raises(OSError, match=r"report\.json"):
        write_all(sample.run(), tmp_path, sample.registry(), only=["json"])
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_who_may_read_a_report_is_what_the_umask_says(mask: int, tmp_path: Path) -> None:
    """As with any file of the user's."""
    before = os.umask(mask)
    try:
        written = write_all(sample.run(), tmp_path / "out", sample.registry())
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in written.values()} == {0o666 & ~mask}


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    """Reports of one run do not differ, so they can be compared and committed."""
    one = write_all(sample.run(), tmp_path / "one", sample.registry())
    two = write_all(sample.run(), tmp_path / "two", sample.registry())
    assert {name: path.read_bytes() for name, path in one.items()} == {n: p.read_bytes() for n, p in two.items()}


def test_hostile_runs_are_written_in_every_format(tmp_path: Path) -> None:
    """Lone surrogates and controls raise nowhere, and every file is UTF-8."""
    for path in write_all(sample.hostile_run(), tmp_path, sample.registry()).values():
        path.read_text("utf-8")


def test_reports_of_the_run_file_are_those_of_the_run(tmp_path: Path) -> None:
    """What a run says after it was written and read again is what it said at once."""
    run = sample.run()
    assert run.footer is not None
    with RunWriter(tmp_path / "run.ndjson", Redactor()) as writer:
        writer.header(run.header)
        for exchange in run.exchanges.values():
            writer.exchange(exchange)
        for verdict in run.verdicts:
            writer.verdict(verdict)
        writer.footer(run.footer)
    now = write_all(run, tmp_path / "now", sample.registry())
    later = write_all(read_run(tmp_path / "run.ndjson"), tmp_path / "later", sample.registry())
    assert {name: path.read_text("utf-8") for name, path in now.items()} == {
        name: path.read_text("utf-8") for name, path in later.items()
    }


def test_importing_the_room_loads_no_template_engine() -> None:
    """A command that writes no report stays fast."""
    code = "import sys, conformance.report; print([m for m in ('jinja2', 'rich', 'jsonschema_rs') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_real_registry_fits_one_page(tmp_path: Path) -> None:
    """All requirements of all contracts, each broken, with a row, a link and a page of bounded size."""
    registry = load_registry()
    verdicts = tuple(
        sample.broken(each.id, Level.MUST, Finding("this", "that", "/", "x0001", each.id)) for each in registry.values()
    )
    run = Run(sample.header(), sample.exchanges(), verdicts, sample.footer())
    written = write_all(run, tmp_path, registry)
    page = written["html"].read_text("utf-8")
    assert all(f'"id":"{name}"' in page for name in registry)
    assert len(page.encode()) <= 1_000_000
    assert written["markdown"].stat().st_size < 65_536

"""Reports: one run as `report.json`, `report.html`, `summary.md`, `junit.xml`, and a screen. They read, never judge."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.contract import Requirement
    from conformance.record import RedactedRun
    from conformance.report.model import ReportModel

FORMATS: Mapping[str, str] = {
    "json": "report.json",
    "html": "report.html",
    "markdown": "summary.md",
    "junit": "junit.xml",
}
"""The formats and the names of their files."""

__all__ = ["FORMATS", "write_all", "write_model"]


def write_all(
    run: RedactedRun,
    directory: Path | str,
    registry: Mapping[str, Requirement],
    *,
    formats: Iterable[str] = tuple(FORMATS),
) -> dict[str, Path]:
    """Write the reports of a run into `directory`, which is made when it is missing; the files by format.

    Each file appears whole or not at all. Raises `ValueError` for an unknown format, `OSError` when the directory
    cannot be written.
    """
    from conformance.report.model import build_model

    return write_model(build_model(run, registry), directory, formats=formats)


def write_model(
    model: ReportModel, directory: Path | str, *, formats: Iterable[str] = tuple(FORMATS)
) -> dict[str, Path]:
    """As `write_all`, for a model that is already there (the terminal shows the same one)."""
    wanted = tuple(dict.fromkeys(formats))
    if unknown := [name for name in wanted if name not in FORMATS]:
        raise ValueError(f"unknown report format {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    written = {}
    for name in wanted:
        written[name] = directory / FORMATS[name]
        _write(written[name], _renderer(name)(model))
    return written


def _renderer(name: str) -> Callable[[ReportModel], str]:
    # Imported one by one: a command that writes no HTML does not load a template engine.
    if name == "json":
        from conformance.report.json_report import render_json

        return render_json
    if name == "html":
        from conformance.report.html_report import render_html

        return render_html
    if name == "markdown":
        from conformance.report.markdown import render_markdown

        return render_markdown
    from conformance.report.junit import render_junit

    return render_junit


def _write(path: Path, text: str) -> None:
    """Write the whole file beside its place, then put it there: a reader never sees half of it. Who may read it is the umask's."""
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise

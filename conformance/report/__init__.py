"""Writes the reports of a run as files and as terminal output.

Each file format is a module of the package `formats`. Reports never judge a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.contract import Requirement
    from conformance.record import RedactedRun
    from conformance.report.model import ReportModel

__all__ = ["write_all", "write_model"]


def write_all(
    run: RedactedRun,
    directory: Path | str,
    registry: Mapping[str, Requirement],
    *,
    only: Iterable[str] = (),
) -> dict[str, Path]:
    """Write the reports of a run into `directory`, which is created if missing; return the written files by format.

    `only` names the formats to write; without it, all formats are written. Each file is written completely or not at
    all. Raises `ValueError` for an unknown format, and `OSError` if the directory cannot be written.
    """
    from conformance.report.model import build_model

    return write_model(build_model(run, registry), directory, only=only)


def write_model(model: ReportModel, directory: Path | str, *, only: Iterable[str] = ()) -> dict[str, Path]:
    """Write the same reports as `write_all`, from a report model that the caller has already built."""
    from conformance.record.whole_file import write_whole
    from conformance.report.formats import formats

    known = formats()
    wanted = tuple(dict.fromkeys(only)) or tuple(known)
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"unknown report format {', '.join(unknown)}; there are {', '.join(known)}")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    written = {}
    for name in wanted:
        written[name] = directory / known[name].file
        write_whole(written[name], known[name].render(model))
    return written

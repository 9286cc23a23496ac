"""Compares runs with a reference, for `conformance compare --reference` and `conformance run --all --reference`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.fleet.layout import REFERENCE

if TYPE_CHECKING:
    from conformance.report.against import ReferenceComparison
    from conformance.report.model import ReportModel


def place_of(reference: str, names: Sequence[str], folders: Sequence[str]) -> int:
    """Return which run is the reference, given by name or by folder.

    Raises `TargetError` if the given words fit no run, or several runs.
    """
    from conformance.config.target import TargetError

    found = [
        place
        for place, (name, folder) in enumerate(zip(names, folders, strict=True))
        if reference in (name, folder) or folder.rstrip("/").rpartition("/")[2] == reference
    ]
    if len(found) != 1:
        fitting = "no run has" if not found else f"{len(found)} runs have"
        raise TargetError(f"--reference {reference}: {fitting} this name or folder. The runs are {', '.join(names)}")
    return found[0]


def compared_with(
    place: int, names: Sequence[str], models: Sequence[ReportModel], links: Sequence[str]
) -> ReferenceComparison:
    """Return the comparison of one run, the reference, with all other runs. `place` is the reference's index."""
    from conformance.report.against import compare_with

    runs = list(zip(names, models, links, strict=True))
    return compare_with(runs[place], [run for number, run in enumerate(runs) if number != place])


def reference_files(comparison: ReferenceComparison) -> dict[str, str]:
    """Return the files that contain the comparison, as a dictionary from file name to text."""
    from conformance.report.against_html import against_html
    from conformance.report.against_text import against_json, against_markdown

    texts = (against_html(comparison), against_json(comparison), against_markdown(comparison))
    return dict(zip(REFERENCE, texts, strict=True))

"""Where the files of a store are, and how runs, series and folders are named.

The module `layout` does not write files.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conformance.record import Header
from conformance.store.errors import StoreError

FORMAT = 1
_MARK = "store.json"
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """The paths of the files and folders that make up a store."""

    folder: Path

    @property
    def mark(self) -> Path:
        """The file that marks the folder as a store, and names its format."""
        return self.folder / _MARK

    @property
    def runs(self) -> Path:
        """The folder of the run files, with one subfolder for each date."""
        return self.folder / "runs"

    @property
    def tables(self) -> Path:
        """The folder of the tables, which can be built again from the run files."""
        return self.folder / "tables"

    @property
    def periods(self) -> Path:
        """The file of the table `periods`."""
        return self.tables / "periods.parquet"

    @property
    def requirements(self) -> Path:
        """The file of the table `requirements`."""
        return self.tables / "requirements.parquet"

    def part(self, table: str, date: str) -> Path:
        """Return the file with the rows of a table for one date."""
        return self.tables / table / f"date={date}" / f"{table}.parquet"

    def parts(self, table: str) -> str:
        """Return a glob pattern that matches all files of a table."""
        return str(self.tables / table / "date=*" / f"{table}.parquet")


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run in a store. `run` is the id of the run: the first 16 digits of the SHA-256 of its run file."""

    run: str
    date: str
    folder: Path

    @property
    def file(self) -> Path:
        """The compressed run file of the run."""
        return self.folder / "run.ndjson.zst"


def stored_runs(layout: StoreLayout) -> list[StoredRun]:
    """Return all runs whose files are in the store, in the order of their dates and names."""
    found = (folder for date in layout.runs.glob("????-??-??") for folder in date.iterdir())
    runs = (StoredRun(folder.name.rpartition("-")[2], folder.parent.name, folder) for folder in found)
    return sorted((each for each in runs if each.file.is_file()), key=lambda each: (each.date, each.folder.name))


def target_of(header: Header) -> str:
    """Return the name of a run's target: the name that the user gave, or the URL without its scheme."""
    return str(header.settings.get("name") or "") or header.target.url.partition("://")[2] or header.target.url


def series_of(header: Header) -> str:
    """Return the name of a run's series, which is also a file name. Only runs of the same series are compared.

    Runs of one series have the same target, region, model, profile and depth: a deeper run may find violations that
    another run cannot find.
    """
    target, depth = target_of(header), str(header.settings.get("depth") or "")
    known = "\0".join((target, region_of(header), header.target.model, header.target.profile, depth))
    return f"{slug(target)}-{hashlib.sha256(known.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def region_of(header: Header) -> str:
    """Return the region of a run's target, "" if the user named none."""
    return str(header.settings.get("region") or "")


def slug(text: str) -> str:
    """Return a text as part of a file name: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_LONGEST_SLUG].strip("-") or "target"


def moment_of(header: Header) -> datetime:
    """Return when a run started, in UTC and without a time zone.

    Raises `StoreError` if the run file has no valid start time.
    """
    try:
        found = datetime.fromisoformat(header.started)
    except ValueError:
        raise StoreError(f"The run does not say when it started: {header.started!r}") from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found

"""Builds the tables of a store from its run files, either for new runs only or for all runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from conformance.contract import Requirement
from conformance.record.locks import lock
from conformance.report.model import build_model
from conformance.store.database import (
    Connection,
    RowFile,
    connected,
    errors_as_store_errors,
    make_views,
    text,
    write_parquet,
)
from conformance.store.errors import StoreError
from conformance.store.layout import StoredRun, StoreLayout, stored_runs
from conformance.store.periods import update_periods
from conformance.store.rows import requirement_rows, rows_of
from conformance.store.run_files import read_stored
from conformance.store.schema import DATED, ORDER, REQUIREMENTS

Registry = Mapping[str, Requirement]
Said = Callable[[str], None]


@contextmanager
def alone(layout: StoreLayout) -> Iterator[None]:
    """Keep other processes from changing the store. Raises `StoreError` if another process is changing the store."""
    with layout.mark.open("rb") as mark:
        if not lock(mark):
            raise StoreError(f"Another process is changing {layout.folder}. Try again when it has ended")
        yield


def update_tables(layout: StoreLayout, registry: Registry, said: Said = lambda _: None) -> int:
    """Add all stored runs that are not in the tables yet; return their number.

    The function `said` is called with each date for which runs are added.
    """
    with connected() as connection, errors_as_store_errors():
        make_views(connection, layout)
        known = {name for (name,) in connection.execute("select run from runs").fetchall()}
        new = [each for each in stored_runs(layout) if each.run not in known]
        for date, runs in groupby(new, key=lambda each: each.date):
            said(date)
            _add_date(connection, layout, date, list(runs), registry)
        _write_requirements(connection, layout, registry)
    with connected() as connection, errors_as_store_errors():
        make_views(connection, layout)
        update_periods(connection, layout)
    return len(new)


def rebuild_tables(layout: StoreLayout, registry: Registry, said: Said = lambda _: None) -> int:
    """Remove all tables and build them again from the run files; return the number of runs."""
    shutil.rmtree(layout.tables, ignore_errors=True)
    return update_tables(layout, registry, said)


def _add_date(
    connection: Connection, layout: StoreLayout, date: str, runs: Sequence[StoredRun], registry: Registry
) -> None:
    with tempfile.TemporaryDirectory(prefix="conformance-store-") as folder:
        files = {name: RowFile(Path(folder) / f"{name}.ndjson", columns) for name, columns in DATED.items()}
        for each in runs:
            run = read_stored(each)
            for name, rows in rows_of(each.run, run.header, build_model(run, registry)).items():
                files[name].add(rows)
        for name, file in files.items():
            _add_rows(connection, layout, name, date, file.table())


def _add_rows(connection: Connection, layout: StoreLayout, name: str, date: str, rows: str) -> None:
    """Add rows to the file of one date. Rows of the same runs that an interrupted command left are replaced."""
    columns = ", ".join(DATED[name])
    file = layout.part(name, date)
    select = f"select {columns} from {rows}"
    if file.exists():
        known = f"select {columns} from read_parquet({text(file)}, hive_partitioning = false)"
        select = f"{known} where run not in (select run from {rows}) union all {select}"
    write_parquet(connection, f"select * from ({select}) order by {ORDER[name]}", file)


def _write_requirements(connection: Connection, layout: StoreLayout, registry: Registry) -> None:
    with tempfile.TemporaryDirectory(prefix="conformance-store-") as folder:
        file = RowFile(Path(folder) / "requirements.ndjson", REQUIREMENTS)
        file.add(requirement_rows(registry))
        write_parquet(connection, f"select * from {file.table()} order by requirement", layout.requirements)

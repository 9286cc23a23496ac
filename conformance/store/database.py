"""Connections of DuckDB, views on the tables of a store, and whole Parquet files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from conformance.store.errors import StoreError
from conformance.store.extra import duckdb
from conformance.store.layout import StoreLayout
from conformance.store.schema import DATED, PERIODS, REQUIREMENTS, Columns

Connection = Any
"""A connection of DuckDB; its module is imported only when a store is used."""
_ROW_GROUP = 30_720
"""Rows in a row group: a question about one target reads only the row groups of this target."""


@contextmanager
def connected() -> Iterator[Connection]:
    """Open a database in memory that loads no extensions; what does not fit into memory is in a temporary folder."""
    folder = tempfile.mkdtemp(prefix="conformance-store-")
    try:
        connection = duckdb().connect(
            config={"temp_directory": folder, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        try:
            connection.execute("set enable_progress_bar = false")
            yield connection
        finally:
            connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def errors_as_store_errors() -> Iterator[None]:
    """Turn an error of DuckDB into a `StoreError` with its first line."""
    try:
        yield
    except duckdb().Error as error:
        raise StoreError(str(error).strip().split("\n\n")[0]) from error


def make_views(connection: Connection, layout: StoreLayout) -> None:
    """Create a view for each table of the store. A table of the store without files has no rows."""
    for name, columns in DATED.items():
        found = any((layout.tables / name).glob(f"date=*/{name}.parquet"))
        source = f"read_parquet({text(layout.parts(name))}, hive_partitioning = true, hive_types = {{'date': DATE}})"
        _view(connection, name, {"date": "DATE", **columns}, source if found else "")
    for name, columns, file in (
        ("periods", PERIODS, layout.periods),
        ("requirements", REQUIREMENTS, layout.requirements),
    ):
        _view(connection, name, columns, f"read_parquet({text(file)})" if file.exists() else "")


def _view(connection: Connection, name: str, columns: Columns, source: str) -> None:
    if source:
        try:
            connection.execute(f"create view {name} as select {', '.join(columns)} from {source}")
        except duckdb().BinderException as error:
            raise StoreError(
                f"The table {name} was written by another version of the suite, and lacks a column. "
                "`conformance store rebuild` builds the tables again"
            ) from error
        return
    nothing = ", ".join(f"null::{kind} as {column}" for column, kind in columns.items())
    connection.execute(f"create view {name} as select {nothing} where false")


def text(value: object) -> str:
    """Return a value as an SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def write_parquet(connection: Connection, select: str, file: Path, facts: Mapping[str, str] | None = None) -> None:
    """Write the rows of a query to a Parquet file, completely or not at all. `facts` are kept as the file's metadata."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.urandom(8).hex()}")
    kept = ", ".join(f"{text(key)}: {text(value)}" for key, value in (facts or {}).items())
    metadata = f", kv_metadata {{{kept}}}" if kept else ""
    options = f"format parquet, compression zstd, row_group_size {_ROW_GROUP}{metadata}"
    try:
        connection.execute(f"copy ({select}) to {text(beside)} ({options})")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


class RowFile:
    """A temporary file of rows in NDJSON, which DuckDB reads as a table."""

    def __init__(self, file: Path, columns: Columns) -> None:
        self._file = file
        self._columns = columns
        self._lines = file.open("xb")

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a table of the store."""
        for row in rows:
            self._lines.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    def table(self) -> str:
        """Finish writing the file, and return the SQL expression that reads its rows."""
        self._lines.close()
        columns = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in self._columns.items())
        return f"read_json({text(self._file)}, format = 'newline_delimited', columns = {{{columns}}})"

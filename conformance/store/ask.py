"""Answers questions to a store: named reports, or SQL that only reads the tables of the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from conformance.store.database import Connection, connected, errors_as_store_errors, make_views, text
from conformance.store.errors import StoreError
from conformance.store.extra import duckdb
from conformance.store.layout import StoreLayout
from conformance.store.questions import CHANGES, PENDING, REPORTS, SERIES, STATES, TARGETS
from conformance.store.run_files import check_store

BEGINNING = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a question: names of columns, and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows of the query's result, each as a dictionary from column name to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class OpenStore:
    """A store that is open for questions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def report(self, name: str, since: date = BEGINNING) -> Table:
        """Return the rows of the report about a store that has this name.

        The report covers the time from the date `since`.
        """
        sql = REPORTS[name].sql
        return self.select(sql, {"since": since.isoformat()} if "$since" in sql else None)

    def select(self, sql: str, values: dict[str, Any] | None = None) -> Table:
        """Return the answer to one SQL query. Raises `StoreError` for invalid SQL, and for SQL that is not a query."""
        with errors_as_store_errors():
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb().StatementType.SELECT:
                raise StoreError("A question is exactly one SQL query, such as: select target, broken from targets")
            found = self._connection.execute(statements[0], values)
            columns = tuple(name for name, *_ in found.description)
            return Table(columns, tuple(found.fetchall()))


def make_all_views(connection: Connection, layout: StoreLayout) -> None:
    """Create the views on the tables of a store, and the views that are computed from them."""
    make_views(connection, layout)
    for view in (SERIES, TARGETS, CHANGES, STATES, PENDING):
        connection.execute(view)


@contextmanager
def opened(layout: StoreLayout) -> Iterator[OpenStore]:
    """Open a store for queries. The database can read no other files, and cannot use the network.

    Raises `StoreError` if the folder is not a store.
    """
    check_store(layout)
    with connected() as connection:
        with errors_as_store_errors():
            make_all_views(connection, layout)
            connection.execute(f"set allowed_directories = [{text(layout.tables)}]")
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
        yield OpenStore(connection)

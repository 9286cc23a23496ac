"""Writes tables of a store as files for other programs: Parquet, CSV and JSON."""

from __future__ import annotations

from pathlib import Path

from conformance.record.whole_file import write_whole
from conformance.store.ask import OpenStore, make_all_views
from conformance.store.database import connected, errors_as_store_errors, write_parquet
from conformance.store.layout import StoreLayout
from conformance.store.table_text import table_csv, table_json

EXPORTED = ("targets.json", "changes.csv", "states.parquet")
_CHANGES = (
    "select date, series, target, model, requirement, level, change, before, after, cause, suite_change "
    "from changes order by date desc, series, requirement"
)


def export(layout: StoreLayout, store: OpenStore, folder: Path) -> None:
    """Write the targets, the confirmed changes and the confirmed states into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "targets.json", table_json(store.select("select * from targets order by series")))
    write_whole(folder / "changes.csv", table_csv(store.select(_CHANGES)))
    with connected() as connection, errors_as_store_errors():
        make_all_views(connection, layout)
        select = "select * exclude (target, model) from states order by series, requirement"
        write_parquet(connection, select, folder / "states.parquet")

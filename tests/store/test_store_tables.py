"""The tables of a store follow from its run files, in whatever order the runs were added."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nights import MODELS, STOP, TOOLS, F, P, Q, U, nights, registry, run_of, write

from conformance.record import RunFileError
from conformance.record.locks import lock
from conformance.store import StoreError
from conformance.store.ask import opened
from conformance.store.database import connected, text, write_parquet
from conformance.store.layout import StoreLayout, series_of, stored_runs
from conformance.store.run_files import make_store, put_run, read_stored, run_files_in
from conformance.store.update import alone, rebuild_tables, update_tables

TABLES = ("runs", "verdicts", "causes", "service", "periods", "requirements")
FLAKY = [{STOP: P, TOOLS: P}, {STOP: F, TOOLS: F}, {STOP: F, TOOLS: P}, {STOP: Q, TOOLS: P}, {STOP: P, TOOLS: P}]


def add(folder: Path, *runs: Path) -> StoreLayout:
    """Add run folders to a store, and bring its tables up to date."""
    layout = StoreLayout(folder)
    make_store(layout)
    for run in runs:
        put_run(layout, run / "run.ndjson")
    update_tables(layout, registry())
    return layout


def content(layout: StoreLayout) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    with opened(layout) as store:
        return {name: list(store.select(f"select * from {name} order by all").rows) for name in TABLES}


def periods(layout: StoreLayout, requirement: str) -> Sequence[tuple[Any, ...]]:
    """The periods of a requirement: outcome, first day, last day, audits."""
    with opened(layout) as store:
        return store.select(
            "select outcome, day(since), day(until), audits from periods where requirement = $r order by series, number",
            {"r": requirement},
        ).rows


def test_rebuilding_gives_the_same_tables_as_adding_run_by_run(tmp_path: Path) -> None:
    folders = [*nights(tmp_path, "one", FLAKY), *nights(tmp_path, "two", [{STOP: P, MODELS: U}] * 3)]
    layout = StoreLayout(tmp_path / "store")
    for folder in folders:
        add(layout.folder, folder)
    grown = content(layout)
    assert [len(grown[name]) for name in TABLES[:2]] == [8, 16]
    assert rebuild_tables(layout, registry()) == 8
    assert content(layout) == grown


def test_the_order_in_which_runs_are_added_does_not_count(tmp_path: Path) -> None:
    folders = nights(tmp_path, "one", FLAKY[:4])
    whole = content(add(tmp_path / "store", *folders))
    for number, order in enumerate(itertools.islice(itertools.permutations(folders), 1, None, 5)):
        layout = StoreLayout(tmp_path / f"store{number}")
        for folder in order:
            add(layout.folder, folder)
        assert content(layout) == whole


def test_a_period_ends_only_with_another_verdict(tmp_path: Path) -> None:
    """The fourth night could not judge STOP: it is neither a change nor an audit of it."""
    layout = add(tmp_path / "store", *nights(tmp_path, "one", FLAKY))
    assert periods(layout, STOP) == (("pass", 1, 1, 1), ("fail", 2, 3, 2), ("pass", 5, 5, 1))
    assert periods(layout, TOOLS) == (("pass", 1, 1, 1), ("fail", 2, 2, 1), ("pass", 3, 5, 3))


def test_runs_of_another_model_are_another_series(tmp_path: Path) -> None:
    first = write(run_of({STOP: P}, "2026-01-01", model="small"), tmp_path / "a")
    second = write(run_of({STOP: F}, "2026-01-02", model="large"), tmp_path / "b")
    assert periods(add(tmp_path / "store", first, second), STOP) in (
        (("fail", 2, 2, 1), ("pass", 1, 1, 1)),
        (("pass", 1, 1, 1), ("fail", 2, 2, 1)),
    )


def test_runs_of_another_region_or_depth_are_another_series() -> None:
    header = run_of({STOP: P}, "2026-01-01").header
    east = replace(header, settings={**header.settings, "region": "us-east"})
    deep = replace(header, settings={**header.settings, "depth": "deep"})
    assert len({series_of(header), series_of(east), series_of(deep)}) == 3
    assert series_of(east) == series_of(replace(east, started="2026-01-02T00:00:00Z"))


def test_a_run_without_a_model_is_no_other_target(tmp_path: Path) -> None:
    """A target that was down in one night has no model in that night, if the user named none."""
    up = write(run_of({STOP: P}, "2026-01-01", model="tiny"), tmp_path / "up")
    down = write(run_of({STOP: Q}, "2026-01-02", model=""), tmp_path / "down")
    alone = write(run_of({STOP: Q}, "2026-01-02", name="two", model=""), tmp_path / "alone")
    with opened(add(tmp_path / "store", up, down, alone)) as store:
        assert store.select("select target, model from targets order by all").rows == (("one", "tiny"), ("two", ""))


def test_an_interrupted_command_is_completed_by_the_next(tmp_path: Path) -> None:
    """Whatever table was not written before the command was killed, the next command gives the same content."""
    folders = nights(tmp_path, "one", FLAKY)
    whole = content(add(tmp_path / "whole", *folders))
    for number, lost in enumerate(("runs", "verdicts", "periods.parquet", "requirements.parquet")):
        layout = add(tmp_path / f"store{number}", *folders[:4])
        put_run(layout, folders[4] / "run.ndjson")
        if lost in ("runs", "verdicts"):  # the date's files are written one after the other, `runs` last
            update_tables(layout, registry())
            shutil.rmtree(layout.tables / "runs" / "date=2026-01-05")
        else:
            (layout.tables / lost).unlink()
        update_tables(layout, registry())
        assert content(layout) == whole, lost


def test_a_run_that_is_added_twice_is_kept_once(tmp_path: Path) -> None:
    (folder,) = nights(tmp_path, "one", [{STOP: P}])
    layout = add(tmp_path / "store", folder)
    assert put_run(layout, folder / "run.ndjson")[1] is False
    assert update_tables(layout, registry()) == 0
    assert len(stored_runs(layout)) == 1


def test_a_stored_run_is_the_run_that_was_added(tmp_path: Path) -> None:
    run = run_of({STOP: F}, "2026-01-01", text="é \u2028 text")
    layout = add(tmp_path / "store", write(run, tmp_path / "run"))
    (stored,) = stored_runs(layout)
    assert read_stored(stored).verdicts == run.verdicts
    assert sorted(file.name for file in stored.folder.iterdir()) == ["manifest.json", "run.ndjson.zst"]


@pytest.mark.parametrize("changed", ["flipped", "cut", "replaced"])
def test_a_changed_run_file_of_the_store_is_detected(tmp_path: Path, changed: str) -> None:
    one, two = nights(tmp_path, "one", [{STOP: P}, {STOP: F}])
    layout = add(tmp_path / "store", one, two)
    first, second = stored_runs(layout)
    data = bytearray(first.file.read_bytes())
    data[len(data) // 2] ^= 1
    new = {"flipped": bytes(data), "cut": bytes(data[:-20]), "replaced": second.file.read_bytes()}[changed]
    first.file.write_bytes(new)
    with pytest.raises((StoreError, RunFileError), match=r"was changed|cannot be read"):
        read_stored(first)


def test_a_run_that_differs_from_its_manifest_is_rejected(tmp_path: Path) -> None:
    (folder,) = nights(tmp_path, "one", [{STOP: P}])
    file = folder / "run.ndjson"
    file.write_bytes(file.read_bytes().replace(b'"pass"', b'"warn"', 1))
    with pytest.raises(StoreError, match="changed since its manifest"):
        add(tmp_path / "store", folder)


def test_a_run_that_still_runs_is_rejected(tmp_path: Path) -> None:
    (folder,) = nights(tmp_path, "one", [{STOP: P}])
    with (folder / "run.ndjson").open("rb") as held:
        assert lock(held)
        with pytest.raises(StoreError, match="still runs"):
            add(tmp_path / "store", folder)


def test_two_commands_do_not_change_a_store_at_once(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path / "store")
    make_store(layout)
    with alone(layout), pytest.raises(StoreError, match="Another process"), alone(layout):
        pass


def test_a_folder_with_other_files_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="not a store"):
        make_store(StoreLayout(tmp_path))
    with pytest.raises(StoreError, match="not a store"), opened(StoreLayout(tmp_path)):
        pass


def test_run_files_are_found_in_subfolders(tmp_path: Path) -> None:
    folders = nights(tmp_path / "fleet", "one", [{STOP: P}, {STOP: F}])
    assert run_files_in([tmp_path / "fleet"]) == [folder / "run.ndjson" for folder in folders]
    with pytest.raises(StoreError, match=r"has no run\.ndjson"):
        run_files_in([tmp_path / "nothing"])


def test_tables_of_another_version_ask_for_a_rebuild(tmp_path: Path) -> None:
    layout = add(tmp_path / "store", *nights(tmp_path, "one", [{STOP: P}]))
    whole = content(layout)
    file = layout.part("runs", "2026-01-01")
    with connected() as connection:
        write_parquet(connection, f"select * exclude (badge) from read_parquet({text(file)})", file)
    with pytest.raises(StoreError, match="store rebuild"), opened(layout):
        pass
    rebuild_tables(layout, registry())
    assert content(layout) == whole


def test_a_hostile_name_stays_inside_the_store(tmp_path: Path) -> None:
    run = run_of({STOP: P}, "2026-01-01", name="../../etc/x'; drop table runs; --\x1b[31m", model="../m")
    layout = add(tmp_path / "store", write(run, tmp_path / "run"))
    (stored,) = stored_runs(layout)
    assert stored.folder.parent.parent == layout.runs
    with opened(layout) as store:
        ((target,),) = store.select("select target from targets").rows
    assert "\x1b" not in target
    assert target.startswith("../../etc/x'; drop")

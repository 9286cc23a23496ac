"""Named reports and SQL questions to a store."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

import pytest
from nights import MODELS, STOP, TOOLS, F, P, U, nights, registry, run_of, write

from conformance.store import StoreError
from conformance.store.ask import opened
from conformance.store.layout import StoreLayout
from conformance.store.run_files import make_store, put_run
from conformance.store.update import update_tables


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    """Target one broke STOP for good in night 2, TOOLS in night 2 only, and MODELS in the last night."""
    one = [
        {STOP: P, TOOLS: P, MODELS: P},
        {STOP: F, TOOLS: F, MODELS: P},
        {STOP: F, TOOLS: P, MODELS: P},
        {STOP: F, TOOLS: P, MODELS: F},
    ]
    two = [{STOP: F, TOOLS: U}, {STOP: P, TOOLS: U}, {STOP: P, TOOLS: U}]
    layout = StoreLayout(tmp_path / "store")
    make_store(layout)
    for folder in (*nights(tmp_path, "one", one), *nights(tmp_path, "two", two)):
        put_run(layout, folder / "run.ndjson")
    update_tables(layout, registry())
    return layout


def test_a_regression_is_told_after_a_second_audit_confirmed_it(layout: StoreLayout) -> None:
    with opened(layout) as store:
        found = store.report("regressions").records
        assert [(each["target"], each["requirement"], each["date"], each["before"]) for each in found] == [
            ("one", STOP, date(2026, 1, 2), "pass")
        ]
        assert store.report("regressions", since=date(2026, 1, 3)).rows == ()
        pending = store.select("select requirement, before, after from pending").rows
        assert pending == ((MODELS, "pass", "fail"),)


def test_a_change_for_one_audit_is_flaky(layout: StoreLayout) -> None:
    with opened(layout) as store:
        assert [(each["requirement"], each["single"]) for each in store.report("flakiest").records] == [(TOOLS, 1)]


def test_capabilities_count_states_without_unconfirmed_changes(layout: StoreLayout) -> None:
    with opened(layout) as store:
        found = {(each["target"], each["capability"]): each for each in store.report("capabilities").records}
    models = found["one", registry()[MODELS].feature or registry()[MODELS].area]
    assert (models["passes"], models["breaks"]) == (1, 0)
    stop = found["one", registry()[STOP].feature or registry()[STOP].area]
    assert (stop["passes"], stop["breaks"]) == (0, 1)
    assert found["two", registry()[TOOLS].feature or registry()[TOOLS].area]["not_offered"] == 1


def test_mended_requirements_are_changes_with_their_dates(layout: StoreLayout) -> None:
    with opened(layout) as store:
        found = store.select("select target, requirement, change, day(date) from changes")
    assert set(found.rows) == {("one", STOP, "broke", 2), ("two", STOP, "mended", 2)}


def test_a_change_of_the_suite_is_named_beside_a_change_of_a_verdict(tmp_path: Path) -> None:
    runs = [
        run_of({STOP: outcome}, f"2026-01-0{day}", suite=suite)
        for day, outcome, suite in ((1, P, "0.1.0"), (2, F, "0.2.0"), (3, F, "0.2.0"))
    ]
    layout = StoreLayout(tmp_path / "store")
    make_store(layout)
    for number, run in enumerate(runs):
        put_run(layout, write(run, tmp_path / str(number)) / "run.ndjson")
    update_tables(layout, registry())
    with opened(layout) as store:
        assert store.report("regressions").records[0]["suite_change"] == "0.1.0 → 0.2.0"


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{store}/tables/x.csv'",
        "select * from read_text('/etc/hostname')",
        "select * from read_parquet('https://example.com/x.parquet')",
        "attach 'x.db'",
        "select 1; drop view runs",
        "set enable_external_access = true",
        "install httpfs",
        "select nothing from runs",
        "",
    ],
)
def test_a_question_only_reads_the_store(layout: StoreLayout, sql: str) -> None:
    before = sorted(layout.folder.rglob("*"))
    with opened(layout) as store, pytest.raises(StoreError):
        store.select(sql.replace("{store}", str(layout.folder)))
    assert sorted(layout.folder.rglob("*")) == before


def test_the_page_lists_the_columns_of_each_table(layout: StoreLayout) -> None:
    page = (Path(__file__).parents[2] / "docs" / "store.md").read_text("utf-8").partition("## Tables")[2]
    listed = dict(re.findall(r"^\| `(\w+)` \|.*?\| (.*?) \|$", page, re.MULTILINE))
    assert len(listed) == 11
    with opened(layout) as store:
        for name, said in listed.items():
            columns = set(re.findall(r"`(\w+)`", said))
            columns |= set(re.findall(r"`(\w+)`", listed["runs"])) if "the columns of `runs`" in said else set()
            assert set(store.select(f"select * from {name}").columns) == columns - {"runs"}, name


def test_a_missing_package_names_the_extra(layout: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(StoreError, match=r"pip install 'openai-conformance\[store\]'"), opened(layout):
        pass


def test_an_empty_store_answers_with_no_rows(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path)
    make_store(layout)
    update_tables(layout, registry())
    with opened(layout) as store:
        assert store.report("regressions").rows == store.report("capabilities").rows == ()

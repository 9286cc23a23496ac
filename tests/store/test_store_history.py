"""The history of a target tells confirmed changes with their dates."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from nights import MODELS, STOP, TOOLS, F, P, Q, W, nights, run_of, write
from typer.testing import CliRunner

from conformance.cli import app
from conformance.store.ask import opened
from conformance.store.history import SeriesHistory, change_of, read_history
from conformance.store.history_text import sparkline_text
from conformance.store.layout import StoreLayout

WEEK = [
    {STOP: P, TOOLS: F, MODELS: P},
    {STOP: F, TOOLS: F, MODELS: P},
    {STOP: F, TOOLS: F, MODELS: Q},
    {STOP: P, TOOLS: F, MODELS: F},
    {STOP: P, TOOLS: F, MODELS: P},
    {STOP: F, TOOLS: Q, MODELS: P},
]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with six nights of one target, and one night of another."""
    nights(tmp_path / "fleet", "one", WEEK)
    nights(tmp_path / "fleet", "two", [{STOP: P}])
    result = CliRunner().invoke(app, ["store", "add", str(tmp_path / "store"), str(tmp_path / "fleet")])
    assert result.exit_code == 0, result.output
    return tmp_path / "store"


def read(store: Path, **chosen: str) -> tuple[SeriesHistory, ...]:
    """The history of targets."""
    with opened(StoreLayout(store)) as known:
        return read_history(known, **chosen)


def test_each_requirement_says_when_it_broke_and_when_it_was_mended(store: Path) -> None:
    one, two = read(store)
    assert [(each.change, each.day.day) for each in one.changes[STOP]] == [("broke", 2), ("mended", 4)]
    assert list(one.changes) == [STOP]
    assert [(each.requirement, each.since) for each in one.always_broken] == [(TOOLS, date(2026, 1, 1))]
    assert [(each.requirement, each.change, each.day.day) for each in one.pending] == [(STOP, "broke", 6)]
    assert [night.broken for night in one.nights] == [1, 2, 2, 2, 1, 1]
    assert (two.changes, two.broken, two.pending) == ({}, (), ())


def test_a_history_can_be_limited(store: Path) -> None:
    assert [each.target for each in read(store, target="two")] == ["two"]
    (one,) = read(store, target="one", requirement="chat.stop")
    assert list(one.changes) == [STOP]
    assert one.broken == ()
    assert read(store, requirement="chat.sto")[0].changes == {}


def test_the_command_prints_a_line_for_each_requirement(store: Path) -> None:
    text = CliRunner().invoke(app, ["history", str(store)]).output
    assert text.splitlines() == [
        "one · tiny: 6 audits, the latest on 2026-01-06",
        "  broken: ▅████▅ 1 on 2026-01-06".replace("▅████▅", sparkline_text([1, 2, 2, 2, 1, 1])),
        f"  {STOP}  MUST    broke 2026-01-02, mended 2026-01-04",
        f"  {STOP} pass → fail on 2026-01-06: a second audit must confirm it",
        f"  broken in every audit: {TOOLS}",
        "",
        "two · tiny: 1 audit, the latest on 2026-01-01",
        "  broken: ▁ 0 on 2026-01-01",
        "  no confirmed change",
    ]
    data = json.loads(CliRunner().invoke(app, ["history", str(store), "--target", "one", "--json"]).output)
    assert data[0]["changes"][STOP][0]["day"] == "2026-01-02"
    text = CliRunner().invoke(app, ["history", str(store), "--since", "2026-01-03"]).output
    assert "broke 2026-01-02" not in text
    assert "mended 2026-01-04" in text


def test_an_audit_that_judged_nothing_is_no_count_of_zero(store: Path, tmp_path: Path) -> None:
    """A target that was down is not a target that breaks nothing."""
    for name, night in (("one", "2026-01-07"), ("three", "2026-01-01")):
        folder = write(run_of({STOP: Q}, night, name), tmp_path / "down" / name)
        CliRunner().invoke(app, ["store", "add", str(store), str(folder)])
    one, three, _ = read(store)
    assert (one.audits, one.latest.day, one.judged, one.nights[-1].day.day) == (7, 7, False, 6)
    assert (three.nights, three.judged) == ((), False)
    text = CliRunner().invoke(app, ["history", str(store)]).output
    assert "one · tiny: 7 audits, the latest on 2026-01-07, which judged nothing\n" in text
    assert "three · tiny: 1 audit, the latest on 2026-01-01, which judged nothing\n\n" in text


def test_series_of_one_target_are_told_apart(tmp_path: Path) -> None:
    run = run_of({STOP: P}, "2026-01-01")
    for number, more in enumerate(({}, {"region": "us-east", "depth": "deep"})):
        header = replace(run.header, settings={**run.header.settings, "depth": "quick", **more})
        write(replace(run, header=header), tmp_path / "runs" / str(number))
    CliRunner().invoke(app, ["store", "add", str(tmp_path / "store"), str(tmp_path / "runs")])
    assert {each.variant for each in read(tmp_path / "store")} == {"tiny", "us-east · tiny · deep"}


def test_an_unknown_target_is_wrong_usage(store: Path) -> None:
    result = CliRunner().invoke(app, ["history", str(store), "--target", "nobody"])
    assert "no run of a target with the name nobody" in str(result.exception)


def test_a_comparison_shows_the_trend_of_each_target(store: Path, tmp_path: Path) -> None:
    new = write(run_of({STOP: P}, "2026-01-09", "new"), tmp_path / "new")
    runs = [str(tmp_path / "fleet" / "one-06"), str(tmp_path / "fleet" / "two-01"), str(new)]
    words = ["compare", *runs, "--store", str(store), "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output + repr(result.exception)
    row = (
        (tmp_path / "out" / "comparison.html").read_text("utf-8").partition("breaks over time")[2].partition("</tr>")[0]
    )
    assert f"<td>{sparkline_text([1, 2, 2, 2, 1, 1])} 6 audits</td><td>▁ 1 audit</td><td>—</td>" in row


def test_the_words_for_changes_are_those_of_the_view(tmp_path: Path) -> None:
    """Every pair of outcomes has the same word in Python and in SQL."""
    runs = [{STOP: before} for pair in ((P, F), (F, W), (W, P), (P, W), (W, F), (F, P)) for before in (pair[0],) * 2]
    nights(tmp_path / "fleet", "one", runs)
    CliRunner().invoke(app, ["store", "add", str(tmp_path / "store"), str(tmp_path / "fleet")])
    (one,) = read(tmp_path / "store")
    assert len(one.changes[STOP]) == 5
    assert [each.change for each in one.changes[STOP]] == [
        change_of(each.before, each.after) for each in one.changes[STOP]
    ]

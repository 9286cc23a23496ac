"""Keeps the table `periods`: how long each requirement had the same outcome for each series.

A period becomes longer if the next run of its series has the same outcome. Runs are added in the order in which they
started; if a run is added late, the periods of its series are made again from the table `verdicts`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.store.database import Connection, text, write_parquet
from conformance.store.layout import StoreLayout
from conformance.store.schema import PERIODS
from conformance.verdict import Outcome

JUDGED = (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNSUPPORTED, Outcome.NOT_APPLICABLE)
"""The outcomes that can begin a period."""
_FACT = "folded"
_SERIES_AT_ONCE = 24
"""So many series are read at once, which limits memory."""

_PIECES = """
    select series, requirement, level, outcome, cause, since, until, run, audits, first_suite, last_suite, number
    from latest where series in ({series})
    union all
    select v.series, v.requirement, v.level, v.outcome, v.cause, r.started, r.started, v.run, 1, r.suite, r.suite, null
    from verdicts v join new_runs r on v.run = r.run and v.date = r.date
    where v.date between {first}::date and {last}::date and v.series in ({series}) and v.outcome in ({judged})
"""

_GROWN = """
    with pieces as ({pieces}),
    compared as (
        select *, coalesce(lag(outcome) over w <> outcome, true) as begins
        from pieces window w as (partition by series, requirement order by since, run)
    ),
    counted as (
        select *, count(*) filter (begins) over w as place, max(number) over w as base
        from compared window w as (partition by series, requirement order by since, run)
    )
    select
        series, requirement, place - 1 + coalesce(max(base), 1) as number,
        arg_max(level, (since, run)) as level, any_value(outcome) as outcome,
        arg_max({{'cause': cause}}, (since, run)).cause as cause,
        min(since) as since, max(until) as until, arg_max(run, (since, run)) as run, sum(audits)::bigint as audits,
        arg_min(first_suite, (since, run)) as first_suite, arg_max(last_suite, (since, run)) as last_suite
    from counted group by series, requirement, place
"""


def update_periods(connection: Connection, layout: StoreLayout) -> None:
    """Bring the table `periods` up to date with the tables `runs` and `verdicts`.

    If the table `periods` is up to date, nothing is written.
    """
    folded = _folded(connection, layout)
    wanted = _wanted(connection)
    if folded == wanted and layout.periods.exists():
        return
    connection.execute(
        "create temp table new_runs (series varchar, run varchar, date date, started timestamp, suite varchar)"
    )
    connection.execute("create temp table again (series varchar)")
    for series, said in wanted.items():
        known = folded.get(series)
        if known == said:
            continue
        if known is not None and not _grows(connection, series, known, said):
            connection.execute("insert into again values (?)", [series])
            known = None
        connection.execute(
            "insert into new_runs select series, run, date, started, suite from runs "
            "where series = ? and (?::timestamp is null or started > ?::timestamp)",
            [series, known and known[1], known and known[1]],
        )
    _grow(connection, layout, wanted)


def _wanted(connection: Connection) -> dict[str, list[Any]]:
    """Return for each series the number of its runs, and when the last one started."""
    rows = connection.execute(
        "select series, count(*), strftime(max(started), '%Y-%m-%dT%H:%M:%S.%f') from runs group by 1 order by 1"
    )
    return {series: [number, last] for series, number, last in rows.fetchall()}


def _folded(connection: Connection, layout: StoreLayout) -> dict[str, list[Any]]:
    """Return the same for the runs that the table `periods` has taken in already."""
    if not layout.periods.exists():
        return {}
    found = connection.execute(
        f"select decode(value) from parquet_kv_metadata({text(layout.periods)}) where decode(key) = {text(_FACT)}"
    ).fetchone()
    known: dict[str, list[Any]] = json.loads(found[0]) if found else {}
    return known


def _grows(connection: Connection, series: str, known: list[Any], said: list[Any]) -> bool:
    """Return whether all new runs of a series started after the runs that are known."""
    later = connection.execute(
        "select count(*) from runs where series = ? and started > ?::timestamp", [series, known[1]]
    ).fetchone()
    return bool(known[0] + later[0] == said[0])


def _grow(connection: Connection, layout: StoreLayout, wanted: Mapping[str, Any]) -> None:
    columns = ", ".join(PERIODS)
    known = (
        "select *, max(number) over (partition by series, requirement) as highest "
        "from periods where series not in (from again)"
    )
    connection.execute(f"create temp table kept as select {columns} from ({known}) where number < highest")
    connection.execute(f"create temp table latest as select {columns} from ({known}) where number = highest")
    judged = ", ".join(text(outcome) for outcome in JUDGED)
    first, last = connection.execute("select min(date), max(date) from new_runs").fetchone()
    touched = [name for (name,) in connection.execute("select distinct series from new_runs order by 1").fetchall()]
    for at in range(0, len(touched), _SERIES_AT_ONCE):
        chosen = ", ".join(text(series) for series in touched[at : at + _SERIES_AT_ONCE])
        pieces = _PIECES.format(series=chosen, judged=judged, first=text(first), last=text(last))
        connection.execute(f"insert into kept select {columns} from ({_GROWN.format(pieces=pieces)})")
    connection.execute(
        f"insert into kept select {columns} from latest where series not in (select series from new_runs)"
    )
    write_parquet(
        connection,
        f"select {columns} from kept order by series, requirement, number",
        layout.periods,
        {_FACT: json.dumps(wanted)},
    )

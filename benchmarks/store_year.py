"""Measures a store with a simulated year: 300 targets, 900 requirements, 365 nights.

    python -m benchmarks.store_year FOLDER [--targets 300] [--requirements 900] [--nights 365]

Writes the tables directly, because 109,500 audits would take weeks. `periods` is made by the code of the store. Prints
the disk space of each table, and the CPU and wall time of each named report, each in a new process with two threads.

The simulation: a target breaks 6 % of the requirements and does not follow 10 %. Each night, one requirement in 2,000
changes for good, one in 10,000 gives another outcome for this night only, and 2 % cannot be judged.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from conformance.store.database import connected, make_views, write_parquet
from conformance.store.layout import StoreLayout
from conformance.store.periods import update_periods
from conformance.store.questions import REPORTS
from conformance.store.run_files import make_store
from conformance.store.schema import DATED, ORDER, REQUIREMENTS

FIRST = date(2026, 1, 1)
_ASK = """
import sys, time
from datetime import date
from pathlib import Path
from conformance.store.ask import opened
from conformance.store.layout import StoreLayout
wall, cpu = time.perf_counter(), time.process_time()
with opened(StoreLayout(Path(sys.argv[1]))) as store:
    store.select("select count(*) from runs")
    table = store.report(sys.argv[2]) if len(sys.argv) < 4 else store.select(sys.argv[3])
print(f"{sys.argv[2]}: {len(table.rows):,} rows, {time.perf_counter() - wall:.2f} s wall, "
      f"{time.process_time() - cpu:.2f} s CPU")
"""
_WHO = "printf('vendor-%d-region-%d-0000%04x', i % 60, i // 60, i) as series, printf('vendor-%d region-%d', i % 60, i // 60) as target"
_VERDICTS = """
    with pairs as (
        select *, hash(series, requirement) % 100 as kind,
            (hash(series, requirement, 'moves') % 2000) + 1 as moves, hash(series, requirement, {night}) as tonight
        from series, names
    ),
    judged as (
        select *, case
            when tonight % 10000 = 0 then (kind + 50) % 100
            when {night} >= moves then (kind + 50) % 100
            else kind end as place
        from pairs
    )
    select
        md5(series || {night})[:16] as run, series, target, requirement, level,
        case when tonight % 50 = 1 then 'inconclusive' when place < 6 then 'fail' when place < 16 then 'warn'
            when place < 20 then 'unsupported' else 'pass' end as outcome,
        case when tonight % 50 = 1 then 'model-nondeterminism' end as reason,
        case when tonight % 50 <> 1 and place < 16 then 'cause-' || hash(requirement) % 60 end as cause
    from judged
"""


def simulate(layout: StoreLayout, targets: int, requirements: int, nights: int) -> None:
    """Write the tables of all nights."""
    make_store(layout)
    with connected() as connection:
        connection.execute("set threads = 2")
        connection.execute(f"create table series as select {_WHO}, i from range({targets}) r(i)")
        connection.execute(
            "create table names as select printf('area%d.part.requirement-%d', i % 21, i) as requirement, "
            f"case when i % 3 = 0 then 'SHOULD' else 'MUST' end as level from range({requirements}) r(i)"
        )
        for night in range(nights):
            day = FIRST + timedelta(night)
            connection.execute(f"create or replace temp table tonight as {_VERDICTS.format(night=night)}")
            for name, select in _tables(day).items():
                ordered = f"select {', '.join(DATED[name])} from ({select}) order by {ORDER[name]}"
                write_parquet(connection, ordered, layout.part(name, day.isoformat()))
        columns = ", ".join(REQUIREMENTS)
        write_parquet(
            connection,
            f"select {columns} from (select requirement, 'openai' as contract, requirement[:6] as area, "
            "'capability ' || hash(requirement) % 60 as capability, 'A sentence.' as statement from names)",
            layout.requirements,
        )


def _tables(day: date) -> dict[str, str]:
    """Return for each table the query that makes the rows of one night."""
    counts = ", ".join(
        f"count(*) filter (outcome = '{outcome}')::integer as {name}"
        for name, outcome in (
            ("passed", "pass"),
            ("warned", "warn"),
            ("broken", "fail"),
            ("not_offered", "unsupported"),
            ("not_judged", "inconclusive"),
        )
    )
    return {
        "verdicts": "select * from tonight",
        "causes": "select run, series, target, cause, 'The target ignores ' || cause as title, max(level) as level, "
        "max(outcome) as outcome, count(*)::integer as requirements, 2 as exchanges, false as silently_ignored, "
        "0 as clients from tonight where cause is not null group by run, series, target, cause",
        "service": "select run, series, target, figure, (hash(run, figure) % 1000000) / 1000.0 as value "
        "from (select distinct run, series, target from tonight), "
        "(select 'figure ' || i as figure from range(24) f(i))",
        "runs": f"select run, series, target, '' as region, '' as labels, 'model-' || hash(target) % 7 as model, 'openai' as profile, "
        f"'https://' || series || '/v1' as url, 'engine 1.0' as product, '{day} 02:00:00'::timestamp as started, "
        f"'0.11.0' as suite, 'standard' as depth, true as complete, 1 as exit_code, {counts}, 40 as causes, "
        "'40 causes break 54 requirements.' as sentence, '54 broken' as badge, 'red' as badge_colour from tonight group by run, series, target",
    }


def main() -> None:
    """Simulate, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--targets", type=int, default=300)
    parser.add_argument("--requirements", type=int, default=900)
    parser.add_argument("--nights", type=int, default=365)
    asked = parser.parse_args()
    layout = StoreLayout(asked.folder)
    if not layout.mark.exists():
        simulate(layout, asked.targets, asked.requirements, asked.nights)
    cpu = time.process_time()
    with connected() as connection:
        connection.execute("set threads = 2")
        make_views(connection, layout)
        update_periods(connection, layout)
    sys.stdout.write(f"periods of all nights: {time.process_time() - cpu:.1f} s CPU\n")
    for path in sorted(layout.tables.iterdir()):
        files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
        size = sum(each.stat().st_size for each in files) / 1e6
        sys.stdout.write(f"{path.name}: {len(files)} files, {size:,.1f} MB\n")
    whole = "select outcome, count(*) from verdicts group by outcome"
    for name in (*REPORTS, "every verdict by outcome"):
        words = [sys.executable, "-c", _ASK, str(asked.folder), name, *([] if name in REPORTS else [whole])]
        sys.stdout.flush()
        subprocess.run(words, check=True)  # noqa: S603 - the code above


if __name__ == "__main__":
    main()

"""The named reports of a store, and the views that they use, as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SERIES = """
create view series as
select series, any_value(target) as target, any_value(region) as region, any_value(model) as model
from runs group by series
"""
"""The view `series`: target, region and model of each series. The view reads little, so that others can use it."""

CHANGES = """
create view changes as
with confirmed as (
    select * from periods where audits >= 2 or number = 1
),
compared as (
    select *, lag(outcome) over w as before, lag(last_suite) over w as suite_before
    from confirmed window w as (partition by series, requirement order by number)
)
select
    c.since::date as date, series, t.target, t.model, requirement, level, before, outcome as after, cause, since,
    c.run,
    case
        when outcome in ('fail', 'warn') and before not in ('fail', 'warn') then 'broke'
        when before in ('fail', 'warn') and outcome not in ('fail', 'warn') then 'mended'
        when outcome = 'fail' then 'broke'
        when before = 'fail' then 'mended'
        else 'changed'
    end as change,
    case when suite_before <> first_suite then suite_before || ' → ' || first_suite end as suite_change
from compared c join series t using (series) where before <> outcome
"""
"""The view `changes`: each change of an outcome that a second audit confirmed.

The first outcome of a requirement needs no second audit, because it is no change. A period with only one audit is left
out: the outcome before it and the outcome after it are compared instead.
"""

STATES = """
create view states as
with confirmed as (
    select * from periods where audits >= 2 or number = 1
),
latest as (
    select * from confirmed qualify number = max(number) over (partition by series, requirement)
),
moved as (
    select series, requirement, max(since) as since from changes group by series, requirement
),
first as (
    select series, requirement, since from periods where number = 1
)
select
    l.series, t.target, t.model, l.requirement, l.level, l.outcome, l.cause, l.run, coalesce(m.since, f.since) as since, l.until,
    m.since is not null as changed
from latest l
join series t using (series)
join first f using (series, requirement)
left join moved m using (series, requirement)
"""
"""The view `states`: the outcome of each requirement for each series, without changes that no second audit confirmed.

`since` is the audit that first showed this outcome, and `until` the last audit that showed it.
"""

PENDING = """
create view pending as
select p.series, s.target, s.model, p.requirement, p.level, s.outcome as before, p.outcome as after, p.cause, p.since, p.run
from (select * from periods qualify number = max(number) over (partition by series, requirement)) p
join states s using (series, requirement)
where p.outcome <> s.outcome
"""
"""The view `pending`: changes that only the latest audit showed, so that a second audit must confirm them."""

TARGETS = """
create view targets as
select * exclude (place, named) from (
    select *, row_number() over (partition by series order by started desc, run desc) as place,
        count(*) over (partition by series) as audits,
        max(model) over (partition by target, region, profile, depth) as named
    from runs
) where place = 1 and (model <> '' or named = '')
"""
"""The view `targets`: the latest run of each series, and the number of its runs.

A run whose target could not be reached has no model if the user named none. Such runs are no target of their own if the
model is known from other runs.
"""


@dataclass(frozen=True, slots=True)
class NamedReport:
    """A named report: a question about a store that users ask often.

    `sql` may contain `$since`, the date from which audits count.
    """

    about: str
    sql: str


REPORTS: Mapping[str, NamedReport] = {
    "regressions": NamedReport(
        "requirements that broke since a date, if a second audit confirmed it",
        """
        select date, target, model, requirement, level, before, after, cause, suite_change
        from changes where change = 'broke' and date >= $since
        order by level <> 'MUST', date desc, target, model, requirement
        """,
    ),
    "flakiest": NamedReport(
        "requirements whose outcome changed for one audit only, the most frequent ones first",
        """
        select
            requirement, any_value(level) as level,
            count(*) filter (audits = 1 and number > 1 and number < last) as single,
            count(distinct series) filter (audits = 1 and number > 1 and number < last) as targets,
            sum(audits)::bigint as audits
        from (select *, max(number) over (partition by series, requirement) as last from periods where until >= $since)
        group by requirement having single > 0 order by single desc, requirement
        """,
    ),
    "capabilities": NamedReport(
        "targets by capability: the number of requirements with each state",
        """
        select
            coalesce(r.capability, 'not in the registry') as capability, s.target, s.model,
            count(*) filter (s.outcome in ('pass', 'warn')) as passes,
            count(*) filter (s.outcome = 'warn') as warned,
            count(*) filter (s.outcome = 'fail') as breaks,
            count(*) filter (s.outcome = 'unsupported') as not_offered
        from states s left join requirements r using (requirement)
        where s.until >= $since and s.outcome <> 'not-applicable'
        group by all order by capability, breaks desc, s.target, s.model
        """,
    ),
}

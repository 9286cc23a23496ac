"""The data that the pages of the site show, read once from a store."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from conformance.store.ask import OpenStore
from conformance.store.history import BrokenRequirement, OutcomeChange, SeriesHistory, read_history
from conformance.store.layout import slug

OTHER = "Other"
"""The group of requirements that the installed suite does not know."""
_BADGES = """
    select r.series, arg_max([r.badge, r.badge_colour], (r.started, r.run))
    from runs r left join (
        select series, min(since) as first from pending where 'fail' in (before, after) group by series
    ) p using (series)
    where p.first is null or r.started < p.first
    group by r.series
"""
_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,120}")


@dataclass(frozen=True, slots=True)
class GroupCount:
    """The number of requirements of one group that a target breaks, and the number that was judged."""

    group: str
    broken: int
    judged: int


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """One target with one model: its latest audit, its counts by group, and its history.

    `broken` is the number of violated MUSTs; a change of an outcome counts only after a second audit confirmed it.
    `titles` maps the key of each cause to its title. `badge` is the message of the latest badge that no pending change
    contradicts, and `badge_colour` its colour.
    """

    series: str
    target: str
    region: str
    model: str
    url: str
    product: str
    profile: str
    suite: str
    depth: str
    run: str
    day: date
    sentence: str
    badge: str
    badge_colour: str
    counts: tuple[GroupCount, ...]
    history: SeriesHistory
    titles: Mapping[str, str]

    @property
    def variant(self) -> str:
        """The region, the model and the depth of the audits as one text.

        The text leaves out facts that are unknown, and the depth if it is the default.
        """
        return self.history.variant

    @property
    def broken(self) -> tuple[BrokenRequirement, ...]:
        """The MUSTs that the target violates."""
        return tuple(each for each in self.history.broken if each.outcome == "fail")

    @property
    def judged(self) -> bool:
        """Whether at least one audit of the target judged at least one requirement."""
        return any(count.judged for count in self.counts)

    @property
    def changes(self) -> tuple[OutcomeChange, ...]:
        """All confirmed changes, the latest first."""
        found = [change for each in self.history.changes.values() for change in each]
        return tuple(sorted(found, key=lambda each: (-each.day.toordinal(), each.requirement)))

    @property
    def last_change(self) -> date | None:
        """The date of the latest confirmed change."""
        return max((change.day for change in self.changes), default=None)


@dataclass(frozen=True, slots=True)
class RequirementSummary:
    """One requirement: the targets that break it, and the confirmed changes of all targets.

    `page` is the name of the requirement's page. `breakers` has the series of each target that breaks the requirement,
    and the date on which the target began to break it. `states` counts the targets by outcome.
    """

    requirement: str
    page: str
    level: str
    group: str
    area: str
    statement: str
    breakers: tuple[tuple[str, BrokenRequirement], ...]
    states: Mapping[str, int]
    changes: tuple[tuple[str, OutcomeChange], ...]


@dataclass(frozen=True, slots=True)
class SiteModel:
    """The data of all pages of a site. `day` is the date of the latest audit in the store."""

    targets: tuple[TargetSummary, ...]
    requirements: tuple[RequirementSummary, ...]
    groups: tuple[str, ...]
    day: date | None


def group_of(area: str, titles: Mapping[str, str]) -> str:
    """Return the group of an area: the words before the colon in the title of the area."""
    return titles.get(area, OTHER).partition(":")[0]


def page_of(requirement: str) -> str:
    """Return the name of a requirement's page, which is a safe file name."""
    if _SAFE.fullmatch(requirement) and ".." not in requirement:
        return requirement
    return f"{slug(requirement)}-{hashlib.sha256(requirement.encode('utf-8', 'replace')).hexdigest()[:8]}"


def read_site(store: OpenStore, areas: Mapping[str, str]) -> SiteModel:
    """Read the data of all pages of the site from the store.

    `areas` maps each area to its title, which begins with the name of the area's group.
    """
    known = {row["requirement"]: row for row in store.select("select * from requirements").records}
    states = store.select("select series, requirement, level, outcome from states order by requirement, series").rows
    group = {name: group_of(known[name]["area"] if name in known else "", areas) for _, name, _, _ in states}
    order = list(dict.fromkeys(group_of(area, areas) for area in (*areas, "")))
    groups = tuple(each for each in order if each in set(group.values()))
    histories = {each.series: each for each in read_history(store)}
    titles = _titles(store)
    counts = _counts(((series, group[name], outcome) for series, name, _, outcome in states), groups)
    badges = dict(store.select(_BADGES).rows)
    targets = tuple(
        _target(row, counts[row["series"]], histories[row["series"]], titles[row["series"]], badges)
        for row in store.select("select * from targets order by target, model, series").records
    )
    levels = {name: level for _, name, level, _ in states}
    return SiteModel(
        targets,
        tuple(_requirements(targets, known, states, group, levels)),
        groups,
        max((each.day for each in targets), default=None),
    )


def _titles(store: OpenStore) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for series, cause, title in store.select(
        "select series, cause, arg_max(title, (date, run)) from causes group by series, cause"
    ).rows:
        found[series][cause] = title
    return found


def _counts(states: Iterable[tuple[str, str, str]], groups: Iterable[str]) -> Mapping[str, tuple[GroupCount, ...]]:
    broken: Counter[tuple[str, str]] = Counter()
    judged: Counter[tuple[str, str]] = Counter()
    series_names = set()
    for series, group, outcome in states:
        series_names.add(series)
        judged[series, group] += outcome in ("pass", "warn", "fail")
        broken[series, group] += outcome == "fail"
    found = {
        series: tuple(GroupCount(each, broken[series, each], judged[series, each]) for each in groups)
        for series in series_names
    }
    return defaultdict(lambda: tuple(GroupCount(each, 0, 0) for each in groups), found)


def _target(
    row: Mapping[str, Any],
    counts: tuple[GroupCount, ...],
    history: SeriesHistory,
    titles: Mapping[str, str],
    badges: Mapping[str, list[str]],
) -> TargetSummary:
    badge, colour = badges.get(row["series"], [row["badge"], row["badge_colour"]])
    same = {
        name: row[name]
        for name in ("series", "target", "region", "model", "url", "product", "profile", "suite", "depth", "run")
    }
    return TargetSummary(
        **same,
        day=row["date"],
        sentence=row["sentence"],
        badge=badge,
        badge_colour=colour,
        counts=counts,
        history=history,
        titles=titles,
    )


def _requirements(
    targets: Iterable[TargetSummary],
    known: Mapping[str, Mapping[str, Any]],
    states: Iterable[tuple[str, str, str, str]],
    group: Mapping[str, str],
    levels: Mapping[str, str],
) -> Iterator[RequirementSummary]:
    breakers: dict[str, list[tuple[str, BrokenRequirement]]] = defaultdict(list)
    changes: dict[str, list[tuple[str, OutcomeChange]]] = defaultdict(list)
    for target in targets:
        for each in target.broken:
            breakers[each.requirement].append((target.series, each))
        for name, changed in target.history.changes.items():
            changes[name] += [(target.series, change) for change in changed]
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for _, name, _, outcome in states:
        counted[name][outcome] += 1
    order = [*(name for name in known if name in group), *(name for name in group if name not in known)]
    for name in order:
        row = known.get(name, {"area": "", "statement": ""})
        yield RequirementSummary(
            name,
            page_of(name),
            levels[name],
            group[name],
            row["area"],
            row["statement"],
            tuple(sorted(breakers[name], key=lambda each: (-each[1].since.toordinal(), each[0]))),
            counted[name],
            tuple(sorted(changes[name], key=lambda each: (-each[1].day.toordinal(), each[0]))),
        )

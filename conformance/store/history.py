"""Reads the history of each target from a store: when requirements broke, and when they were mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from conformance.store.ask import BEGINNING, OpenStore

DEFAULT_DEPTH = "quick"
"""The depth of an audit if the user chose none."""
BROKEN = ("fail", "warn")
"""The outcomes of a requirement that the target does not follow: a MUST that fails, or a SHOULD with a warning."""


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """A confirmed change of one requirement.

    `change` is `broke`, `mended` or `changed`. `day` is the date of the audit that first showed the new outcome.
    `suite_change` names both versions of the suite if they differ before and after the change; otherwise it is "".
    """

    requirement: str
    level: str
    day: date
    change: str
    before: str
    after: str
    cause: str = ""
    suite_change: str = ""


@dataclass(frozen=True, slots=True)
class BrokenRequirement:
    """A requirement that a target currently breaks.

    `always` is true if no audit before `since` found another outcome of the requirement.
    """

    requirement: str
    level: str
    outcome: str
    since: date
    always: bool
    cause: str = ""


@dataclass(frozen=True, slots=True)
class NightlyCount:
    """The number of broken requirements that one audit found; audits that judged nothing have no `NightlyCount`."""

    day: date
    broken: int


@dataclass(frozen=True, slots=True)
class SeriesHistory:
    """The history of one target with one model.

    `nights` has the counts of all audits that judged something, the oldest first. `audits` is the number of all audits,
    `latest` the date of the latest one, and `judged` is false if the latest audit judged nothing. `changes` has the
    confirmed changes of each requirement. `pending` has the changes that only the latest audit showed; they are not in
    `changes`.
    """

    series: str
    target: str
    model: str
    audits: int
    latest: date
    judged: bool
    nights: tuple[NightlyCount, ...]
    changes: Mapping[str, tuple[OutcomeChange, ...]]
    broken: tuple[BrokenRequirement, ...]
    pending: tuple[OutcomeChange, ...]
    region: str = ""
    depth: str = ""

    @property
    def variant(self) -> str:
        """The region, the model and the depth of the audits as one text.

        The text omits a region or model that is unknown, and a depth that is the default.
        """
        return " · ".join(filter(None, (self.region, self.model, "" if self.depth == DEFAULT_DEPTH else self.depth)))

    @property
    def always_broken(self) -> tuple[BrokenRequirement, ...]:
        """The requirements that every audit found broken, and that therefore have no change."""
        return tuple(each for each in self.broken if each.always and each.outcome == "fail")


def read_history(
    store: OpenStore, *, target: str = "", requirement: str = "", since: date = BEGINNING
) -> tuple[SeriesHistory, ...]:
    """Return the history of each series, in the order of targets and models.

    Only the target with the name `target` is read; "" reads all targets. `requirement` is an id, or the beginning of
    ids up to a dot. Changes before `since` are left out.
    """
    values = {"target": target, "id": requirement, "below": f"{requirement}."}
    known = store.select(
        "select series, target, model, audits, date, passed + warned + broken > 0, region, depth from targets "
        "where $target in ('', target) order by target, model, series",
        {"target": target},
    ).rows
    chosen = "$target in ('', target) and ($id = '' or requirement = $id or starts_with(requirement, $below))"
    changes = _grouped(
        store.select(
            f"select * from changes where {chosen} and date >= $since::date order by level <> 'MUST', requirement, since",
            {**values, "since": since.isoformat()},
        ).records
    )
    broken = _grouped(
        store.select(
            f"select * from states where {chosen} and outcome in ('fail', 'warn') "
            "order by outcome, level <> 'MUST', since desc, requirement",
            values,
        ).records
    )
    pending = _grouped(store.select(f"select * from pending where {chosen} order by requirement", values).records)
    nights = _grouped(
        store.select(
            "select series, date, broken from runs where passed + warned + broken > 0 order by started, run"
        ).records
    )
    return tuple(
        SeriesHistory(
            series,
            name,
            model,
            audits,
            latest,
            judged,
            tuple(NightlyCount(row["date"], row["broken"]) for row in nights[series]),
            _by_requirement(_change(row) for row in changes[series]),
            tuple(_broken(row) for row in broken[series]),
            tuple(_change({**row, "date": row["since"].date()}) for row in pending[series]),
            region,
            depth,
        )
        for series, name, model, audits, latest, judged, region, depth in known
    )


def change_of(before: str, after: str) -> str:
    """Return `broke`, `mended` or `changed` for a change between two outcomes, like the view `changes`."""
    if (after in BROKEN) != (before in BROKEN):
        return "broke" if after in BROKEN else "mended"
    return "broke" if after == "fail" else "mended" if before == "fail" else "changed"


def _grouped(records: Iterable[dict[str, Any]]) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in records:
        found[each["series"]].append(each)
    return found


def _by_requirement(changes: Iterable[OutcomeChange]) -> dict[str, tuple[OutcomeChange, ...]]:
    found: dict[str, tuple[OutcomeChange, ...]] = {}
    for each in changes:
        found[each.requirement] = (*found.get(each.requirement, ()), each)
    return found


def _change(row: Mapping[str, Any]) -> OutcomeChange:
    return OutcomeChange(
        row["requirement"],
        row["level"],
        row["date"],
        row.get("change") or change_of(row["before"], row["after"]),
        row["before"],
        row["after"],
        row["cause"] or "",
        row.get("suite_change") or "",
    )


def _broken(row: Mapping[str, Any]) -> BrokenRequirement:
    return BrokenRequirement(
        row["requirement"], row["level"], row["outcome"], row["since"].date(), not row["changed"], row["cause"] or ""
    )

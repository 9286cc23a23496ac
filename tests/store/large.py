"""The data of a site with many targets, made without audits."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from conformance.contract import load_registry
from conformance.contract.areas import load_areas
from conformance.site.model import OTHER, GroupCount, RequirementSummary, SiteModel, TargetSummary, group_of
from conformance.store.history import BrokenRequirement, NightlyCount, OutcomeChange, SeriesHistory

DAY = date(2026, 12, 1)


def large_site(targets: int = 300, nights: int = 365, requirements: int = 900) -> SiteModel:
    """Every target breaks about 40 requirements, and had some changes in the last year."""
    areas = load_areas()
    known = [each for each in load_registry().values() if each.excluded is None][:requirements]
    groups = (*dict.fromkeys(group_of(area, areas) for area in areas), OTHER)
    group = {each.id: group_of(each.area, areas) for each in known}
    found = [_target(number, nights, [each.id for each in known], groups, group) for number in range(targets)]
    pages = [
        RequirementSummary(
            each.id,
            each.id,
            str(each.level),
            group[each.id],
            each.area,
            each.statement,
            tuple((t.series, b) for t in found for b in t.broken if b.requirement == each.id),
            Counter(fail=3, **{"pass": targets - 3}),
            tuple((t.series, c) for t in found for c in t.history.changes.get(each.id, ())),
        )
        for each in known
    ]
    return SiteModel(tuple(found), tuple(pages), groups, DAY)


def _target(
    number: int, nights: int, names: list[str], groups: tuple[str, ...], group: dict[str, str]
) -> TargetSummary:
    series = f"inference-vendor-{number % 60}-region-{number // 60}-{number:08x}"
    broken = [
        BrokenRequirement(name, "MUST", "fail", DAY - timedelta(number % 90), number % 3 == 0, f"cause-{place % 7}")
        for place, name in enumerate(names)
        if (place * 31 + number * 17) % 23 == 0
    ]
    counts = Counter(group[each.requirement] for each in broken)
    changes = {
        name: (
            OutcomeChange(name, "MUST", DAY - timedelta(200), "broke", "pass", "fail", "cause-1"),
            OutcomeChange(name, "MUST", DAY - timedelta(90 + number % 60), "mended", "fail", "pass"),
        )
        for place, name in enumerate(names)
        if (place + number * 7) % 61 == 0
    }
    pending = (OutcomeChange(names[number % 50], "MUST", DAY, "broke", "pass", "fail"),) if number % 5 == 0 else ()
    counted = tuple(
        NightlyCount(DAY - timedelta(nights - 1 - night), len(broken) + (night * (number + 3)) % 9)
        for night in range(nights)
    )
    name, model = f"Inference Vendor {number % 60}, region {number // 60}", f"llama-3.{number % 7}-70b-instruct"
    return TargetSummary(
        series,
        name,
        "eu-west" if number % 4 == 0 else "",
        model,
        f"https://api.vendor-{number % 60}.example/v1",
        "engine 1.2.3",
        "openai",
        "0.11.0",
        "quick",
        f"{number:016x}",
        DAY,
        f"The target breaks {len(broken)} of 612 judged requirements.",
        f"{len(broken)} broken · 2026-12-01",
        "red",
        tuple(GroupCount(each, counts[each], 40 if each != groups[-1] else 0) for each in groups),
        SeriesHistory(
            series,
            name,
            model,
            nights,
            DAY,
            True,
            counted,
            changes,
            tuple(broken),
            pending,
            "eu-west" if number % 4 == 0 else "",
            "quick",
        ),
        {f"cause-{place}": f"The parameter `p{place}` is silently ignored." for place in range(7)},
    )

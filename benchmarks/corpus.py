"""Writes the measured tables of docs/corpus.md: what the invariants say of recorded traffic.

    CONFORMANCE_SHARED=<folder with corpus/> python -m benchmarks.corpus

Judges `corpus/openai.jsonl.gz` and, vendor by vendor, `corpus/vendors.jsonl.gz`, and replaces what stands below the mark
in docs/corpus.md. The text above it is written by hand.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from conformance.checks.invariants import all_invariants
from conformance.contract import Registry, load_registry
from conformance.judging.tally import Judging, Tally
from conformance.recordings import Found, Rule, Skipped, read_recording

MARK = "<!-- Below this line: benchmarks/corpus.py -->"
PAGE = Path(__file__).parent.parent / "docs" / "corpus.md"


def vendors_of(file: Path) -> Iterator[str]:
    """The vendor of each line."""
    with gzip.open(file) as lines:
        for line in lines:
            yield json.loads(line)["vendor"]


def judge(file: Path, registry: Registry) -> tuple[dict[str, Judging], Counter[str], Counter[Rule], Counter[str]]:
    """The judging of each vendor, how many exchanges each has, and what was lost and set aside."""
    names = {name for name in all_invariants() if name in registry and registry[name].contract == "openai"}
    by_vendor: dict[str, Judging] = {}
    exchanges: Counter[str] = Counter()
    lost: Counter[Rule] = Counter()
    skipped: Counter[str] = Counter()
    for vendor, item in zip(vendors_of(file), read_recording(file), strict=True):
        if isinstance(item, Skipped):
            skipped[item.reason] += 1
        elif isinstance(item, Found):
            exchanges[vendor] += 1
            lost.update(item.rules)
            by_vendor.setdefault(vendor, Judging(registry, names)).add(item.exchange)
    return by_vendor, exchanges, lost, skipped


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def tallies(judging: Judging) -> list[Tally]:
    """The tallies that saw anything, by requirement."""
    return sorted((tally for tally in judging.tallies.values() if tally.seen), key=lambda tally: tally.requirement)


def main() -> None:
    """Judge and write."""
    shared = os.environ.get("CONFORMANCE_SHARED")
    if not shared:
        sys.exit("set CONFORMANCE_SHARED to the folder that holds corpus/")
    corpus = Path(shared) / "corpus"
    registry = load_registry()
    openai, seen, lost, skipped = judge(corpus / "openai.jsonl.gz", registry)
    vendors, counts, vendors_lost, vendors_skipped = judge(corpus / "vendors.jsonl.gz", registry)
    parts = [
        MARK,
        f"## OpenAI: {sum(seen.values())} exchanges judged",
        table(
            ("requirement", "level", "exchanges judged", "violated"),
            [(t.requirement, t.level, t.seen, t.broken) for t in tallies(openai["openai"])],
        ),
        f"## Vendors: {sum(counts.values())} exchanges judged",
        "For each vendor, the tables count the recorded exchanges that violate a requirement."
        " `4/23` means that 4 of 23 judged exchanges violate the requirement.",
        table(
            ("vendor", "exchanges", "MUST violated", "SHOULD and MAY violated"),
            [
                (vendor, counts[vendor], broken(vendors[vendor], "MUST"), broken(vendors[vendor], ""))
                for vendor in sorted(vendors)
            ],
        ),
        "## By requirement",
        table(
            ("requirement", "level", "vendors", "violated by"),
            [
                (name, registry[name].level, len(found), ", ".join(f"{v} {t.broken}/{t.seen}" for v, t in found))
                for name, found in by_requirement(vendors)
            ],
        ),
        "## Facts lost by the recordings",
        table(
            ("rule", "fact", "OpenAI", "vendors", "reason"),
            [
                (rule.name, rule.fact, lost[rule], vendors_lost[rule], rule.reason)
                for rule in sorted({*lost, *vendors_lost}, key=lambda r: r.name)
            ],
        ),
        "\n".join(
            f"{count} recorded exchanges were not judged ({reason})."
            for reason, count in sorted((skipped + vendors_skipped).items())
        ),
    ]
    above = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(above + "\n\n".join(parts) + "\n", encoding="utf-8")


def broken(judging: Judging, level: str) -> str:
    """What a vendor broke, of a level ("" for all but MUST)."""
    found = [t for t in tallies(judging) if t.broken and (t.level == level if level else t.level != "MUST")]
    return ", ".join(f"{t.requirement} {t.broken}/{t.seen}" for t in found) or "nothing"


def by_requirement(vendors: dict[str, Judging]) -> list[tuple[str, list[tuple[str, Tally]]]]:
    """Each broken requirement with the vendors that broke it, most often broken first."""
    names = sorted({t.requirement for judging in vendors.values() for t in tallies(judging) if t.broken})
    rows = [
        (name, [(v, vendors[v].tallies[name]) for v in sorted(vendors) if vendors[v].tallies[name].broken])
        for name in names
    ]
    return sorted(rows, key=lambda row: -len(row[1]))


if __name__ == "__main__":
    main()

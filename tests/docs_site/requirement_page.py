"""The page of one requirement, and the list of all requirements: Markdown, from data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.contract import Registry, Requirement
from conformance.reference.mutants import Mutant
from tests.proof.defects.rows import Defect


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says besides the requirement itself: its check, its probes, its mutants and the known defects."""

    check: str
    probes: Sequence[str]
    mutants: Sequence[Mutant]
    defects: Sequence[Defect]


def requirement_page(requirement: Requirement, facts: Facts) -> str:
    """Return the page of a requirement."""
    lines = [
        f"# {requirement.id}",
        "",
        f"**{requirement.level}** · contract `{requirement.contract}` · area {_area_link(requirement)}",
        "",
        requirement.statement,
        "",
        "## Why it matters",
        "",
        requirement.impact,
        "",
        "## How to fix it",
        "",
        requirement.fix,
        "",
        "## Source",
        "",
        f"{_linked(requirement.source)} (basis: {requirement.basis})",
        "",
        "## How it is tested",
        "",
        *_tested(requirement, facts),
    ]
    if facts.mutants:
        lines += [
            "",
            "## What proves the check",
            "",
            "The check fails for these mutants of the reference endpoint:",
            "",
        ]
        lines += [f"- `{each.name}`: {first_sentence(each.summary)}" for each in facts.mutants]
    if facts.defects:
        lines += ["", "## Known servers with this fault", ""]
        lines += [f"- [{each.summary}]({each.source})" for each in facts.defects]
    return "\n".join(lines) + "\n"


def _tested(requirement: Requirement, facts: Facts) -> Iterator[str]:
    if requirement.excluded:
        yield f"This requirement has no check: {requirement.excluded}"
        return
    yield f"- check: `{facts.check}`"
    if facts.probes:
        yield f"- probes: {', '.join(f'`{each}`' for each in facts.probes)}"
    if requirement.feature:
        yield f"- optional feature: `{requirement.feature}`. A target that rejects this feature with a 4xx is not failed."
    if requirement.model != "none":
        yield f"- dependence on model quality: {requirement.model}"
    yield f"- run it alone: `conformance run URL --only {requirement.id}`"


def index_page(registry: Registry) -> str:
    """Return the list of all requirements by area. A list fits a narrow window, and a table with three columns does not."""
    lines = ["# Requirements", "", f"The suite has {len(registry)} requirements. Each requirement has a page.", ""]
    areas = dict.fromkeys((requirement.contract, requirement.area) for requirement in registry.values())
    for contract, area in areas:
        lines += [f"## {contract}: {area}", ""]
        lines += [
            f"- [{each.id}]({each.id}.md) ({each.level}): {each.statement}"
            for each in registry.values()
            if (each.contract, each.area) == (contract, area)
        ]
        lines.append("")
    return "\n".join(lines)


def _area_link(requirement: Requirement) -> str:
    """Return a link to the requirements of the same area."""
    anchor = re.sub(r"[^\w -]", "", f"{requirement.contract}: {requirement.area}".lower()).replace(" ", "-")
    return f"[`{requirement.area}`](index.md#{anchor})"


def first_sentence(text: str) -> str:
    """Return a text up to its first full stop."""
    end = text.find(". ")
    return " ".join((text if end < 0 else text[: end + 1]).split())


def _linked(source: str) -> str:
    """Turn a source that is a URL into a link."""
    return f"[{source}]({source})" if source.startswith("https://") and " " not in source else source


def mutants_of(requirement: str, mutants: Mapping[str, Mutant]) -> list[Mutant]:
    """Return the mutants that break a requirement, by name."""
    return [mutants[name] for name in sorted(mutants) if requirement in mutants[name].breaks]


def defects_of(requirement: str, defects: Iterable[Defect]) -> list[Defect]:
    """Return the defects of real servers that a requirement sees."""
    return [each for each in defects if requirement in each.requirements]

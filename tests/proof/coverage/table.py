"""The published table of coverage: Markdown, out of the registry, the mutants and the list of features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from conformance.contract import Registry, Requirement
from conformance.reference.mutants import Mutant
from conformance.verdict import Level

from .features import Feature
from .promises import Promise, cell, named, section

LEVELS = tuple(Level)
BASES = ("schema", "docs", "sdk", "observed")


def table(
    registry: Registry, mutants: Mapping[str, Mutant], features: Sequence[Feature], promises: list[Promise]
) -> str:
    """The whole page."""
    requirements = list(registry.values())
    judged = [requirement for requirement in requirements if not requirement.excluded]
    areas = dict.fromkeys((requirement.contract, requirement.area) for requirement in requirements)
    lines = [
        "# Coverage",
        "",
        "This page lists what the suite tests, by area and by promise of a vendor's documentation.",
        "Every requirement that requests can test has exactly one check. Each check fails",
        "for at least one mutant of the reference endpoint. `python -m tests.proof.coverage --write docs/coverage.md` writes this page, and",
        "a test fails if the page is out of date.",
        "",
        f"The suite has {len(requirements)} requirements, {len(judged)} of them with a check, and {len(mutants)} mutants.",
        "",
        "## Areas",
        "",
        "For each area, the table counts the requirements by level (MUST, SHOULD, MAY) and by basis (their source).",
        "The basis of a requirement is OpenAI's schema",
        "(`schema`), OpenAI's documentation (`docs`), the behaviour of the official client (`sdk`), or recorded traffic",
        "(`observed`). The columns `model: low` and `model: high` count requirements whose verdict depends on model quality.",
        "",
        f"| contract | area | requirements | {' | '.join(LEVELS)} | {' | '.join(BASES)} | model: low | model: high | mutants |",
        f"|---|---|{'--:|' * (len(LEVELS) + len(BASES) + 4)}",
        *(_row(*area, requirements, mutants) for area in areas),
        _row("all", "", requirements, mutants),
        "",
        "## What other suites check",
        "",
        "This table lists every feature that users request, or that at least one of about twenty other suites checks. For each",
        "feature, the table names the requirements of this suite, or the reason why this suite has no requirement.",
        "",
        "| feature | requirements |",
        "|---|---|",
        *(f"| {feature.name} | {_named(feature, registry)} |" for feature in features),
        *section(promises, registry),
    ]
    return "\n".join(lines) + "\n"


def _row(contract: str, area: str, requirements: Iterable[Requirement], mutants: Mapping[str, Mutant]) -> str:
    own = [r for r in requirements if not area or (r.contract, r.area) == (contract, area)]
    ids = {requirement.id for requirement in own}
    levels, bases = Counter(r.level for r in own), Counter(str(r.basis) for r in own)
    quality = Counter(str(r.model) for r in own)
    numbers = [
        len(own),
        *(levels[level] for level in LEVELS),
        *(bases[basis] for basis in BASES),
        quality["low"],
        quality["high"],
        sum(bool(ids & mutant.breaks) for mutant in mutants.values()),
    ]
    return f"| {contract} | {area} | {' | '.join(str(number or '') for number in numbers)} |"


def _named(feature: Feature, registry: Registry) -> str:
    if feature.reason:
        return f"none: {feature.reason}"
    return cell(tuple(sorted(named(feature.requirements, registry))), registry)

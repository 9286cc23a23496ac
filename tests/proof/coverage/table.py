"""The published table of coverage: Markdown, out of the registry, the mutants and the list of features. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from conformance.contract import Registry, Requirement
from conformance.reference.mutants import Mutant
from conformance.verdict import Level

from .features import Feature

LEVELS = tuple(Level)
BASES = ("schema", "docs", "sdk", "observed")


def table(registry: Registry, mutants: Mapping[str, Mutant], features: Sequence[Feature]) -> str:
    """The whole page."""
    requirements = list(registry.values())
    judged = [requirement for requirement in requirements if not requirement.excluded]
    areas = dict.fromkeys((requirement.contract, requirement.area) for requirement in requirements)
    lines = [
        "# Coverage",
        "",
        "What the suite looks at. Every requirement that can be seen from outside has exactly one check, and at least one",
        "mutant of the reference endpoint that fails it. Made by `python -m tests.proof.coverage --write docs/coverage.md`;",
        "a test holds that it is current.",
        "",
        f"{len(requirements)} requirements, {len(judged)} of them with a check; {len(mutants)} mutants.",
        "",
        "## Areas",
        "",
        "Requirements by level and by what they rest on: OpenAI's schema, its documents, what the official client does",
        "with the bytes, or recorded traffic. *wit*: how many rest on what the model says, a little or much.",
        "",
        f"| contract | area | requirements | {' | '.join(LEVELS)} | {' | '.join(BASES)} | wit: low | high | mutants |",
        f"|---|---|{'--:|' * (len(LEVELS) + len(BASES) + 4)}",
        *(_row(*area, requirements, mutants) for area in areas),
        _row("all", "", requirements, mutants),
        "",
        "## What other suites check",
        "",
        "Every feature that one of some twenty other suites for chat checks, and those that users ask for and none has:",
        "the requirements that look at it, or why there is none.",
        "",
        "| feature | requirements |",
        "|---|---|",
        *(f"| {feature.name} | {_named(feature, registry)} |" for feature in features),
    ]
    return "\n".join(lines) + "\n"


def _row(contract: str, area: str, requirements: Iterable[Requirement], mutants: Mapping[str, Mutant]) -> str:
    own = [r for r in requirements if not area or (r.contract, r.area) == (contract, area)]
    ids = {requirement.id for requirement in own}
    levels, bases = Counter(r.level for r in own), Counter(str(r.basis) for r in own)
    wit = Counter(str(r.model) for r in own)
    numbers = [
        len(own),
        *(levels[level] for level in LEVELS),
        *(bases[basis] for basis in BASES),
        wit["low"],
        wit["high"],
        sum(bool(ids & mutant.breaks) for mutant in mutants.values()),
    ]
    return f"| {contract} | {area} | {' | '.join(str(number or '') for number in numbers)} |"


def _named(feature: Feature, registry: Registry) -> str:
    if feature.reason:
        return f"none: {feature.reason}"
    names = sorted({name for pattern in feature.requirements for name in matching(pattern, registry)})
    shown = ", ".join(f"`{name}`" for name in names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


def matching(pattern: str, registry: Registry) -> list[str]:
    """The requirements that have this id, or, where it ends in `.*`, that begin so, and that have a check."""
    stem = pattern.removesuffix("*")
    found = [r.id for r in registry.values() if r.id == pattern or (stem != pattern and r.id.startswith(stem))]
    return [name for name in found if not registry[name].excluded]

"""The rows of `promises.yaml`: what a vendor's reference pages promise, and the requirements that test it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from conformance.contract import Registry
from conformance.reference.mutants import Mutant

FILE = Path(__file__).with_name("promises.yaml")
WITHOUT_BOUNDS = ("prose", "default", "example", "sample", "response")
"""Kinds of promises that state no limits or types besides those of the parameters."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a page.

    `effect` and `bounds` are ids of requirements, or beginnings that end in `.*`. `reason` says why one of them is empty:
    what was tried, and why requests cannot show it.
    """

    page: str
    kind: str
    text: str
    effect: tuple[str, ...]
    bounds: tuple[str, ...]
    reason: str

    @property
    def empty(self) -> bool:
        """Whether a cell of the row has neither requirements nor a reason."""
        bounded = self.bounds or self.kind in WITHOUT_BOUNDS
        return not self.reason and not (self.effect and bounded)


def load() -> list[Promise]:
    """Return the rows of the file in its order."""
    pages = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [
        Promise(
            page["page"],
            row["kind"],
            row["promise"],
            tuple(row.get("effect", ())),
            tuple(row.get("bounds", ())),
            row.get("reason", ""),
        )
        for page in pages
        for row in page["rows"]
    ]


def named(patterns: tuple[str, ...], registry: Registry) -> list[str]:
    """Return the ids of all requirements that the patterns name and that have a check. Raises `LookupError`."""
    found: dict[str, None] = {}
    for pattern in patterns:
        stem = pattern.removesuffix("*")
        ids = [r.id for r in registry.values() if r.id == pattern or (stem != pattern and r.id.startswith(stem))]
        ids = [each for each in ids if not registry[each].excluded]
        if not ids:
            raise LookupError(f"no requirement with a check is called {pattern}")
        found |= dict.fromkeys(ids)
    return list(found)


def without_mutant(promise: Promise, registry: Registry, mutants: Mapping[str, Mutant]) -> list[str]:
    """Return the requirements of a promise that no mutant breaks."""
    broken = {requirement for mutant in mutants.values() for requirement in mutant.breaks | mutant.also}
    return [each for each in named(promise.effect + promise.bounds, registry) if each not in broken]


def section(promises: list[Promise], registry: Registry) -> Iterator[str]:
    """Yield the lines of the page about the promises."""
    yield from (
        "",
        "## What Telnyx's reference pages promise",
        "",
        "Each table row is one promise that a Telnyx reference page makes.",
        "The column `kind` says what the promise is about:",
        "a parameter, a default, a bound, a form, a response, an example, a code sample or a sentence.",
        "The column `effect` names requirements that test whether the endpoint keeps the promise,",
        "and the column `bounds` names requirements that test the limits and types in the promise.",
    )
    for page in dict.fromkeys(promise.page for promise in promises):
        yield from ("", f"### {page}", "", "| kind | promise | effect | bounds |", "|---|---|---|---|")
        for promise in promises:
            if promise.page == page:
                effect = cell(promise.effect, registry) or f"none: {promise.reason}"
                yield f"| {promise.kind} | {promise.text} | {effect} | {_bounds(promise, registry)} |"


def _bounds(promise: Promise, registry: Registry) -> str:
    if promise.bounds:
        return cell(promise.bounds, registry)
    if promise.kind in WITHOUT_BOUNDS:
        return "as stated for the parameters"
    return f"none: {promise.reason}"


def cell(patterns: tuple[str, ...], registry: Registry) -> str:
    """Return the first ids of the requirements that the patterns name, and the number of the others, for a table."""
    ids = named(patterns, registry)
    shown = ", ".join(f"`{each}`" for each in ids[:6])
    return f"{shown} and {len(ids) - 6} more" if len(ids) > 6 else shown

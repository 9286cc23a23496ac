"""The register of mutants and the decorator that fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from conformance.reference.endpoint import Endpoint
from conformance.reference.mutants.also import Group, read_groups


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to be wrong. `breaks`: requirements that must fail."""

    name: str
    summary: str
    breaks: frozenset[str]
    defects: tuple[str, ...]
    source: str
    cls: type[Endpoint]

    @property
    def also(self) -> frozenset[str]:
        """Requirements that may fail, too: the entries of `also.yaml`."""
        found = (group.mutants.get(self.name, frozenset()) for group in ALSO)
        return frozenset[str]().union(*found) - self.breaks


MUTANTS: dict[str, Mutant] = {}
ALSO: list[Group] = []


def load_also(file: Path) -> None:
    """Add the groups of a file to those that are known. Raises `ValueError` as `read_groups` does."""
    ALSO.extend(read_groups(file.read_text(encoding="utf-8"), file.name))


def mutant(
    name: str, *, breaks: Iterable[str], defects: tuple[str, ...] = (), source: str = ""
) -> Callable[[type[Endpoint]], type[Endpoint]]:
    """Register a class under a name; its docstring says in one line what is wrong.

    Raises:
        ValueError: the name is taken, nothing breaks, or the docstring is missing.

    """

    def register(cls: type[Endpoint]) -> type[Endpoint]:
        summary = (cls.__doc__ or "").strip().splitlines()
        if name in MUTANTS:
            raise ValueError(f"Two mutants are called {name!r}: {MUTANTS[name].cls.__qualname__} has the name already.")
        if not summary:
            raise ValueError(f"Mutant {name!r} has no docstring: say in one line what is wrong with it.")
        if not frozenset(breaks):
            raise ValueError(f"Mutant {name!r} breaks nothing: name the requirements that must fail.")
        MUTANTS[name] = Mutant(name, summary[0], frozenset(breaks), defects, source, cls)
        return cls

    return register

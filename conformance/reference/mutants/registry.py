"""The register of mutants and the decorator that fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.reference.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way to be wrong. `breaks`: requirements that must fail; `also`: requirements that may change with them."""

    name: str
    summary: str
    breaks: frozenset[str]
    also: frozenset[str]
    defects: tuple[str, ...]
    source: str
    cls: type[Endpoint]


MUTANTS: dict[str, Mutant] = {}


def mutant(
    name: str, *, breaks: Iterable[str], also: Iterable[str] = (), defects: tuple[str, ...] = (), source: str = ""
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
        broken = frozenset(breaks)
        MUTANTS[name] = Mutant(name, summary[0], broken, frozenset(also) - broken, defects, source, cls)
        return cls

    return register

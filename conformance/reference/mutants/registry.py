"""The registry of mutants and the decorator that fills it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from conformance.reference.mutants.also import Group, read_groups
from conformance.reference.part import Kind, Part

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mutant: the reference endpoint with one fault.

    `breaks` lists the requirements that an endpoint with the mutant's fault must fail. `cls` is the class with the
    fault; it replaces its base class in the reference endpoint.
    """

    name: str
    summary: str
    breaks: frozenset[str]
    defects: tuple[str, ...]
    source: str
    cls: Kind

    @property
    def also(self) -> frozenset[str]:
        """The requirements that the mutant may violate in addition to `breaks`, according to `also.yaml`."""
        found = (group.mutants.get(self.name, frozenset()) for group in ALSO)
        return frozenset[str]().union(*found) - self.breaks

    @property
    def classes(self) -> tuple[Kind, ...]:
        """All subclasses with which the mutant replaces parts of the endpoint."""
        return (self.cls, *_BESIDE.get(self.name, ()))


MUTANTS: dict[str, Mutant] = {}
_BESIDE: dict[str, list[Kind]] = {}
ALSO: list[Group] = []


def load(package: ModuleType) -> None:
    """Import every module of a package of mutants, and read the package's `also.yaml`, if there is one.

    Raises `ValueError` for an invalid `also.yaml`.

    """
    for folder in package.__path__:
        file = Path(folder) / "also.yaml"
        if file.exists():
            ALSO.extend(read_groups(file.read_text(encoding="utf-8"), f"{file.name} of {package.__name__}"))
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def mutant(
    name: str, *, breaks: Iterable[str], defects: tuple[str, ...] = (), source: str = ""
) -> Callable[[type[P]], type[P]]:
    """Register a subclass of a part as the mutant `name`.

    The first line of the docstring of a mutant describes the fault of the mutant.

    Raises `ValueError` if the name is taken, no requirement is named, or the docstring is missing.

    """

    def register(cls: type[P]) -> type[P]:
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


def beside(name: str) -> Callable[[type[P]], type[P]]:
    """Register a subclass as a second part that the mutant `name` replaces, for faults that need two parts."""

    def register(cls: type[P]) -> type[P]:
        _BESIDE.setdefault(name, []).append(cls)
        return cls

    return register

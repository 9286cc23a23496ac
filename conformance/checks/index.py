"""Lists every check with its requirement, its location in the code, its probes and its depth.

The list of checks is built without running pytest. Functions become checks through the decorators `requirement`,
`requirements` and `invariant`. `checks()` imports the modules of the suite and of all packs, and reads parameters,
depth, file and line from the decorated functions.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from conformance.checks.marks import declaration_of, depth_of, uses_of
from conformance.config import Depth, Target
from conformance.contract import Registry, SpecError
from conformance.contract.pack import Pack
from conformance.contract.pack_code import import_checks
from conformance.contract.packs import packs
from conformance.engine import ProbeKey, Transport, probes

ROOT = Path(__file__).resolve().parent
_PACKAGE = __name__.rpartition(".")[0]
_OF_THE_RUN = frozenset({"tallied", "all_exchanges"})
"""Fixtures through which a check sees all exchanges of the run."""
_Key = TypeVar("_Key", bound=Hashable)


class CheckKind(StrEnum):
    """What a check judges: the results of its probes, or all exchanges of the run."""

    PROBES = "probes"
    """The results of the check's probes."""
    INVARIANT = "invariant"
    """Every exchange of the run, by a pure function."""
    TALLIED = "tallied"
    """Every exchange of the run, by a function that knows the target and may use the results of probes."""


@dataclass(frozen=True, slots=True)
class Check:
    """The check of one requirement: where the code of the check is, and which probes the check needs.

    `module`, `function`, `file` and `line` are the location of the check in the code. `probes` names the probes whose
    results the check needs; if these probes need other probes, the engine adds them. `transports` lists the transports
    for which the check runs; each transport is a separate case. `transports` is () if the check needs no probe.
    `acceptance` marks a check that only expects a 200. `depth` is the lowest depth at which the check runs.
    """

    requirement: str
    kind: CheckKind
    module: str
    function: str
    file: Path
    line: int
    probes: tuple[str, ...] = ()
    transports: tuple[Transport, ...] = ()
    acceptance: bool = False
    depth: Depth = Depth.QUICK

    @property
    def judges_the_run(self) -> bool:
        """Whether the check judges all exchanges of the run and therefore runs after all probes."""
        return self.kind is not CheckKind.PROBES

    @property
    def place(self) -> str:
        """The location of the check as `file:line`; the path of the file begins at the package of the suite or pack."""
        homes = [ROOT.parent, *(pack.code for pack in packs() if pack.code)]
        home = next((home for home in homes if home in self.file.parents), None)
        file = self.file.relative_to(home.parent) if home else self.file
        return f"{file.as_posix()}:{self.line}"

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of the check's cases; each case gets its own verdict.

        If the check runs for two transports, each transport is a case. A check that runs for only one transport, or for
        none, has a single case with the name "".
        """
        return tuple(map(str, self.transports)) if len(self.transports) > 1 else ("",)

    def keys(self, case: str = "") -> tuple[ProbeKey, ...]:
        """Return the keys of the probes that one case of the check needs."""
        wanted = Transport(case) if case else next(iter(self.transports), Transport.JSON)
        known = probes()
        return tuple(ProbeKey(name, known[name].transport(wanted)) for name in self.probes)

    def applies(self, target: Target, registry: Registry) -> bool:
        """Return whether the check applies to this run of the target.

        A check applies if its contract is enabled for the target, and if the depth of the run includes the check.
        """
        depth = Depth.DEEP if target.deep else target.depth
        if not depth.includes(self.depth):
            return False
        known = registry.get(self.requirement)
        return known is None or known.contract in target.profile.contracts


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a decorator said of a function."""

    requirement: str
    function: Callable[..., Any]
    invariant: bool
    transport: str | None
    acceptance: bool


@dataclass(frozen=True, slots=True)
class Called:
    """How to call a check's function: its parameter names, and the `value` to pass as the parameter `argument`."""

    function: Callable[..., Any]
    uses: tuple[str, ...]
    parameters: tuple[str, ...]
    argument: str
    value: str


_DECLARED: dict[str, _Declared] = {}


def declare(
    requirement: str,
    function: Callable[..., Any],
    *,
    invariant: bool = False,
    transport: str | None = None,
    acceptance: bool = False,
) -> None:
    """Register a function as the check of a requirement.

    Raises `SpecError` if the requirement already has a check.
    """
    if not function.__module__.startswith(_homes(packs())):
        return
    other = _DECLARED.get(requirement)
    if other is not None and _named(other.function) != _named(function):
        added = function if _is_outside(function) or not _is_outside(other.function) else other.function
        raise SpecError(
            f"two checks of {requirement}: {_named(other.function)} and {_named(function)}; "
            "give one of them another requirement",
            Path(added.__code__.co_filename),
            added.__code__.co_firstlineno,
        )
    _DECLARED[requirement] = _Declared(requirement, function, invariant, transport, acceptance)


def _is_outside(function: Callable[..., Any]) -> bool:
    """Whether a function is of a pack that does not come with the suite."""
    return not function.__module__.startswith("conformance.")


def _named(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def checks() -> tuple[Check, ...]:
    """Return all checks, sorted by requirement id. `checks` first imports all modules with checks and probes.

    Raises `SpecError` if the checks of a pack cannot be imported.
    """
    return _checks(packs())


def are_imported() -> bool:
    """Return whether this process has imported the modules of all checks."""
    return _checks.cache_info().currsize > 0


@cache
def _checks(known: tuple[Pack, ...]) -> tuple[Check, ...]:
    for file in sorted([*ROOT.rglob("conftest.py"), *ROOT.rglob("test_*.py")]):
        import_module(".".join((_PACKAGE, *file.relative_to(ROOT).with_suffix("").parts)))
    for pack in known:
        import_checks(pack)
    staged = probes()
    return tuple(_check(declared, staged) for _, declared in sorted(_DECLARED.items()))


@cache
def _homes(known: tuple[Pack, ...]) -> tuple[str, ...]:
    """How the names of modules begin whose functions may be checks."""
    return (f"{_PACKAGE}.", *(f"{pack.package}.checks." for pack in known if pack.checks))


def called(check: Check) -> Called:
    """Return the Python function of the check, and what a caller must know to call it."""
    import_module(check.module)
    if check.requirement not in _DECLARED:  # declared by another module than its function's
        checks()
    function = _DECLARED[check.requirement].function
    declaration = declaration_of(function)
    argument = declaration.argument if declaration is not None else ""
    value = next((value for value, id in declaration.ids.items() if id == check.requirement), "") if declaration else ""
    return Called(function, uses_of(function), tuple(inspect.signature(function).parameters), argument, value)


def by_requirement() -> dict[str, Check]:
    """Return a dictionary with the check of each requirement id."""
    return _by_requirement(packs())


@cache
def _by_requirement(known: tuple[Pack, ...]) -> dict[str, Check]:
    return {check.requirement: check for check in _checks(known)}


def of_function(function: object) -> tuple[Check, ...]:
    """Return the checks that a function implements, one for each requirement; () if the object implements none."""
    name = (getattr(function, "__module__", None), getattr(function, "__name__", None))
    return _by_function(packs()).get(name, ())


def of_file(file: Path) -> tuple[Check, ...]:
    """Return the checks that a source file defines."""
    return _by_file(packs()).get(file, ())


@cache
def _by_function(known: tuple[Pack, ...]) -> dict[tuple[str | None, str | None], tuple[Check, ...]]:
    return _grouped(((check.module, check.function) for check in _checks(known)), known)


@cache
def _by_file(known: tuple[Pack, ...]) -> dict[Path, tuple[Check, ...]]:
    return _grouped((Path(str(sys.modules[check.module].__file__)) for check in _checks(known)), known)


def _grouped(keys: Iterable[_Key], known: tuple[Pack, ...]) -> dict[_Key, tuple[Check, ...]]:
    grouped: dict[_Key, list[Check]] = {}
    for key, check in zip(keys, _checks(known), strict=True):
        grouped.setdefault(key, []).append(check)
    return {key: tuple(members) for key, members in grouped.items()}


def _check(declared: _Declared, known: Collection[str]) -> Check:
    function = declared.function
    code = function.__code__
    fixtures: tuple[str, ...] = ()
    if not declared.invariant:
        fixtures = (*uses_of(function), *inspect.signature(function).parameters)
    used = tuple(dict.fromkeys(name for name in fixtures if name in known))
    return Check(
        requirement=declared.requirement,
        kind=_kind(declared, fixtures),
        module=function.__module__,
        function=function.__name__,
        file=Path(code.co_filename),
        line=code.co_firstlineno,
        probes=used,
        transports=transports(used, declared.transport),
        acceptance=declared.acceptance,
        depth=depth_of(function),
    )


def _kind(declared: _Declared, fixtures: Collection[str]) -> CheckKind:
    if declared.invariant:
        return CheckKind.INVARIANT
    return CheckKind.TALLIED if _OF_THE_RUN.intersection(fixtures) else CheckKind.PROBES


def transports(names: Collection[str], only: str | None = None) -> tuple[Transport, ...]:
    """Return the transports for which to run a check that needs these probes.

    If `only` names a transport, the function returns only this transport.
    """
    if only:
        return (Transport(only),)
    known = probes()
    used = [known[name] for name in names if name in known]
    if any(len(probe.transports) > 1 for probe in used):
        return tuple(Transport)
    return used[0].transports[:1] if used else ()

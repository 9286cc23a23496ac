"""What is said of a check beside its code, as data: its requirements, its depth, the probes that it fetches by name.

Plain attributes of the function, so that the suite can be imported without pytest; the plugin makes pytest's marks of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from conformance.config import Depth

Test = TypeVar("Test", bound=Callable[..., Any])


class ByName(Protocol):
    """What a test's parameter `request` is, as far as checks use it."""

    def getfixturevalue(self, name: str) -> Any:
        """What a probe returned; the test says with `uses` that it wants it."""


_DECLARATION, _DEPTH, _USES = "conformance_declaration", "conformance_depth", "conformance_uses"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The requirements that a test proves: one (`ids` of ""), or one for each value of its `argument`.

    `transport` and `acceptance` are as in `conformance.checks.requirement`.
    """

    ids: Mapping[str, str]
    argument: str = ""
    transport: str | None = None
    acceptance: bool = False


def note(test: Test, declaration: Declaration) -> Test:
    """Keep a declaration on its test."""
    setattr(test, _DECLARATION, declaration)
    return test


def declaration_of(test: object) -> Declaration | None:
    """What was declared of a function; None for any other object."""
    found = getattr(test, "__dict__", {}).get(_DECLARATION)
    return found if isinstance(found, Declaration) else None


def standard(test: Test) -> Test:
    """Many requests: only for targets that are tested at depth `standard` or `deep`."""
    setattr(test, _DEPTH, Depth.STANDARD)
    return test


def deep(test: Test) -> Test:
    """Long or many requests: only for targets that are tested at depth `deep`."""
    setattr(test, _DEPTH, Depth.DEEP)
    return test


def uses(*probes: str) -> Callable[[Test], Test]:
    """Name the probes that a test fetches by name (`request.getfixturevalue`): a run must send them before it judges."""

    def decorate(test: Test) -> Test:
        setattr(test, _USES, probes)
        return test

    return decorate


def depth_of(test: object) -> Depth:
    """The least depth that asks a test."""
    found = getattr(test, _DEPTH, Depth.QUICK)
    return found if isinstance(found, Depth) else Depth.QUICK


def uses_of(test: object) -> tuple[str, ...]:
    """The probes that a test fetches by name."""
    return tuple(getattr(test, _USES, ()))

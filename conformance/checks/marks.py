"""Metadata of a check as function attributes: its requirements, its depth, the probes that it fetches by name.

They are plain attributes, so that the suite can be imported without pytest; the plugin turns them into pytest marks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from conformance.config import Depth

Test = TypeVar("Test", bound=Callable[..., Any])


class ByName(Protocol):
    """The type of a test's parameter `request`, as far as checks use it."""

    def getfixturevalue(self, name: str) -> Any:
        """The result of a probe that the test names with `uses`."""


_DECLARATION, _DEPTH, _USES = "conformance_declaration", "conformance_depth", "conformance_uses"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The requirements that a test judges: one (`ids` of ""), or one for each value of its `argument`.

    `transport` and `acceptance` are as in `conformance.checks.requirement`.
    """

    ids: Mapping[str, str]
    argument: str = ""
    transport: str | None = None
    acceptance: bool = False


def note(test: Test, declaration: Declaration) -> Test:
    """Store a declaration on its test."""
    setattr(test, _DECLARATION, declaration)
    return test


def declaration_of(test: object) -> Declaration | None:
    """The declaration of a function; None for any other object."""
    found = getattr(test, "__dict__", {}).get(_DECLARATION)
    return found if isinstance(found, Declaration) else None


def standard(test: Test) -> Test:
    """Mark a check with many requests: it runs only at depth `standard` or `deep`."""
    setattr(test, _DEPTH, Depth.STANDARD)
    return test


def deep(test: Test) -> Test:
    """Mark a check with expensive requests: it runs only at depth `deep`."""
    setattr(test, _DEPTH, Depth.DEEP)
    return test


def uses(*probes: str) -> Callable[[Test], Test]:
    """Name the probes that a test fetches with `request.getfixturevalue`, so that they run before the test."""

    def decorate(test: Test) -> Test:
        setattr(test, _USES, probes)
        return test

    return decorate


def depth_of(test: object) -> Depth:
    """The lowest depth that includes a test."""
    found = getattr(test, _DEPTH, Depth.QUICK)
    return found if isinstance(found, Depth) else Depth.QUICK


def uses_of(test: object) -> tuple[str, ...]:
    """The probes that a test names with `uses`."""
    return tuple(getattr(test, _USES, ()))

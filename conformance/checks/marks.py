"""Stores the metadata of a check as attributes of the check function: requirements, depth, and probes fetched by name.

The metadata is not stored in pytest marks, because the suite must be importable without pytest. The pytest plugin
converts the attributes of a check function to pytest marks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from conformance.config import Depth

Test = TypeVar("Test", bound=Callable[..., Any])


class ByName(Protocol):
    """The part of pytest's `request` fixture that checks use."""

    def getfixturevalue(self, name: str) -> Any:
        """Return the result of a probe that the check names with `uses`."""


_DECLARATION, _DEPTH, _USES = "conformance_declaration", "conformance_depth", "conformance_uses"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The requirements that a check function judges.

    `ids` maps each value of the parameter `argument` to a requirement id. If the check judges a single requirement, the
    only key of `ids` is "".

    `transport` and `acceptance` have the same meaning as for `conformance.checks.requirement`.
    """

    ids: Mapping[str, str]
    argument: str = ""
    transport: str | None = None
    acceptance: bool = False


def note(test: Test, declaration: Declaration) -> Test:
    """Store a declaration of requirements on its check function."""
    setattr(test, _DECLARATION, declaration)
    return test


def declaration_of(test: object) -> Declaration | None:
    """Return the declaration of a check function; None if the object is not a check function."""
    found = getattr(test, "__dict__", {}).get(_DECLARATION)
    return found if isinstance(found, Declaration) else None


def standard(test: Test) -> Test:
    """Mark a check that sends many requests: it runs only at depth `standard` or `deep`."""
    setattr(test, _DEPTH, Depth.STANDARD)
    return test


def deep(test: Test) -> Test:
    """Mark a check that sends expensive requests: it runs only at depth `deep`."""
    setattr(test, _DEPTH, Depth.DEEP)
    return test


def uses(*probes: str) -> Callable[[Test], Test]:
    """Name the probes that a check fetches with `request.getfixturevalue`, so that these probes run before the check."""

    def decorate(test: Test) -> Test:
        setattr(test, _USES, probes)
        return test

    return decorate


def depth_of(test: object) -> Depth:
    """Return the lowest depth at which a check runs."""
    found = getattr(test, _DEPTH, Depth.QUICK)
    return found if isinstance(found, Depth) else Depth.QUICK


def uses_of(test: object) -> tuple[str, ...]:
    """Return the probes that a check names with `uses`."""
    return tuple(getattr(test, _USES, ()))

"""The account of the request that is being answered, and objects that each account stores separately."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Generic, TypeVar

V = TypeVar("V")

FIRST, SECOND = "first", "second"
ACCOUNT: ContextVar[str] = ContextVar("ACCOUNT", default=FIRST)
"""The account whose key the current request has."""


class ByAccount(Generic[V]):
    """Objects by id, separately for each account."""

    def __init__(self) -> None:
        """Start without objects."""
        self._kept: dict[str, dict[str, V]] = {FIRST: {}, SECOND: {}}

    @property
    def own(self) -> dict[str, V]:
        """The objects of the account whose request is being answered."""
        return self._kept[ACCOUNT.get()]

    @property
    def everyone(self) -> dict[str, V]:
        """A copy of the objects of all accounts, for mutants."""
        return {name: each for kept in self._kept.values() for name, each in kept.items()}

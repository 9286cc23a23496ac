"""Reads the selection of requirements from the options of a command."""

from __future__ import annotations

from conformance.options import TargetError, TargetOptions


def selection_of(chosen: TargetOptions) -> list[str]:
    """Return the selection of requirements by the options `only`, `skip` and `level`, as a list of terms."""
    from conformance.contract.selection import terms

    return terms(chosen["only"], chosen["skip"], chosen["level"])


def known(only: list[str]) -> None:
    """Raise `TargetError` if a term of the selection names no requirement and no area."""
    from conformance.contract.registry import load_registry
    from conformance.contract.selection import UnknownName, selected

    try:
        selected(load_registry(), only)
    except UnknownName as unknown:
        raise TargetError(f"{unknown.option}: {unknown}") from None

"""Reads the selection of requirements from the options of a command."""

from __future__ import annotations

from conformance.options import TargetError, TargetOptions


def selection_of(chosen: TargetOptions) -> list[str]:
    """Return the terms that select requirements."""
    from conformance.contract.selection import terms

    return terms(chosen["only"], chosen["skip"], chosen["level"])


def known(only: list[str]) -> None:
    """Reject a selection of ids that contains no requirement."""
    from conformance.contract.registry import load_registry
    from conformance.contract.selection import UnknownName, selected

    try:
        selected(load_registry(), only)
    except UnknownName as unknown:
        raise TargetError(f"{unknown.option}: {unknown}") from None

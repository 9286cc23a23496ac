"""How answers name the engine that gave them: `specs/engines.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.contract.located import load_yaml
from conformance.specs import SPECS


@dataclass(frozen=True, slots=True)
class Engines:
    """`owners` has names of engines by the owner of their models; `frameworks` begin server headers that name none."""

    owners: Mapping[str, str]
    frameworks: tuple[str, ...]


@cache
def load_engines(specs: Path = SPECS) -> Engines:
    """The known names. Raises `SpecError` for a file of another form."""
    document = load_yaml(specs / "engines.yaml")
    document.mapping((), allowed=("owners", "frameworks"), required=("owners", "frameworks"), what="the engines file")
    owners, frameworks = document.at(("owners",)), document.at(("frameworks",))
    if not isinstance(owners, dict) or not isinstance(frameworks, list):
        raise document.error("'owners' must be a mapping and 'frameworks' a list", "owners")
    return Engines({str(owner): document.text("owners", owner) for owner in owners}, tuple(map(str, frameworks)))

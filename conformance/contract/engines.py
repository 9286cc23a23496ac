"""Loads `specs/engines.yaml`, which lists how responses reveal the engine that generated them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.contract.located import load_yaml
from conformance.specs import SPECS


@dataclass(frozen=True, slots=True)
class Engines:
    """`owners` maps the owner of a model, as stated by the model list, to the name of the engine.

    `frameworks` lists prefixes of `server` headers that name a web framework and therefore reveal no engine.
    """

    owners: Mapping[str, str]
    frameworks: tuple[str, ...]


@cache
def load_engines(specs: Path = SPECS) -> Engines:
    """The known names. Raises `SpecError` if `owners` is not a mapping or `frameworks` is not a list."""
    document = load_yaml(specs / "engines.yaml")
    document.mapping((), allowed=("owners", "frameworks"), required=("owners", "frameworks"), what="the engines file")
    owners, frameworks = document.at(("owners",)), document.at(("frameworks",))
    if not isinstance(owners, dict) or not isinstance(frameworks, list):
        raise document.error("'owners' must be a mapping and 'frameworks' a list", "owners")
    return Engines({str(owner): document.text("owners", owner) for owner in owners}, tuple(map(str, frameworks)))

"""What a pack adds to the reference endpoint, so that the checks of the pack have something right to be tried on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from conformance.reference.part import Kind


@dataclass(frozen=True, slots=True)
class PackReference:
    """The reference behaviour of a pack: `REFERENCE` of its module `reference`.

    `parts` are subclasses of `Part`: one that is a subclass of a part of the endpoint replaces it, any other is added.
    `base_path` is the path of the base URL at which the contract is served. `settings` are values of `Settings` that
    the contract needs.
    """

    parts: tuple[Kind, ...] = ()
    base_path: str = "/v1"
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

"""The reference behaviour that a pack adds to the reference endpoint, so that the pack's checks have a correct target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from conformance.reference.part import Kind


@dataclass(frozen=True, slots=True)
class PackReference:
    """The reference behaviour of a pack, which its module `reference` defines as `REFERENCE`.

    `parts` are subclasses of `Part`: a subclass of an existing part replaces this part, and any other subclass is
    added. `base_path` is the path of the base URL at which the contract is served. `settings` has the values of
    `Settings` that the contract needs.
    """

    parts: tuple[Kind, ...] = ()
    base_path: str = "/v1"
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

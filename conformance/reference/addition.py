"""The behaviour that a pack adds to the reference endpoint, to give the pack's checks a correct target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from conformance.reference.part import Kind


@dataclass(frozen=True, slots=True)
class PackReference:
    """The behaviour that a pack adds to the reference endpoint.

    A pack defines its `PackReference` as the constant `REFERENCE` in the module `reference` of the pack. `parts` lists
    subclasses of `Part`. A subclass of an existing part of the reference endpoint replaces that part; any other
    subclass is added as a new part. `base_path` is the path of the base URL under which the endpoint serves the pack's
    contract. `settings` maps names of fields of `Settings` to the values that the pack's contract needs. `options` maps
    names of options of `conformance run`, such as `retrieval_bucket`, to values that describe the reference endpoint.
    """

    parts: tuple[Kind, ...] = ()
    base_path: str = "/v1"
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

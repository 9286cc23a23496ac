"""A requirement: one testable sentence of a contract, with its level, its source and what breaks without it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from conformance.verdict import Level


class Basis(StrEnum):
    """What a requirement rests on."""

    SCHEMA = "schema"
    """The contract's OpenAPI document."""
    DOCS = "docs"
    """The prose of the documentation."""
    SDK = "sdk"
    """What the official client does with the bytes."""
    OBSERVED = "observed"
    """Recorded traffic of the real API."""


class ModelDependence(StrEnum):
    """How far a verdict depends on model quality rather than on the endpoint."""

    NONE = "none"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable sentence.

    `id` is unique over all contracts and starts with the surface (`chat.stop.excluded`); `area` is the longest
    prefix of it in `specs/areas.yaml` (`chat.stop`) and groups rows of a report. `impact` is what breaks for a user, `fix` what an author would change ("" when nobody
    needs telling). `feature` names an entry of `features.yaml`: it decides whether a clean refusal is
    `unsupported` or a failure. `excluded` says why it cannot be seen from outside; such a requirement has no check.
    `file` and `line` are where it is written.
    """

    contract: str
    area: str
    id: str
    level: Level
    statement: str
    basis: Basis
    source: str
    impact: str
    fix: str
    feature: str | None
    model: ModelDependence
    excluded: str | None
    file: Path
    line: int

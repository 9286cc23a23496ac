"""A requirement: one testable sentence of a contract, with its level, source, impact and fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from conformance.verdict import Level


class Basis(StrEnum):
    """The kind of source from which a requirement is derived."""

    SCHEMA = "schema"
    """The contract's OpenAPI document."""
    DOCS = "docs"
    """The prose of the documentation."""
    SDK = "sdk"
    """The behaviour of the official client."""
    OBSERVED = "observed"
    """Recorded traffic of the real API."""


class ModelDependence(StrEnum):
    """How much a verdict depends on the quality of the model."""

    NONE = "none"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable sentence.

    `id` is unique across all contracts and starts with the API surface (`chat.stop.excluded`); `area` is the longest
    prefix of the id in `specs/areas.yaml` (`chat.stop`). `impact` states the consequence of a violation for clients;
    `fix` states what the author of an engine should change ("" if obvious). `feature` is the name of an entry in
    `features.yaml`. The feature determines which outcome a rejected request has: unsupported or fail. If no request can
    show whether the requirement is met, `excluded` explains why. A requirement with `excluded` has no check. `file` and
    `line` locate the requirement in its YAML file.
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

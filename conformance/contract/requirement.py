"""A requirement: one testable sentence of a contract, with its level, source, impact and fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from conformance.verdict import Level


class Basis(StrEnum):
    """The source that a requirement is derived from."""

    SCHEMA = "schema"
    """The contract's OpenAPI document."""
    DOCS = "docs"
    """The prose of the documentation."""
    SDK = "sdk"
    """The behaviour of the official client."""
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
    prefix of it in `specs/areas.yaml` (`chat.stop`) and groups the rows of a report. `impact` says what breaks for whom,
    `fix` what an engine's author changes ("" if that is obvious). `feature` names an entry of `features.yaml`: it decides
    whether a rejection that names the feature is `unsupported` or a failure. `excluded` says why the requirement cannot
    be observed from outside; such a requirement has no check. `file` and `line` are its place.
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

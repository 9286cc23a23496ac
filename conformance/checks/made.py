"""Reads generated cases from a file in the package; importing the generators instead would take a second in each run.

`python -m benchmarks.made_cases --write` generates the cases again after a change of a document, a profile or a
generator.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("made.json")
GENERATORS = ("hypothesis", "schemathesis")
"""The packages whose releases decide what is made."""


def key_of(*source: Any) -> str:
    """Return the key of stored cases: a hash of the schema, the number of examples and the seed."""
    return hashlib.sha256(json.dumps(source, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def made(*source: Any) -> Any:
    """Return the stored cases for this schema, number of examples and seed, or None if they must be generated."""
    return _file()["cases"].get(key_of(*source))


def made_with() -> Mapping[str, str]:
    """Return the versions of the packages that generated the stored cases."""
    with_releases: Mapping[str, str] = _file()["with"]
    return with_releases


@cache
def _file() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return data

"""The features of `features.yaml`: what other suites check, and what looks at it here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("features.yaml")


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature, with the requirements that look at it (ids, or beginnings that end in `.*`), or the `reason` for none."""

    name: str
    requirements: tuple[str, ...] = ()
    reason: str = ""


def load() -> list[Feature]:
    """The rows of the file, in its order."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [Feature(row["feature"], tuple(row.get("requirements", ())), row.get("reason", "")) for row in rows]

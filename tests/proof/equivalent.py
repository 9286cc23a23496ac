"""Mutants that judge as the original does, each with its reason: `equivalent.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml

from tests.proof.mutators import Mutation

FILE = Path(__file__).with_suffix(".yaml")

# The file, the source line without its indentation, and what is done there: a line's number would change too often.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Equivalent:
    """The survivors that were looked at and judge as the original does: each with the reason why."""

    reasons: dict[Key, str]

    @classmethod
    def load(cls, file: Path = FILE) -> Self:
        """The table. Raises `ValueError` when an entry stands there twice or has no reason."""
        reasons: dict[Key, str] = {}
        for path, lines in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
            for entry in lines:
                for what in entry["what"]:
                    key = (path, entry["line"], what)
                    if key in reasons or not entry["why"].strip():
                        raise ValueError(f"{file.name}: {key} stands there twice, or without a reason")
                    reasons[key] = " ".join(entry["why"].split())
        return cls(reasons)

    def why(self, file: str, mutation: Mutation) -> str:
        """Why nothing can notice this mutant; "" when it is not known to be equivalent."""
        return self.reasons.get(key_of(file, mutation), "")


def key_of(file: str, mutation: Mutation) -> Key:
    """What names a mutation in the table."""
    return file, mutation.text, mutation.what

"""Loads the failure rates of each requirement: how often one judging fails on lawful targets and on broken targets.

`python -m tests.proof.error_rates --write` measures the rates and writes `error-rates.json` in the folder of each
contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contract.errors import SpecError
from conformance.contract.pack import Pack
from conformance.contract.packs import packs
from conformance.specs import SPECS
from conformance.verdict import Rates, at_least, at_most

FILE = "error-rates.json"


@dataclass(frozen=True, slots=True)
class Measured:
    """The number of failed judgings and of all judgings of a requirement, on the worst lawful target and on the best mutant."""

    lawful: tuple[int, int]
    variation: str
    broken: tuple[int, int]
    mutant: str

    @property
    def rates(self) -> Rates:
        """Return the bounds of the failure rates at a confidence level of 95 %."""
        return Rates(at_most(*self.lawful), at_least(*self.broken))


def load_error_rates(specs: Path = SPECS) -> Mapping[str, Measured]:
    """Return the measurements by requirement. Raises `SpecError` for a file of another form."""
    return _load(specs, packs(specs))


def rates_of(requirement: str) -> Rates:
    """Return the failure rates of a requirement.

    Requirements that were not measured, as in users' packs, get cautious rates.
    """
    measured = load_error_rates().get(requirement)
    return measured.rates if measured else Rates()


@cache
def _load(specs: Path, known: tuple[Pack, ...]) -> Mapping[str, Measured]:
    files = [folder / FILE for folder in (specs / "openai", *(pack.folder for pack in known))]
    return {name: each for file in files if file.is_file() for name, each in _read(file).items()}


def _read(file: Path) -> dict[str, Measured]:
    try:
        data: dict[str, Any] = json.loads(file.read_text("utf-8"))
        found = {
            name: Measured(
                _counts(each["lawful"]), str(each["variation"]), _counts(each["broken"]), str(each["mutant"])
            )
            for name, each in data.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecError(f"these are no error rates ({type(error).__name__}: {error})", file, 1) from None
    for name, each in found.items():
        if each.rates.lawful >= each.rates.broken:
            raise SpecError(f"{name}: a lawful target fails as often as a broken one", file, 1)
    return found


def _counts(value: Any) -> tuple[int, int]:
    failed, asked = value
    if not 0 <= failed <= asked or not asked:
        raise ValueError(f"{failed} of {asked}")
    return int(failed), int(asked)

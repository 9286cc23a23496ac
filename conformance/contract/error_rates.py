"""Loads the failure rates of each requirement: how often its check fails on conforming targets and on broken targets.

`python -m tests.proof.error_rates --write` measures the failure rates and writes an `error-rates.json` for each
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
    """How often the check of a requirement failed, and how often it ran.

    `lawful` has the number of failures and the number of runs for the conforming target on which the check failed most
    often. `broken` has the number of failures and the number of runs for the mutant on which the check failed least
    often.
    """

    lawful: tuple[int, int]
    variation: str
    broken: tuple[int, int]
    mutant: str

    @property
    def rates(self) -> Rates:
        """Return 95 % bounds of the failure rates: an upper bound for conforming, a lower bound for broken targets."""
        return Rates(at_most(*self.lawful), at_least(*self.broken))


def load_error_rates(specs: Path = SPECS) -> Mapping[str, Measured]:
    """Return how often each check failed and ran, by requirement id.

    Raises `SpecError` if a file with error rates is invalid.
    """
    return _load(specs, packs(specs))


def rates_of(requirement: str) -> Rates:
    """Return how often the check of a requirement fails on conforming and on broken targets.

    Requirements without a measurement, such as the requirements of users' packs, get cautious default rates.
    """
    measured = load_error_rates().get(requirement)
    return measured.rates if measured else Rates()


def lawful_share(requirement: str) -> float:
    """Return the failure rate of a requirement's check on the lawful variation on which the check failed most often."""
    measured = load_error_rates().get(requirement)
    return measured.lawful[0] / measured.lawful[1] if measured else Rates().lawful


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

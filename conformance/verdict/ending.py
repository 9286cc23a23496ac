"""Why a run ended early; every report shows this reason first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.verdict.policy import ExitCode


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended early and what the user can do next, each in one sentence.

    `exchanges` lists the evidence, the best exchange first.

    If `leads` is true, reports show the ending before all verdicts: the target was unreachable or rejected the key.
    """

    code: ExitCode
    said: str
    advice: str = ""
    exchanges: tuple[str, ...] = ()
    leads: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the ending of a run as JSON data."""
        return {
            "exit_code": int(self.code),
            "said": self.said,
            "advice": self.advice,
            "exchanges": list(self.exchanges),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ending:
        """Return the ending of a run from JSON data; raises `KeyError` or `ValueError` for invalid data."""
        exchanges = tuple(str(name) for name in data.get("exchanges") or ())
        return cls(ExitCode(data["exit_code"]), str(data["said"]), str(data.get("advice", "")), exchanges)

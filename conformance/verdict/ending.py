"""Why a run did not end as planned, in a sentence that every report says first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.verdict.policy import ExitCode


@dataclass(frozen=True, slots=True)
class Ending:
    """What happened and what to do next, a sentence each; `exchanges` show it, the telling one first.

    `leads` is true for what a reader must know before any verdict: the target was not there, or refused the key.
    """

    code: ExitCode
    said: str
    advice: str = ""
    exchanges: tuple[str, ...] = ()
    leads: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The ending as JSON data."""
        return {
            "exit_code": int(self.code),
            "said": self.said,
            "advice": self.advice,
            "exchanges": list(self.exchanges),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ending:
        """The ending that `to_dict` wrote; raises `KeyError` or `ValueError` when it is none."""
        exchanges = tuple(str(name) for name in data.get("exchanges") or ())
        return cls(ExitCode(data["exit_code"]), str(data["said"]), str(data.get("advice", "")), exchanges)

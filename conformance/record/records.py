"""The records of a run file: header, exchanges, verdicts and footer; and the run that consists of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conformance.verdict import Ending, ExitCode, Verdict, combine, exit_code
from conformance.wire import Exchange

FORMAT = 1
"""The format of this code; a change that an older reader would misread increases it."""


@dataclass(frozen=True, slots=True)
class RunTarget:
    """The target of a run, as the header of the run file describes it.

    `contracts` are the names of the contracts that were loaded.
    """

    url: str
    model: str
    profile: str
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a run file.

    `started` is the start time in UTC, written in ISO 8601; `settings` has the options of the run, for people and for
    `conformance diff`. `seal` proves to the holder of the API key that the target's URL in the run file was not
    altered; "" if the run had no key.
    """

    suite_name: str
    suite_version: str
    target: RunTarget
    started: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    format: int = FORMAT
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Footer:
    """The last line of a run file. `interrupted` is true if a user stopped the run. `summary`: see docs/run-file.md."""

    ended: str
    complete: bool = True
    interrupted: bool = False
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truncated:
    """Represents a last line that was truncated because the writer was killed.

    `line` is the line number of the problem, starting at 1.
    """

    line: int


Record = Header | Exchange | Verdict | Footer | Truncated


@dataclass(frozen=True, slots=True)
class Run:
    """The content of a run file.

    `verdicts` are the recorded verdicts of all cases; `conformance.verdict.combine` merges them into one verdict per
    requirement. `truncated` is true if the last line of the run file was truncated.
    """

    header: Header
    exchanges: Mapping[str, Exchange]
    verdicts: tuple[Verdict, ...]
    footer: Footer | None = None
    truncated: bool = False

    @property
    def complete(self) -> bool:
        """Whether the run finished: its footer exists and says so."""
        return self.footer is not None and self.footer.complete and not self.truncated

    @property
    def interrupted(self) -> bool:
        """Whether a user stopped the run, or the run file has no footer."""
        return self.footer is None or self.footer.interrupted

    @property
    def by_requirement(self) -> dict[str, Verdict]:
        """One verdict for each requirement: the most severe verdict of its cases."""
        return combine(self.verdicts)

    @property
    def ending(self) -> Ending | None:
        """The reason why the run ended early; None if it finished."""
        data = self.footer.summary.get("ending") if self.footer else None
        try:
            return Ending.from_dict(data) if isinstance(data, Mapping) else None
        except (KeyError, ValueError, TypeError):
            return None

    @property
    def exit_code(self) -> ExitCode:
        """The exit code that `conformance run` returns for this run."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return self.ending.code if self.ending else exit_code(self.by_requirement.values())


def now() -> str:
    """Return the current UTC time, rounded to seconds, in the format of run files."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

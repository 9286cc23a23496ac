"""What a run file is made of, frozen: header, exchanges, verdicts, footer; and the run they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conformance.verdict import Verdict
from conformance.wire import Exchange

FORMAT = 1
"""The format this code writes and reads; a change that an older reader would misread raises it."""


@dataclass(frozen=True, slots=True)
class RunTarget:
    """Who was tested. `contracts` are the names of the contracts that were loaded."""

    url: str
    model: str
    profile: str
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `started` is UTC, ISO 8601; `settings` is what the run was told, for people and for `diff`.

    `seal` shows whoever has the key that nobody altered the target since; "" when the run had none.
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
    """The last line. `interrupted`: somebody stopped the run. `summary`: see docs/architecture.md."""

    ended: str
    complete: bool = True
    interrupted: bool = False
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truncated:
    """In place of a last line that was cut off while it was written. `line` counts from 1."""

    line: int


Record = Header | Exchange | Verdict | Footer | Truncated


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run.

    `verdicts` are the cases as they were recorded; `conformance.verdict.combine` makes one for each requirement.
    `truncated` is true when the last line was cut off.
    """

    header: Header
    exchanges: Mapping[str, Exchange]
    verdicts: tuple[Verdict, ...]
    footer: Footer | None = None
    truncated: bool = False

    @property
    def complete(self) -> bool:
        """Whether the run came to its end: there is a footer, and it says so."""
        return self.footer is not None and self.footer.complete and not self.truncated

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped the run, or something ended it before its footer."""
        return self.footer is None or self.footer.interrupted


def now() -> str:
    """The time in UTC, to the second, as run files say it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

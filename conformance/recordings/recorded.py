"""One exchange as a recording has it, whatever the format, before it is said what the recording lost."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire import Fact

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a reader found.

    `request_body` and `body` are None when the recording did not keep them. Header names are lower case; `body` has its
    content coding taken off. `remarks` are the recording's own words on what was done to it. `lost` is what the reader
    itself knows to be lost; the rules of `conformance.recordings.fidelity` find the rest. `recorded_at` is ISO 8601,
    "" when unknown. `last_byte_ms` counts from the request, None when unknown.
    """

    place: str
    method: str
    url: str
    status: int
    request_headers: Headers = ()
    request_body: bytes | None = None
    headers: Headers = ()
    body: bytes | None = None
    http_version: str = ""
    remarks: str = ""
    recorded_at: str = ""
    last_byte_ms: float | None = None
    lost: frozenset[Fact] = frozenset()

    def header(self, name: str) -> str:
        """The first header of that lower-case name, or ""."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry of a recording that is no exchange to judge, and why; the same reason for the same cause."""

    place: str
    reason: str

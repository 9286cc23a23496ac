"""One recorded exchange in a common form for all formats, before lost facts are detected."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire import Fact

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a reader found.

    `request_body` and `body` are None if the recording omits them. Header names are lower case, and `body` has no
    content encoding. `remarks` are the recording's remarks about changes. `lost` is what the reader itself knows to
    be lost; the rules of `conformance.recordings.fidelity` find the rest. `recorded_at` is ISO 8601, "" if unknown.
    `last_byte_ms` counts from the request, None if unknown.
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
        """Return the first header with that lower-case name, or ""."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry of a recording that is not judged, with the reason; equal causes have equal reasons."""

    place: str
    reason: str

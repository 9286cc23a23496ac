"""One recorded exchange in a form common to all formats, before lost details are detected."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire import Fact

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange of a recording, in the same form for every recording format.

    `request_body` and `body` are None if they were not recorded. Header names are in lower case, and `body` is
    decompressed. `remarks` lists comments in the recording about changes to the exchange. `lost` lists the details that
    the reader knows to be lost; the rules in `conformance.recordings.fidelity` detect other losses. `recorded_at` is a
    time in ISO 8601, "" if unknown. `last_byte_ms` is the time of the last byte in milliseconds after the request, None
    if unknown.
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
        """Return the value of the first header with the given lower-case name, or ""."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry of a recording that is not judged, with the reason.

    Entries that are skipped for the same reason have the same text in `reason`.
    """

    place: str
    reason: str

"""Reads foreign recordings of HTTP traffic (HAR, VCR cassettes, JSON lines) and run files as exchanges."""

from conformance.recordings.errors import RecordingError
from conformance.recordings.fidelity import RULES, Rule
from conformance.recordings.reader import FORMATS, Found, read_recording, to_exchange
from conformance.recordings.recorded import Recorded, Skipped

__all__ = [
    "FORMATS",
    "RULES",
    "Found",
    "Recorded",
    "RecordingError",
    "Rule",
    "Skipped",
    "read_recording",
    "to_exchange",
]

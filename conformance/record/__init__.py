"""The run file (`run.ndjson`), the source of all reports: its records, its writer and its reader."""

from conformance.record.codec import exchange_from_dict, exchange_to_dict
from conformance.record.errors import RunFileError
from conformance.record.reader import iter_run, read_run, recorded_run
from conformance.record.records import FORMAT, Footer, Header, Record, Run, RunTarget, Truncated, now
from conformance.record.redacted import RedactedRun, redacted_run, redacted_verdict
from conformance.record.writer import RunWriter

__all__ = [
    "FORMAT",
    "Footer",
    "Header",
    "Record",
    "RedactedRun",
    "Run",
    "RunFileError",
    "RunTarget",
    "RunWriter",
    "Truncated",
    "exchange_from_dict",
    "exchange_to_dict",
    "iter_run",
    "now",
    "read_run",
    "recorded_run",
    "redacted_run",
    "redacted_verdict",
]

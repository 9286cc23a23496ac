"""Reads a run file, either record by record or as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.record.codec import exchange_from_dict, footer_from_dict, header_from_dict
from conformance.record.errors import RunFileError
from conformance.record.records import Footer, Header, Record, Run, Truncated
from conformance.record.redacted import RedactedRun, redacted_run
from conformance.verdict import Verdict
from conformance.wire import Exchange, Redactor, recorded_secrets

MAX_LINE_BYTES = 256 * 1024 * 1024
"""The longest line that is read. The largest possible body, each byte escaped as six, fits twice."""

_READERS: dict[str, Callable[[Mapping[str, Any]], Record]] = {
    "header": header_from_dict,
    "exchange": exchange_from_dict,
    "verdict": Verdict.from_dict,
    "footer": footer_from_dict,
}


def read_run(path: Path | str) -> RedactedRun:
    """Read a run file completely and return the run.

    A truncated last line (the writer was killed) is ignored, and the run counts as incomplete. Run files that this
    suite writes contain no secrets. If another program wrote the file, `read_run` removes the recorded credentials
    wherever they occur. Raises `RunFileError`, with the line number, if the file is damaged or is not a run file.
    """
    header: Header | None = None
    exchanges: dict[str, Exchange] = {}
    verdicts: list[Verdict] = []
    footer: Footer | None = None
    truncated = False
    for record in iter_run(path):
        match record:
            case Header():
                header = record
            case Exchange():
                exchanges[record.id] = record
            case Verdict():
                verdicts.append(record)
            case Footer():
                footer = record
            case Truncated():
                truncated = True
    if header is None:
        raise RunFileError(Path(path), 1, "the run ended before its header was written; there is nothing to read")
    run = Run(header, exchanges, tuple(verdicts), footer, truncated)
    recorded = dict.fromkeys(secret for exchange in exchanges.values() for secret in recorded_secrets(exchange))
    return redacted_run(run, Redactor(others=recorded))


def recorded_run(path: Path) -> RedactedRun | None:
    """Return the run in a file that an audit wrote; None for other files, such as a run file made from a HAR file.

    Raises `RunFileError` for a damaged run file.
    """
    try:
        with path.open("rb") as file:
            first = _record(file.readline(MAX_LINE_BYTES))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(first, Header) or "recording" in first.settings:
        return None
    return read_run(path)


def iter_run(path: Path | str) -> Iterator[Record]:
    """Yield the records of a run file one by one, with only one line in memory.

    A truncated last line is yielded as `Truncated`. Raises the same `RunFileError` as `read_run` on reaching a damaged
    line.
    """
    path = Path(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise RunFileError(path, 0, f"the run file cannot be read: {error.strerror}") from error
    with file:
        seen: set[str] = set()
        last: Record | None = None
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise RunFileError(path, number, f"the line is longer than {MAX_LINE_BYTES} bytes")
            try:
                record = _record(line)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                if not line.endswith(b"\n"):
                    yield Truncated(number)
                    return
                raise RunFileError(path, number, f"not a record of a run file: {_reason(error)}") from error
            if wrong := _misplaced(record, last, seen):
                raise RunFileError(path, number, wrong)
            last = record
            yield record
        if not number:
            raise RunFileError(path, 0, "the file is empty: the run ended before its header was written")


def _record(line: bytes) -> Record:
    data = json.loads(line)
    if not isinstance(data, dict):
        raise TypeError("the line is not a JSON object")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in _READERS:
        raise ValueError(f"unknown kind {kind!r}")
    return _READERS[kind](data)


def _misplaced(record: Record, last: Record | None, seen: set[str]) -> str:
    """Return what is wrong with the position of a record; "" if it is correct."""
    if isinstance(record, Header) != (last is None):
        return "a run file has exactly one header, on its first line"
    if isinstance(last, Footer):
        return "nothing may follow the footer"
    if isinstance(record, Exchange):
        if record.id in seen:
            return f"exchange {record.id!r} is there twice"
        seen.add(record.id)
    return ""


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__

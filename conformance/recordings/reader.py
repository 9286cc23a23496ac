"""Reads any recording: detects the format from the content and yields the exchanges one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.record import Record, RunFileError, iter_run
from conformance.recordings.cassette import LISTS, load_yaml, read_cassette
from conformance.recordings.errors import RecordingError
from conformance.recordings.fidelity import Rule, lost_by, lost_facts
from conformance.recordings.har import read_har
from conformance.recordings.json_lines import MARKS, read_line
from conformance.recordings.recorded import Recorded, Skipped
from conformance.recordings.source import MAX_LINE_BYTES, MAX_YAML_BYTES, Source, open_source
from conformance.reply.operation import operation_of
from conformance.wire import Exchange, Request, Timing, decode
from conformance.wire.json_data import parse_json

FORMATS = "a run file (run.ndjson), HAR, a VCR cassette (YAML or JSON), or JSON lines with `response_body`"
NOT_OF_THE_API = "not a request to an operation of the API"
MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_EVENTS = 100_000
"""Limits for judging a recorded body: twice the bytes of a live response, and as many events."""
TOO_LARGE = f"its body has more than {MAX_BODY_BYTES:,} bytes, or {MAX_EVENTS:,} events"
_BLANK_LINES = (b"\n\n", b"\r\n\r\n", b"\r\r")
_SSE_BEGINS = (b"data:", b"event:", b"id:", b"retry:", b":")


@dataclass(frozen=True, slots=True)
class Found:
    """One exchange of a foreign recording, the rules that detect its lost details, and its recording time."""

    exchange: Exchange
    rules: tuple[Rule, ...] = ()
    recorded_at: str = ""


def read_recording(path: Path) -> Iterator[Found | Skipped | Record]:
    """Yield all entries of a recording in their order.

    If the recording is a run file, the records of the run file are yielded. A recording in another format yields
    `Found` for each exchange with an operation of the API, and `Skipped` for each other exchange. JSON lines and run
    files are read one exchange at a time; HAR files and cassettes are read as a whole, up to `MAX_LINE_BYTES` (JSON) or
    `MAX_YAML_BYTES`. Raises `RecordingError` at the first place where the file violates its format.
    """
    with open_source(path) as source:
        first = _first_line(source)
        data = _json(first)
        if isinstance(data, dict) and "kind" in data:
            yield from _run(path)
        elif isinstance(data, dict) and any(mark in data for mark in MARKS):
            yield from _found(_json_lines(source, first), path)
        else:
            yield from _found(_document(source, first, data), path)


def too_large(body: bytes) -> bool:
    """Return whether a body is too large to be judged."""
    if len(body) <= MAX_EVENTS:  # each event takes more than a byte
        return False
    return len(body) > MAX_BODY_BYTES or max(map(body.count, _BLANK_LINES)) > MAX_EVENTS


def to_exchange(recorded: Recorded, number: int, path: Path) -> Found:
    """Convert a recorded exchange to an exchange that can be judged, with the details that the recording lost.

    `number` is the position of the exchange in the recording.
    """
    rules = lost_by(recorded)
    body = recorded.body or b""
    media_type = recorded.header("content-type").partition(";")[0].strip().lower()
    is_sse = media_type == "text/event-stream" or (not media_type and body.lstrip().startswith(_SSE_BEGINS))
    exchange = Exchange(
        id=f"x{number:05}",
        request=Request(recorded.method, recorded.url, recorded.request_headers, recorded.request_body or b""),
        probe=f"{path.name}: {recorded.place}",
        status=recorded.status,
        http_version=recorded.http_version,
        headers=recorded.headers,
        body=body,
        timing=Timing(last_byte_ms=recorded.last_byte_ms),
        events=decode(body) if is_sse else (),
        lost=lost_facts(recorded, rules),
    )
    return Found(exchange, rules, recorded.recorded_at)


def _found(entries: Iterator[Recorded | Skipped], path: Path) -> Iterator[Found | Skipped]:
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, Skipped):
            yield entry
        elif operation_of(Request(entry.method, entry.url)) is None:
            yield Skipped(entry.place, NOT_OF_THE_API)
        elif too_large(entry.body or b""):
            yield Skipped(entry.place, TOO_LARGE)
        else:
            yield to_exchange(entry, number, path)


def _run(path: Path) -> Iterator[Record]:
    try:
        yield from iter_run(path)
    except RunFileError as error:
        raise RecordingError(path, f"line {error.line}" if error.line else "", error.message) from None


def _json_lines(source: Source, first: bytes) -> Iterator[Recorded]:
    yield read_line(first, source.line, source.path)
    for line in source.lines():
        if line.strip():
            yield read_line(line, source.line, source.path)


def _document(source: Source, first: bytes, data: Any) -> Iterator[Recorded | Skipped]:
    """Yield the exchanges of a file that must be read as a whole; `data` is its first line, if that alone is JSON."""
    path = source.path
    looks_like_json = first.lstrip().startswith((b"{", b"["))
    text = first + source.rest(MAX_LINE_BYTES if looks_like_json else MAX_YAML_BYTES)
    if data is None or text.strip() != first.strip():
        data = _whole_json(text, path) if looks_like_json else load_yaml(text, path)
    if isinstance(data, dict) and isinstance(data.get("log"), dict):
        return read_har(data, path)
    if isinstance(data, dict) and any(name in data for name in LISTS):
        return read_cassette(data, path)
    raise RecordingError(path, "", f"is not a recording of a known kind; give {FORMATS}")


def _first_line(source: Source) -> bytes:
    for line in source.lines():
        if line.strip():
            return line
    raise RecordingError(source.path, "", f"is empty; give {FORMATS}")


def _json(line: bytes) -> Any:
    try:
        return parse_json(line)
    except ValueError:
        return None


def _whole_json(text: bytes, path: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RecordingError(path, f"line {error.lineno}", f"is not JSON: {error.msg}; give {FORMATS}") from None
    except (ValueError, RecursionError) as error:
        raise RecordingError(path, "", f"is not JSON that can be read: {str(error)[:200]}") from None

"""Reads HTTP archives (HAR 1.2) written by browsers, mitmproxy, Charles or polly.js.

Source: http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.recordings.bodies import body_of, from_base64, headers_of
from conformance.recordings.node import Node
from conformance.recordings.recorded import Headers, Recorded, Skipped

_WITHOUT_BODY = frozenset({204, 205, 304})


def read_har(data: Any, path: Path) -> Iterator[Recorded | Skipped]:
    """Yield the exchanges of an HTTP archive. Raises `RecordingError` at the first invalid entry."""
    for entry in Node(data, path, "").at("log", "entries").items("entry"):
        yield _entry(entry)


def _entry(entry: Node) -> Recorded | Skipped:
    request, response = entry.get("request"), entry.get("response")
    if response.value is None or response.get("status").value in (0, -1, None):
        return Skipped(entry.place, "no response: blocked, aborted or failed before one came")
    status = response.get("status").status()
    headers = headers_of(response.get("headers"))
    elapsed = entry.get("time").value
    return Recorded(
        place=entry.place,
        method=request.get("method").text(),
        url=request.get("url").text(),
        status=status,
        request_headers=headers_of(request.get("headers")),
        request_body=_request_body(request),
        headers=headers,
        body=_response_body(response, headers, status),
        http_version=response.get("httpVersion").optional_text(),
        recorded_at=entry.get("startedDateTime").optional_text(),
        last_byte_ms=float(elapsed) if isinstance(elapsed, (int, float)) and 0 <= elapsed < 1e12 else None,
    )


def _request_body(request: Node) -> bytes | None:
    data = request.at("postData")
    if data.value is None:
        return b"" if request.get("bodySize").value == 0 else None
    text = data.get("text")
    if data.get("encoding").value == "base64":
        return from_base64(text)
    return body_of(text, headers_of(request.get("headers")))


def _response_body(response: Node, headers: Headers, status: int) -> bytes | None:
    content = response.get("content")
    if status in _WITHOUT_BODY:
        return b""
    if content.value is None or any(content.get(name).value for name in ("truncated", "_truncated")):
        return None
    text = content.get("text")
    if text.value is None or text.value == "":
        # Browsers forget bodies (a stream, a navigation) and leave only their size.
        return b"" if content.get("size").value == 0 else None
    if content.get("encoding").value == "base64":
        return body_of(Node(from_base64(text), text.path, text.place), headers)
    return body_of(text, headers)

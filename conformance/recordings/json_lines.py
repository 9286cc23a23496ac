"""Reads exchanges from a file of JSON lines, one object each, with `request_body` and `response_body` as JSON data or text.

Required fields: `id, method, host, url_path, url_query, request_headers, request_body, status, response_headers,
response_body`. Optional fields: `endpoint` (the operation, if the path is missing), `streaming`, `body_fidelity`
(`raw`, or how the body was changed) and `recorded_at`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.api import by_route
from conformance.recordings.bodies import body_of, headers_of, json_body
from conformance.recordings.errors import RecordingError
from conformance.recordings.node import Node
from conformance.recordings.recorded import Recorded
from conformance.wire.json_data import parse_json

MARKS = ("response_body", "request_body", "url_path")
"""An object with one of these fields is an exchange in this format."""


def read_line(line: bytes, number: int, path: Path) -> Recorded:
    """Return the exchange on one line; `number` is the line number, starting at 1. Raises `RecordingError`."""
    place = f"line {number}"
    try:
        data = parse_json(line)
    except ValueError as error:
        raise RecordingError(path, place, f"is not JSON: {str(error)[:200]}; mend the line or take it out") from None
    row = Node(data, path, place)
    return Recorded(
        place=row.get("id").optional_text() or place,
        method=row.get("method").optional_text() or "POST",
        url=_url(row),
        status=row.get("status").status(),
        request_headers=headers_of(row.get("request_headers")),
        request_body=_body(row.get("request_body")),
        headers=headers_of(row.get("response_headers")),
        body=_body(row.get("response_body")),
        remarks=row.get("body_fidelity").optional_text(),
        recorded_at=row.get("recorded_at").optional_text(),
    )


def _body(node: Node) -> bytes | None:
    value: Any = node.value
    if isinstance(value, (dict, list)):
        return json_body(value)
    return body_of(node)


def _url(row: Node) -> str:
    path = row.get("url_path").optional_text() or _path_of(row.get("endpoint").optional_text())
    if not path:
        raise row.error("has neither `url_path` nor an `endpoint` that is known; say which operation was called")
    query = row.get("url_query").optional_text()
    return f"https://{row.get('host').optional_text() or 'unknown'}{path}{'?' + query if query else ''}"


def _path_of(route: str) -> str:
    """Return the path of an operation that a recording names; "" if it is unknown or needs an id."""
    found = by_route().get(route, ())
    return f"/v1{found[0].path}" if found and found[0].collection else ""

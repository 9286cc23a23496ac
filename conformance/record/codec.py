"""Converts records to JSON data and back, in the format of docs/run-file.md.

The functions of `conformance.record.codec` neither read nor write files.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from conformance.record.records import FORMAT, Footer, Header, RunTarget
from conformance.wire import Attempt, Exchange, Fact, Failure, FailureKind, Request, Timing, events_in

Data = dict[str, Any]


def exchange_to_dict(exchange: Exchange) -> Data:
    """Return an exchange as JSON data.

    The events of a stream are omitted, because the body contains them; only the arrival times of the events are
    included.
    """
    return {
        "id": exchange.id,
        "probe": exchange.probe,
        "request": {
            "method": exchange.request.method,
            "url": exchange.request.url,
            "headers": [list(pair) for pair in exchange.request.headers],
            **_body(exchange.request.body),
        },
        "status": exchange.status,
        "http_version": exchange.http_version,
        "headers": [list(pair) for pair in exchange.headers],
        **_body(exchange.body),
        "timing": {
            "headers_ms": exchange.timing.headers_ms,
            "first_byte_ms": exchange.timing.first_byte_ms,
            "last_byte_ms": exchange.timing.last_byte_ms,
        },
        "event_ms": [event.at_ms for event in exchange.events],
        "failure": _failure_to_dict(exchange.failure),
        "attempts": [
            {
                "status": tried.status,
                "failure": _failure_to_dict(tried.failure),
                "waited_s": tried.waited_s,
                **({"headers": [list(pair) for pair in tried.headers]} if tried.headers else {}),
            }
            for tried in exchange.attempts
        ],
        "stopped": exchange.stopped,
        **({"lost": sorted(exchange.lost)} if exchange.lost else {}),
        **({"identity": exchange.identity} if exchange.identity else {}),
    }


def exchange_from_dict(data: Mapping[str, Any]) -> Exchange:
    """Return the exchange that JSON data describes. Raises `KeyError`, `TypeError` or `ValueError` for invalid data."""
    body = _bytes(data)
    sent, timing = data["request"], data.get("timing") or {}
    request = Request(str(sent["method"]), str(sent["url"]), _pairs(sent["headers"]), _bytes(sent))
    event_ms = [float(at) for at in data.get("event_ms") or ()]
    return Exchange(
        id=str(data["id"]),
        request=request,
        probe=str(data.get("probe", "")),
        status=_optional_int(data["status"]),
        http_version=str(data.get("http_version", "")),
        headers=_pairs(data["headers"]),
        body=body,
        timing=Timing(*(_optional_float(timing.get(name)) for name in Timing.__slots__)),
        events=events_in(request, body, event_ms) if event_ms else (),
        failure=_failure_from_dict(data.get("failure")),
        attempts=tuple(
            Attempt(
                _optional_int(tried["status"]),
                _failure_from_dict(tried.get("failure")),
                float(tried["waited_s"]),
                _pairs(tried.get("headers") or ()),
            )
            for tried in data.get("attempts") or ()
        ),
        stopped=bool(data.get("stopped", False)),
        lost=frozenset(Fact(fact) for fact in data.get("lost") or ()),
        identity=str(data.get("identity") or ""),
    )


def header_to_dict(header: Header) -> Data:
    """Return the header of a run file as JSON data."""
    target = header.target
    return {
        "format": header.format,
        "suite": {"name": header.suite_name, "version": header.suite_version},
        "target": {
            "url": target.url,
            "model": target.model,
            "profile": target.profile,
            "contracts": list(target.contracts),
        },
        "started": header.started,
        "settings": dict(header.settings),
        "notes": list(header.notes),
        **({"seal": header.seal} if header.seal else {}),
    }


def header_from_dict(data: Mapping[str, Any]) -> Header:
    """Return the header of a run file from JSON data.

    Raises the same exceptions as `exchange_from_dict`, also if the file has a newer format than this suite can read.
    """
    if data["format"] != FORMAT:
        raise ValueError(f"the file has format {data['format']!r}, this version reads format {FORMAT}")
    suite, target = data["suite"], data["target"]
    return Header(
        suite_name=str(suite["name"]),
        suite_version=str(suite["version"]),
        target=RunTarget(
            url=str(target["url"]),
            model=str(target["model"]),
            profile=str(target["profile"]),
            contracts=tuple(str(name) for name in target["contracts"]),
        ),
        started=str(data["started"]),
        settings=dict(data.get("settings") or {}),
        notes=tuple(str(note) for note in data.get("notes") or ()),
        seal=str(data.get("seal") or ""),
    )


def footer_to_dict(footer: Footer) -> Data:
    """Return the footer of a run file as JSON data."""
    return {
        "complete": footer.complete,
        "interrupted": footer.interrupted,
        "ended": footer.ended,
        "summary": dict(footer.summary),
    }


def footer_from_dict(data: Mapping[str, Any]) -> Footer:
    """Return the footer of a run file from JSON data. Raises as `exchange_from_dict`."""
    return Footer(
        ended=str(data["ended"]),
        complete=bool(data["complete"]),
        interrupted=bool(data["interrupted"]),
        summary=dict(data.get("summary") or {}),
    )


def _body(body: bytes) -> Data:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode("ascii")}


def _bytes(data: Mapping[str, Any]) -> bytes:
    if "body_base64" in data:
        return base64.b64decode(data["body_base64"], validate=True)
    body = data["body"]
    if not isinstance(body, str):
        raise TypeError("body must be a string")
    return body.encode("utf-8")


def _pairs(data: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in data)


def _failure_to_dict(failure: Failure | None) -> Data | None:
    return {"kind": str(failure.kind), "message": failure.message} if failure else None


def _failure_from_dict(data: Mapping[str, Any] | None) -> Failure | None:
    return Failure(FailureKind(data["kind"]), str(data["message"])) if data else None


def _optional_int(value: Any) -> int | None:
    return None if value is None else int(value)


def _optional_float(value: Any) -> float | None:
    return None if value is None else float(value)

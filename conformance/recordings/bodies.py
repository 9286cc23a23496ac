"""Decodes bodies in the forms that recordings use: text, base64, gzip, YAML binary, or parsed JSON."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import orjson

from conformance.recordings.node import Node, kind
from conformance.recordings.recorded import Headers
from conformance.wire.decoding import BodyDecoder, BodyTooLargeError, DecodingError

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Maximum bytes of one decompressed body."""

_GZIP = b"\x1f\x8b"
_ZLIB_CODINGS = frozenset({"deflate"})
_NAMES = ("base64_string", "string", "text")


def body_of(node: Node, headers: Headers = ()) -> bytes | None:
    """Return the bytes of a recorded body; None if the recording has no body. Raises `RecordingError`.

    A recorded body is text, bytes (YAML `!!binary`), or an object `{string: …}` or `{base64_string: …}` that contains
    it. Some recording programs store the compressed body. Some recording programs store the decompressed body, although
    the recorded header says that the body is compressed. The first bytes of a recorded body show whether the body is
    compressed.
    """
    raw = _raw(node)
    return None if raw is None else _decompressed(node, raw, headers)


def json_body(value: Any) -> bytes:
    """Serialise a body that the recording stores as JSON data.

    The whitespace and key order of the serialised body may differ from the original.
    """
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # a lone surrogate, a number of more than 64 bits
        return json.dumps(value, separators=(",", ":"), default=str).encode()


def from_base64(node: Node) -> bytes:
    """Return the bytes that a base64 text encodes. Raises `RecordingError`."""
    try:
        return base64.b64decode("".join(node.optional_text().split()), validate=True)
    except (binascii.Error, ValueError):
        raise node.error("is not base64; record the exchange again, or take the entry out") from None


def headers_of(node: Node) -> Headers:
    """Return headers in lower case, read from an object of texts or lists, or from a list of `{name, value}`.

    HTTP/2 pseudo headers such as `:status` are omitted. Raises `RecordingError`.
    """
    value = node.value
    if value is None:
        return ()
    if isinstance(value, dict):
        pairs = [(name, each) for name, some in value.items() for each in (some if isinstance(some, list) else [some])]
    elif isinstance(value, list):
        pairs = [(item.get("name").value, item.get("value").value) for item in node.items(f"{node.place} item")]
    else:
        raise node.error(f"is {kind(value)}, where a recording has headers")
    return tuple(
        (str(name).lower(), each if isinstance(each, str) else _header_text(each))
        for name, each in pairs
        if str(name)[:1] != ":"
    )


def _header_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return "" if value is None else str(value)


def _raw(node: Node) -> bytes | None:
    value = node.value
    if isinstance(value, dict):
        there = [name for name in _NAMES if value.get(name) is not None]
        name = next((name for name in there if value[name]), there[0] if there else None)  # one may be there and empty
        if name is None:
            return None
        return from_base64(node.get(name)) if name == "base64_string" else _raw(node.get(name))
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    raise node.error(f"is {kind(value)}, where a recording has a body as text")


def _decompressed(node: Node, raw: bytes, headers: Headers) -> bytes | None:
    coding = next((value.strip().lower() for name, value in headers if name == "content-encoding"), "")
    if raw.startswith(_GZIP):
        coding = "gzip"
    elif coding in ("", "identity", "gzip", "x-gzip") or _is_text(raw):
        return raw
    elif coding not in _ZLIB_CODINGS:
        return None  # br, zstd: what the recording kept cannot be read
    decoder = BodyDecoder(coding, MAX_BODY_BYTES)
    try:
        whole = b"".join(decoder.add(raw))
        decoder.end()
    except BodyTooLargeError:
        raise node.error(f"has more than {MAX_BODY_BYTES} bytes when it is decompressed; take the entry out") from None
    except DecodingError as error:
        raise node.error(f"{error}; record the exchange again, or take the entry out") from None
    return whole


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

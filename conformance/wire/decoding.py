"""Decodes gzip and deflate bodies incrementally, up to a maximum number of bytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

OFFERED = "gzip, deflate"
"""The value of `accept-encoding`: encodings whose output can be limited while decoding."""

_GZIP = frozenset({"gzip", "x-gzip"})
_PLAIN = frozenset({"", "identity"})
_GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 64 * 1024
_FIRST_WINDOW = 512  # bytes that a gzip member is first given; what it leaves is copied, so a small member gets little


class DecodingError(ValueError):
    """The response body does not match its content encoding, or the request did not offer this encoding."""


class CodingCutOffError(DecodingError):
    """The body ended before the data of its content encoding was complete."""


class BodyTooLargeError(ValueError):
    """The body is larger than allowed, before or after decoding."""


class BodyDecoder:
    """Decodes one response body while it arrives. A body may have at most `max_bytes` bytes.

    A body with an encoding that the request did not offer is returned unchanged, and `end` raises an error.
    """

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        self._coding = content_encoding.strip().lower()
        self._left = max_bytes
        self._raw_left = max_bytes
        self._limit = max_bytes
        self._head = b""  # a first byte that waits for the second: the two tell the coding, or a next member
        self._started = False
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if self._coding in _GZIP else None

    def add(self, raw: bytes) -> Iterator[bytes]:
        """Yield the decoded bytes of one read from the socket; a compressed body yields pieces of at most 64 KiB.

        Raises `BodyTooLargeError` or `DecodingError` after yielding the last valid bytes.
        """
        self._started = self._started or bool(raw)
        self._raw_left -= len(raw)
        for piece in self._decode(raw):
            if kept := piece[: self._left]:
                yield kept
            if len(piece) > self._left:
                self._left = 0
                raise BodyTooLargeError(f"the body has more than {self._limit} bytes")
            self._left -= len(piece)
        if self._raw_left < 0:  # a compressed stream that hardly yields anything
            raise BodyTooLargeError(f"the body has more than {self._limit} bytes before decoding")

    def end(self) -> None:
        """Finish decoding at the end of the body. Raises `DecodingError` if the body could not be decoded completely."""
        if not self._started or self._coding in _PLAIN:
            return
        if self._coding not in _GZIP and self._coding != "deflate":
            raise DecodingError(f"the response has content-encoding {self._coding!r}, which the request did not offer")
        if self._inflate is None or not self._inflate.eof:
            raise CodingCutOffError(f"the body ended before its {self._coding} coding did")

    def _decode(self, raw: bytes) -> Iterator[bytes]:
        if self._coding == "deflate" and self._inflate is None:
            raw = self._head + raw
            if len(raw) < 2:
                self._head = raw
                return
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if _has_zlib_head(raw) else -zlib.MAX_WBITS)
        if self._inflate is None:
            yield raw
            return
        if self._inflate.eof:
            raw, self._head = self._head + raw, b""
        at, window = 0, _PIECE
        while at < len(raw):
            if self._inflate.eof:
                # A gzip body may have several members; zeros or noise after the last one do no harm.
                if self._coding not in _GZIP or not raw.startswith(_GZIP_MAGIC, at):
                    self._head = raw[at : at + 2]  # one byte may begin a member; two that do not keep all else out
                    return
                self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
                window = _FIRST_WINDOW
            given = raw[at : at + window]
            yield from self._inflated(given, self._inflate)
            at += len(given) - len(self._inflate.unused_data)
            window = min(2 * window, _PIECE)

    def _inflated(self, given: bytes, inflate: zlib._Decompress) -> Iterator[bytes]:
        """Yield everything that these bytes decode to; bytes after the end of the encoding stay in `unused_data`."""
        try:
            piece = inflate.decompress(given, _PIECE)
            while piece:
                yield piece
                piece = inflate.decompress(inflate.unconsumed_tail, _PIECE)
        except zlib.error as error:
            raise DecodingError(f"the body is not {self._coding}: {error}") from error


def _has_zlib_head(raw: bytes) -> bool:
    """Return whether a `deflate` body has the zlib wrapper that RFC 9110 requires; some servers omit it."""
    return raw[0] & 0x0F == zlib.DEFLATED and (raw[0] << 8 | raw[1]) % 31 == 0

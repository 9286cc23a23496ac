"""Content decoding is exact, incremental and bounded."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.decoding import BodyDecoder, BodyTooLargeError, CodingCutOffError, DecodingError


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "GZIP ": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:3]) + gzip.compress(data[3:]),
    "deflate": zlib.compress,
    "identity": bytes,
    "": bytes,
}


def decoded(decoder: BodyDecoder, raw: bytes, step: int = 1 << 30) -> bytes:
    return b"".join(piece for n in range(0, len(raw), step) for piece in decoder.add(raw[n : n + step]))


@pytest.mark.parametrize("coding", ENCODERS)
@given(data=st.binary(max_size=300), step=st.integers(1, 50))
def test_decoding_undoes_the_coding(coding: str, data: bytes, step: int) -> None:
    """However the reads are split, the body is what the server encoded."""
    decoder = BodyDecoder(coding, 1000)
    assert decoded(decoder, ENCODERS[coding](data), step) == data
    decoder.end()


@given(data=st.binary(max_size=300), step=st.integers(1, 50))
def test_deflate_without_its_wrapper_is_read_too(data: bytes, step: int) -> None:
    """Raw deflate, which some servers send as `deflate`, is recognised."""
    decoder = BodyDecoder("deflate", 1000)
    assert decoded(decoder, raw_deflate(data), step) == data
    decoder.end()


def test_a_large_body_comes_in_pieces() -> None:
    """A body much larger than one piece is complete when it is below the limit."""
    data = bytes(range(256)) * 4000
    assert decoded(BodyDecoder("gzip", len(data)), gzip.compress(data)) == data


@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
def test_the_limit_is_exact(coding: str) -> None:
    """A body of exactly the limit is whole; one byte more raises, with the first `limit` bytes kept."""
    data = bytes(range(200))
    assert decoded(BodyDecoder(coding, 200 if not coding else 400), ENCODERS[coding](data)) == data
    kept = []
    with pytest.raises(BodyTooLargeError, match="199 bytes"):
        kept.extend(BodyDecoder(coding, 199).add(ENCODERS[coding](data)))
    assert b"".join(kept) == data[:199]


def test_a_bomb_is_stopped_before_it_fills_memory() -> None:
    """64 MiB packed in one read cost no more memory than a few pieces beyond the limit."""
    bomb = gzip.compress(bytes(64 << 20), 1)
    kept, stopped = 0, False
    tracemalloc.start()
    try:
        try:
            for piece in BodyDecoder("gzip", 1 << 20).add(bomb):
                kept += len(piece)
        except BodyTooLargeError:
            stopped = True
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (kept, stopped) == (1 << 20, True)
    assert peak < 4 << 20


def test_a_stream_that_yields_nothing_is_stopped() -> None:
    """Endless empty deflate blocks count as they came."""
    packer = zlib.compressobj(wbits=-15)
    empty = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    decoder = BodyDecoder("deflate", 1000)
    with pytest.raises(BodyTooLargeError, match="before decoding"):
        decoded(decoder, empty * 1000, 100)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_cut_off_coding_is_told(coding: str) -> None:
    """A coding that stops early gives what it had, and says so at the end."""
    data = bytes(range(256)) * 10
    decoder = BodyDecoder(coding, 10_000)
    assert data.startswith(decoded(decoder, ENCODERS[coding](data)[:-6]))
    with pytest.raises(CodingCutOffError, match=coding):
        decoder.end()


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_false_coding_is_told(coding: str) -> None:
    """Plain JSON under a content-encoding is an error that names the coding."""
    with pytest.raises(DecodingError, match=f"not {coding}"):
        decoded(BodyDecoder(coding, 1000), b'{"a": 1}')


def test_a_coding_not_offered_is_kept_raw_and_told() -> None:
    """A body in a coding we cannot bound stays as it came, and the end says why."""
    decoder = BodyDecoder("br", 1000)
    assert decoded(decoder, b"xyz") == b"xyz"
    with pytest.raises(DecodingError, match="'br', which the request did not offer"):
        decoder.end()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_an_empty_body_needs_no_coding(coding: str) -> None:
    """A 204 or a HEAD may name a coding and have no byte."""
    BodyDecoder(coding, 10).end()


def test_padding_after_gzip_is_ignored() -> None:
    """Zeros after the last gzip member are no error."""
    decoder = BodyDecoder("gzip", 1000)
    assert decoded(decoder, gzip.compress(b"abc") + bytes(20), 7) == b"abc"
    decoder.end()


def test_pieces_are_at_most_64_kib() -> None:
    """Of a bomb no more than that is in memory at once."""
    pieces = list(BodyDecoder("gzip", 1 << 20).add(gzip.compress(bytes(200_000))))
    assert {len(piece) for piece in pieces[:-1]} == {65_536}
    assert sum(map(len, pieces)) == 200_000


def test_as_many_raw_bytes_as_the_limit_are_taken() -> None:
    """What comes counts as it came, too: exactly the limit is no failure, one more is."""
    packed = gzip.compress(b"abc")
    assert decoded(BodyDecoder("gzip", len(packed)), packed) == b"abc"
    with pytest.raises(BodyTooLargeError, match="before decoding"):
        decoded(BodyDecoder("gzip", len(packed) - 1), packed)


def test_noise_after_gzip_is_ignored() -> None:
    """Whatever follows the last member, also when it begins as a member would, and however it is split."""
    for noise in (b"\x1f", b"\x1fx", b"x\x1f\x8b", b"\x00\x1f\x8b\x08"):
        for step in (1, 2, 1000):
            decoder = BodyDecoder("gzip", 1000)
            assert decoded(decoder, gzip.compress(b"abc") + noise, step) == b"abc"
            decoder.end()


def test_members_split_anywhere_are_joined() -> None:
    """The first two bytes of a member tell it, also when they come in two reads."""
    whole = gzip.compress(b"abc") + gzip.compress(b"def") + gzip.compress(b"ghi")
    for cut in range(1, len(whole)):
        decoder = BodyDecoder("gzip", 1000)
        assert b"".join([*decoder.add(whole[:cut]), *decoder.add(whole[cut:])]) == b"abcdefghi"
        decoder.end()


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("window", range(9, 16))
def test_every_zlib_head_is_known(level: int, window: int) -> None:
    """Whatever level and window a server packs with, its wrapper is seen."""
    packer = zlib.compressobj(level, wbits=window)
    packed = packer.compress(b"abc") + packer.flush()
    decoder = BodyDecoder("deflate", 1000)
    assert decoded(decoder, packed, 1) == b"abc"
    decoder.end()


@pytest.mark.parametrize("first", [b"\x78\x00", b"\x78\x02", b"\x08\x1e"])
def test_what_only_resembles_a_zlib_head_is_raw(first: bytes) -> None:
    """The check bits of the wrapper must be right; what follows is then no raw deflate, and is told."""
    with pytest.raises(DecodingError, match="not deflate"):
        decoded(BodyDecoder("deflate", 1000), first + bytes(20))


def test_a_raw_stream_that_begins_like_a_wrapper_is_read() -> None:
    """A stored block may begin with the byte of a zlib head; the check bits tell that it is none."""
    stored = b"\x08\x03\x00\xfc\xffabc" + b"\x01\x00\x00\xff\xff"
    assert zlib.decompress(stored, wbits=-15) == b"abc"
    decoder = BodyDecoder("deflate", 1000)
    assert decoded(decoder, stored, 1) == b"abc"
    decoder.end()


def test_zlib_is_not_gzip() -> None:
    """A body is what its coding says, not what could be guessed from its first bytes."""
    with pytest.raises(DecodingError, match="not gzip"):
        decoded(BodyDecoder("gzip", 1000), zlib.compress(b"abc"))


def test_nothing_comes_after_the_limit() -> None:
    """Who continues reading after the failure gets the failure again, and not a byte."""
    decoder = BodyDecoder("", 2)
    for data in (b"abc", b"de"):
        kept = []
        with pytest.raises(BodyTooLargeError):
            kept.extend(decoder.add(data))
        assert kept == ([b"ab"] if data == b"abc" else [])

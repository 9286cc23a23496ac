"""Ways to misbehave on the wire, by name: time, size, HTTP itself, statuses. `contents` has those of the answer."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.hostile.server import FIRST_LOOK, Answer, Script, Talk, head


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to misbehave. `only` narrows the audit where the point needs no more; `first` judges from the first request."""

    name: str
    says: str
    script: Script
    only: tuple[str, ...] = ()
    first: bool = False
    heavy: bool = False  # memory is watched

    @property
    def content(self) -> bool:
        """Whether the response is right HTTP, and only what it says is wrong."""
        return self.script.__module__.endswith("contents") and not self.name.startswith("any-")

    @property
    def after(self) -> int:
        """How many requests are answered right before it begins."""
        return 0 if self.first else FIRST_LOOK


BEHAVIOURS: dict[str, Behaviour] = {}

FEW = ("chat.stop", "http", "error.envelope")
STREAMS = ("chat.stream", "http")


def behaviour(
    name: str, *, only: tuple[str, ...] = (), first: bool = False, heavy: bool = False
) -> Callable[[Script], Script]:
    """Register a script; its docstring says what the target does."""

    def register(script: Script) -> Script:
        assert name not in BEHAVIOURS
        BEHAVIOURS[name] = Behaviour(name, (script.__doc__ or "").rstrip("."), script, only, first, heavy)
        return script

    return register


JSON = ("content-type", "application/json")
SSE = ("content-type", "text/event-stream")
CHUNKED = ("transfer-encoding", "chunked")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


# Before HTTP


async def _right(talk: Talk) -> None:
    await talk.send(await talk.right())


for _name, _says in {
    "tls-expired": "Has a certificate that ended in 2020.",
    "tls-wrong-host": "Has a certificate of another host.",
    "tls-self-signed": "Has a certificate that nobody known has signed.",
    "tls-right": "Speaks TLS as it should, with an authority named by --ca-file.",
}.items():
    BEHAVIOURS[_name] = Behaviour(_name, _says.rstrip("."), _right, FEW, first=_name != "tls-right")


# Time


@behaviour("never-answers", first=True, only=FEW)
async def _never_answers(talk: Talk) -> None:
    """Accepts the request and never answers."""
    await talk.until_gone()


@behaviour("stops-answering", only=FEW)
async def _stops_answering(talk: Talk) -> None:
    """Answers the first request, then never again."""
    await talk.until_gone()


@behaviour("drips-body", only=FEW)
async def _drips_body(talk: Talk) -> None:
    """Sends the body one byte at a time, each within the read limit."""
    answer = await talk.right()
    await talk.say(head(answer.status, [*answer.headers, ("content-length", str(len(answer.body)))]))
    for byte in answer.body:
        await talk.say(bytes([byte]))
        await asyncio.sleep(0.05)


@behaviour("slow-head", only=FEW)
async def _slow_head(talk: Talk) -> None:
    """Sends the head one byte at a time without end (slow loris)."""
    await talk.say(b"HTTP/1.1 200 OK\r\n")
    while True:
        await talk.say(b"x-slow: 1\r\n")
        await asyncio.sleep(0.05)


@behaviour("stream-without-end", only=STREAMS)
async def _stream_without_end(talk: Talk) -> None:
    """Keeps every stream open with comments after its last event."""
    answer = await talk.right()
    if not answer.streamed:
        await talk.send(answer)
        return
    await talk.say(head(200, [SSE, CHUNKED]) + chunk(answer.body.replace(b"data: [DONE]\n\n", b"")))
    while True:
        await talk.say(chunk(b": still here\n\n"))
        await asyncio.sleep(0.05)


# Size


@behaviour("endless-stream", only=STREAMS, heavy=True)
async def _endless_stream(talk: Talk) -> None:
    """Streams the same content chunk for ever, as fast as it can."""
    answer = await talk.right()
    if not answer.streamed:
        await talk.send(answer)
        return
    event = answer.body.split(b"\n\n")[0] + b"\n\n"
    await talk.say(head(200, [SSE, CHUNKED]))
    block = chunk(event * 50)
    while True:
        await talk.say(block)


@behaviour("gigabyte-body", only=FEW, heavy=True)
async def _gigabyte(talk: Talk) -> None:
    """Answers with a gigabyte of JSON."""
    await talk.say(head(200, [JSON, ("content-length", str(1 << 30))]) + b'{"id":"')
    block = b"a" * 65536
    for _ in range(1 << 14):
        await talk.say(block)


@behaviour("gzip-bomb", only=FEW, heavy=True)
async def _gzip_bomb(talk: Talk) -> None:
    """Answers with 256 KB of gzip that are 256 MB of JSON."""
    await talk.say(head(200, [JSON, ("content-encoding", "gzip"), ("content-length", str(len(_bomb())))]) + _bomb())


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b" " * (1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(256)), packer.flush()])


@behaviour("header-flood", only=FEW, heavy=True)
async def _header_flood(talk: Talk) -> None:
    """Sends header lines without end."""
    await talk.say(b"HTTP/1.1 200 OK\r\n")
    block = b"".join(b"x-%d: 1\r\n" % n for n in range(1000))
    while True:
        await talk.say(block)


@behaviour("long-header", only=FEW)
async def _long_header(talk: Talk) -> None:
    """Sends one header of 100 KB with a right answer."""
    answer = await talk.right()
    await talk.send(Answer(answer.status, (*answer.headers, ("x-long", "a" * 100_000)), answer.body))


@behaviour("huge-event", only=STREAMS, heavy=True)
async def _huge_event(talk: Talk) -> None:
    """Streams one event that never ends."""
    answer = await talk.right()
    if not answer.streamed:
        await talk.send(answer)
        return
    await talk.say(head(200, [SSE, CHUNKED]) + chunk(b'data: {"id":"'))
    block = chunk(b"a" * 65536)
    while True:
        await talk.say(block)


# HTTP itself


@behaviour("garbage", only=FEW)
async def _garbage(talk: Talk) -> None:
    """Answers with bytes that are not HTTP."""
    await talk.say(b"\x00\xff\x1b[31mSSH-2.0-nope\r\n\r\n")
    talk.hang_up()


@behaviour("odd-status", only=FEW)
async def _odd_status(talk: Talk) -> None:
    """Answers with status 999 and control characters in the reason."""
    await talk.say(b"HTTP/1.1 999 \x1b[2J\r\ncontent-length: 2\r\n\r\n{}")


@behaviour("length-short", only=FEW)
async def _length_short(talk: Talk) -> None:
    """Says a content-length that is ten bytes too short."""
    answer = await talk.right()
    await talk.say(head(answer.status, [*answer.headers, ("content-length", str(len(answer.body) - 10))]) + answer.body)


@behaviour("length-long", only=FEW)
async def _length_long(talk: Talk) -> None:
    """Says a content-length that is ten bytes too long, and hangs up."""
    answer = await talk.right()
    await talk.say(head(answer.status, [*answer.headers, ("content-length", str(len(answer.body) + 10))]) + answer.body)
    talk.hang_up()


@behaviour("length-nonsense", only=FEW)
async def _length_nonsense(talk: Talk) -> None:
    """Says a negative content-length."""
    await talk.say(head(200, [JSON, ("content-length", "-5")]) + b"{}")
    talk.hang_up()


@behaviour("length-twice", only=FEW)
async def _length_twice(talk: Talk) -> None:
    """Says two different content-lengths and chunked."""
    await talk.say(
        head(200, [JSON, ("content-length", "2"), ("content-length", "3"), CHUNKED]) + chunk(b"{}") + b"0\r\n\r\n"
    )


@behaviour("chunk-cut-off", only=STREAMS)
async def _chunk_cut_off(talk: Talk) -> None:
    """Hangs up in the middle of a chunk."""
    answer = await talk.right()
    await talk.say(head(answer.status, [*answer.headers, CHUNKED]) + chunk(answer.body)[: len(answer.body) // 2])
    talk.hang_up()


@behaviour("chunk-nonsense", only=FEW)
async def _chunk_nonsense(talk: Talk) -> None:
    """Sends a chunk size that is not a number."""
    await talk.say(head(200, [JSON, CHUNKED]) + b"zz\r\n{}\r\n0\r\n\r\n")
    talk.hang_up()


@behaviour("reset-in-stream", only=STREAMS)
async def _reset(talk: Talk) -> None:
    """Resets the connection in the middle of the body."""
    answer = await talk.right()
    await talk.say(head(answer.status, [*answer.headers, CHUNKED]) + chunk(answer.body[: len(answer.body) // 2]))
    await asyncio.sleep(0.01)
    talk.reset()


@behaviour("hangs-up", only=FEW)
async def _hangs_up(talk: Talk) -> None:
    """Closes the connection without a response."""
    talk.hang_up()


@behaviour("half-closed", only=FEW)
async def _half_closed(talk: Talk) -> None:
    """Closes its writing side after the head and keeps reading."""
    await talk.say(head(200, [JSON, ("content-length", "100")]))
    talk.writer.write_eof()
    await talk.until_gone()


@behaviour("redirect-host", only=FEW)
async def _redirect_host(talk: Talk) -> None:
    """Redirects everything to another host."""
    await talk.say(head(302, [("location", "http://169.254.169.254/latest/meta-data/"), ("content-length", "0")]))


@behaviour("redirect-first", first=True, only=FEW)
async def _redirect_first(talk: Talk) -> None:
    """Redirects from the first request on, with terminal escapes in the location."""
    await talk.say(head(307, [("location", "https://\x9b31mevil.invalid/"), ("content-length", "0")]))


@behaviour("redirect-loop", only=FEW)
async def _redirect_loop(talk: Talk) -> None:
    """Redirects every path to itself."""
    await talk.say(head(308, [("location", talk.path), ("content-length", "0")]))


@behaviour("cookies", only=FEW)
async def _cookies(talk: Talk) -> None:
    """Sets cookies, and answers 500 when one comes back."""
    answer = await talk.right()
    status = 500 if "cookie" in talk.headers else answer.status
    await talk.send(Answer(status, (*answer.headers, ("set-cookie", f"session={talk.number}; Path=/")), answer.body))


@behaviour("http-1.0")
async def _http_10(talk: Talk) -> None:
    """Speaks HTTP/1.0 without a length: the body ends with the connection."""
    answer = await talk.right()
    await talk.say(head(answer.status, list(answer.headers), "HTTP/1.0") + answer.body)
    talk.hang_up()


@behaviour("interim", only=FEW)
async def _interim(talk: Talk) -> None:
    """Sends 100, 102 and 103 before each answer."""
    await talk.say(*(head(status, [("link", "</x>")]) for status in (100, 102, 103)))
    await talk.send(await talk.right())


@behaviour("interim-for-ever", only=FEW)
async def _interim_for_ever(talk: Talk) -> None:
    """Sends 103 for ever and no answer."""
    while True:
        await talk.say(head(103, [("link", "</x>")]) * 20)
        await asyncio.sleep(0.01)


@behaviour("body-on-204", only=FEW)
async def _body_on_204(talk: Talk) -> None:
    """Answers 204 with a body."""
    await talk.say(head(204, [JSON, ("content-length", "2")]) + b"{}")


@behaviour("wrong-coding", only=FEW)
async def _wrong_coding(talk: Talk) -> None:
    """Says gzip, brotli or zstd where nothing is compressed."""
    answer = await talk.right()
    coding = ("gzip", "br", "zstd", "deflate", "gzip, gzip")[talk.number % 5]
    body = gzip.compress(answer.body)[:-4] if talk.number % 2 else answer.body
    await talk.say(
        head(200, [*answer.headers, ("content-encoding", coding), ("content-length", str(len(body)))]) + body
    )


@behaviour("wrong-media-type")
async def _wrong_media_type(talk: Talk) -> None:
    """Says text/html, nothing, or the other of JSON and event stream."""
    answer = await talk.right()
    kinds = ["text/html", "", "application/json" if answer.streamed else "text/event-stream", "\xff\x1b[31m; ;;="]
    kind = kinds[talk.number % len(kinds)]
    headers = [(k, v) for k, v in answer.headers if k != "content-type"] + ([("content-type", kind)] if kind else [])
    await talk.send(Answer(answer.status, tuple(headers), answer.body))


# Statuses


@behaviour("429-storm", only=FEW)
async def _storm(talk: Talk) -> None:
    """Answers 429 to everything."""
    await talk.say(head(429, [JSON, ("content-length", "2")]) + b"{}")


@behaviour("429-retry-after", only=FEW)
async def _storm_retry_after(talk: Talk) -> None:
    """Answers 429 with Retry-After: 0 to everything."""
    await talk.say(head(429, [JSON, ("retry-after", "0"), ("content-length", "2")]) + b"{}")


@behaviour("429-retry-long", only=FEW)
async def _storm_retry_long(talk: Talk) -> None:
    """Answers 429 with Retry-After: one day to everything."""
    await talk.say(head(429, [JSON, ("retry-after", "86400"), ("content-length", "2")]) + b"{}")


@behaviour("429-retry-nonsense", only=FEW)
async def _storm_retry_nonsense(talk: Talk) -> None:
    """Answers 429 with a Retry-After that is neither a number nor a date."""
    value = ("1e9", "-1", "inf", "Thu, 99 Foo 2999", "9" * 400)[talk.number % 5]
    await talk.say(head(429, [JSON, ("retry-after", value), ("content-length", "2")]) + b"{}")


@behaviour("503-then-200")
async def _busy_once(talk: Talk) -> None:
    """Answers each request 503 with Retry-After: 0 once, then right."""
    if talk.number % 2:
        await talk.say(head(503, [JSON, ("retry-after", "0"), ("content-length", "2")]) + b"{}")
    else:
        await talk.send(await talk.right())


@behaviour("500-always", only=FEW)
async def _broken(talk: Talk) -> None:
    """Answers 500 to everything."""
    await talk.say(head(500, [("content-length", "4")]) + b"Oops")


@behaviour("401-first", first=True, only=FEW)
async def _unauthorised(talk: Talk) -> None:
    """Rejects the key, with terminal escapes in the message."""
    body = b'{"error":{"message":"no \\u001b[31m\\u009b2J entry","type":"x","param":null,"code":null}}'
    await talk.say(head(401, [JSON, ("content-length", str(len(body)))]) + body)


from tests.hostile import contents  # noqa: E402, F401 - registers the rest

"""HTTP that few clients use is judged by requirements of its own, and by no word on what it must not be blamed for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.language import Broken, Inconclusive, NotApplicable
from conformance.checks.refusal import Faulty
from conformance.checks.scenarios.http import test_framing as framing
from conformance.reply import ChatReply, NotAnswered
from conformance.wire import Attempt, Exchange, Failure, FailureKind, Request
from tests.checks.examples import DATE, HEADERS, REQUEST, answered, broken_by, finding, refused, seen, whole

GZIP = (("content-encoding", "gzip"),)
CHUNKED = (("transfer-encoding", "chunked"),)
BARE = (("content-length", "0"), DATE)
CUT = Failure(FailureKind.CUT_OFF, "server disconnected")
SILENT = Failure(FailureKind.TIMEOUT_READ, "no byte")


def sent(exchange: Exchange, headers: tuple[tuple[str, str], ...] = (), **more: Any) -> Exchange:
    """The exchange as the answer to a request with these headers."""
    return replace(exchange, request=replace(exchange.request, headers=headers, **more))


def nothing(failure: Failure = CUT) -> Exchange:
    return answered(b"", REQUEST, status=None, headers=(), failure=failure)


@pytest.mark.parametrize("headers", [GZIP, CHUNKED])
@pytest.mark.parametrize(
    "exchange",
    [
        answered(b"", REQUEST, status=415, headers=BARE),
        answered(b'{"detail": "no"}', REQUEST, status=400, headers=HEADERS),
        answered(b"", REQUEST, status=500, headers=HEADERS),
        nothing(),
    ],
    ids=["415 of the server", "400 of a framework", "500", "hung up"],
)
def test_what_the_http_server_says_is_not_the_apis(exchange: Exchange, headers: tuple[tuple[str, str], ...]) -> None:
    """To a body that no client of OpenAI's sends; the same answer to a usual one breaks a MUST."""
    assert broken_by(sent(exchange, headers)) == {}
    assert broken_by(exchange)


def test_an_envelope_is_looked_at_wherever_it_is() -> None:
    """A refusal of a compressed body that has OpenAI's envelope is held to it."""
    bad = refused(lambda data: {"error": {**data["error"], "code": 400}})
    assert broken_by(sent(bad, GZIP)) == {"error.field-types": "/error/code"}


def test_identity_is_no_coding() -> None:
    """It says that the body is as it is."""
    assert broken_by(sent(refused(status=500), (("content-encoding", "identity"),))) == {
        "http.no-server-error": "status"
    }


@pytest.mark.parametrize("status", [411, 413])
def test_a_refusal_for_length_may_come_from_a_proxy(status: int) -> None:
    """Its page is no API's error, and has no request id."""
    page = answered(b"<html>", REQUEST, status=status, headers=(("content-type", "text/html"), DATE))
    assert broken_by(page) == {}
    assert broken_by(replace(page, status=400)) == {"error.envelope": "/error", "http.request-id": "x-request-id"}


def test_a_connection_may_be_closed_on_a_large_body() -> None:
    """RFC 9110, 15.5.14; not on a small one, nor in the middle of an answer."""
    large = sent(nothing(), body=b"x" * 2_000_000)
    assert broken_by(large) == {}
    assert broken_by(replace(large, status=200, headers=HEADERS)) != {}
    assert broken_by(nothing()) == {"http.response-complete": ""}


# 429


def busy(*headers: tuple[str, str], body: bytes = b"{}", **more: Any) -> Exchange:
    return answered(body, REQUEST, status=429, headers=(*HEADERS, *headers), **more)


WHEN, READABLE = "http.rate-limited.when", "http.rate-limited.retry-after"


@pytest.mark.parametrize(
    "header",
    [
        ("retry-after", "1"),
        ("retry-after", "0.5"),
        ("retry-after", "Sat, 01 Aug 2026 00:00:00 GMT"),
        ("retry-after-ms", "20"),
        ("x-ratelimit-reset-requests", "6m0s"),
        ("x-ratelimit-reset-tokens", "1ms"),
    ],
)
def test_a_429_that_says_when_is_right(header: tuple[str, str]) -> None:
    """In any of the ways in which OpenAI's clients or documents know it."""
    found = busy(header)
    assert seen(found, WHEN)
    assert not {WHEN, READABLE} & broken_by(found).keys()


def test_a_429_without_a_word_is_told() -> None:
    """As the answer, and as a try that was given up before another answer."""
    assert broken_by(busy())[WHEN] == "retry-after"
    before = whole(attempts=(Attempt(503, None, 0.5), Attempt(429, None, 0.5, (DATE,))))
    assert broken_by(before) == {WHEN: "try 2 retry-after"}
    assert finding(before, WHEN).observed == '["date"]'


@pytest.mark.parametrize("header", [("retry-after", "6m0s"), ("retry-after", "-1"), ("retry-after-ms", "soon")])
def test_a_wait_in_words_is_told(header: tuple[str, str]) -> None:
    """It says when, in a way that no client reads."""
    assert broken_by(busy(header))[READABLE] == header[0]
    assert WHEN not in broken_by(busy(header))


@pytest.mark.parametrize(
    "exchange",
    [
        whole(),
        refused(status=503),
        whole(attempts=(Attempt(429, None, 0.5),)),
        whole(attempts=(Attempt(None, CUT, 0.5),)),
        busy(("x-should-retry", "false")),
        busy(body=b'{"error": {"message": "no money", "type": "insufficient_quota", "code": null}}'),
        busy(body=b'{"error": {"message": "no money", "type": "x", "code": "insufficient_quota"}}'),
    ],
    ids=["200", "503", "a head that was not kept", "no head", "told not to retry", "quota type", "quota code"],
)
def test_where_waiting_was_not_asked_for_nothing_is_judged(exchange: Exchange) -> None:
    """No 429, one whose head an older file did not keep, or one that waiting does not help."""
    assert not seen(exchange, WHEN)
    assert not seen(exchange, READABLE)


# What the scenarios make of answers


def reply(exchange: Exchange) -> ChatReply:
    return ChatReply(exchange)


def pair(exchange: Exchange, control: Exchange | None = None) -> Faulty:
    return Faulty(reply(control or whole()), reply(exchange))


def status(code: int) -> Exchange:
    return refused(status=code)


@pytest.mark.parametrize("exchange", [whole(), status(411)])
def test_a_chunked_body_is_read_or_411(exchange: Exchange) -> None:
    """Nothing else says that the server understood it."""
    framing.test_a_chunked_body_is_read(pair(exchange))


@pytest.mark.parametrize("exchange", [status(400), status(500), status(501), nothing(), nothing(SILENT)])
def test_a_chunked_body_that_is_misread_is_told(exchange: Exchange) -> None:
    """An empty body, a crash, and a server that waits or leaves."""
    with pytest.raises(Broken):
        framing.test_a_chunked_body_is_read(pair(exchange))


def test_nothing_is_told_where_the_target_is_busy_or_refuses_anything() -> None:
    """429, no connection, and a control that was not answered."""
    for exchange, control in (
        (status(429), None),
        (nothing(Failure(FailureKind.CONNECT, "refused")), None),
        (status(400), status(400)),
    ):
        with pytest.raises((Inconclusive, NotAnswered)):
            framing.test_a_chunked_body_is_read(pair(exchange, control))


def counted(tokens: int | None) -> ChatReply:
    body = json.loads(whole().body)
    body["usage"] = None if tokens is None else {**body["usage"], "prompt_tokens": tokens}
    return reply(answered(json.dumps(body).encode(), REQUEST))


def compressed(plain: int | None, short: int | None, found: ChatReply) -> framing.Compressed:
    return framing.Compressed(counted(plain), counted(short), found)


@pytest.mark.parametrize("found", [counted(8), *(reply(status(code)) for code in (400, 415, 422, 501))])
def test_a_compressed_body_is_read_as_it_was_or_refused(found: ChatReply) -> None:
    """The prompt tokens are those of the same prompt."""
    framing.test_a_compressed_body_is_read_or_refused(compressed(8, 8, found))


@pytest.mark.parametrize("found", [counted(90), reply(status(500)), reply(nothing()), reply(status(302))])
def test_garbage_and_crashes_are_told(found: ChatReply) -> None:
    """An answer to what was not sent, a server error, and no answer at all."""
    with pytest.raises(Broken):
        framing.test_a_compressed_body_is_read_or_refused(compressed(8, 8, found))


@pytest.mark.parametrize(("plain", "short"), [(None, None), (8, 3)])
def test_without_a_steady_count_nobody_knows_what_was_read(plain: int | None, short: int | None) -> None:
    """Some servers count no tokens, or only those that their cache has not."""
    with pytest.raises(Inconclusive):
        framing.test_a_compressed_body_is_read_or_refused(compressed(plain, short, counted(90)))


def headed(status: int, body: bytes = b"") -> tuple[Exchange, Exchange]:
    listed = Exchange("x1", Request("GET", "https://a.test/v1/models"), status=200, headers=HEADERS, body=b"{}")
    return listed, replace(listed, id="x2", request=replace(listed.request, method="HEAD"), status=status, body=body)


@pytest.mark.parametrize("status", [200, 400, 404, 405, 501])
def test_head_is_answered_or_refused(status: int) -> None:
    """As GET is, or in any way that says no."""
    framing.test_head_is_answered_like_get_or_refused(headed(status))


@pytest.mark.parametrize("status", [204, 301, 500, 502])
def test_a_head_that_looks_like_an_outage_is_told(status: int) -> None:
    """Nor is it another success than that of GET."""
    with pytest.raises(Broken):
        framing.test_head_is_answered_like_get_or_refused(headed(status))
    assert broken_by(headed(status)[1]) == {}


def test_bytes_after_a_head_are_told() -> None:
    """Whatever the status."""
    framing.test_nothing_follows_the_head(headed(405))
    with pytest.raises(Broken, match="2 bytes"):
        framing.test_nothing_follows_the_head(headed(405, b"{}"))


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_large_body_is_refused_as_a_small_one_or_as_large(code: int) -> None:
    """Any 4xx."""
    framing.test_a_large_body_is_a_4xx(pair(status(code), status(400)))


@pytest.mark.parametrize("exchange", [status(500), nothing(SILENT), whole()])
def test_a_large_body_that_is_no_4xx_is_told(exchange: Exchange) -> None:
    """A crash, a server that never answers, and a faulty request that is answered because it is large."""
    with pytest.raises(Broken):
        framing.test_a_large_body_is_a_4xx(pair(exchange, status(400)))


@pytest.mark.parametrize(("exchange", "control"), [(nothing(), status(400)), (status(500), status(500))])
def test_a_server_may_leave_instead_of_reading(exchange: Exchange, control: Exchange) -> None:
    """RFC 9110, 15.5.14; and where the small one fails alike, its size is not the reason."""
    with pytest.raises(Inconclusive):
        framing.test_a_large_body_is_a_4xx(pair(exchange, control))


def test_only_a_413_is_asked_for_its_envelope() -> None:
    """Other refusals are looked at with all errors."""
    with pytest.raises(NotApplicable):
        framing.test_a_413_is_told_in_the_envelope(pair(status(400)))
    framing.test_a_413_is_told_in_the_envelope(pair(status(413)))
    with pytest.raises(Broken):
        framing.test_a_413_is_told_in_the_envelope(pair(answered(b"<html>", REQUEST, status=413)))

"""Requests that are unusual in one respect: the method, the media type, a trailing slash, or `bearer` in lower case."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from conformance.checks import Inconclusive, NotApplicable, expect, premise, probe, requirement
from conformance.checks.keys import premise_keys_enforced
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY, Faulty, expect_accepted
from conformance.config import Target
from conformance.engine.clients import Chat, Http
from conformance.reply import ChatReply, NotAnswered
from conformance.verdict import Reason
from conformance.wire import Exchange

from ..chat.conftest import HELLO
from .headers import CHARSET, all_unusual, key_in_lower_case

REDIRECTS = (301, 302, 303, 307, 308)


def status_of(exchange: Exchange) -> int:
    """Return the status of a response; the check is inconclusive if the target is busy or does not answer."""
    if exchange.status is None:
        raise NotAnswered(exchange, f"no answer: {exchange.failure.message if exchange.failure else 'unknown'}")
    if exchange.status in BUSY:
        raise Inconclusive(Reason.RATE_LIMITED, f"the target answered {exchange.status}")
    return exchange.status


@probe
async def wrong_method(http: Http) -> Exchange:
    """Send PUT instead of POST; GET and DELETE would be valid methods for some paths of OpenAI's API."""
    return await http("PUT", "chat", {"nonsense": True})


@requirement("http.method.refused")
def test_a_wrong_method_is_a_4xx(wrong_method: Exchange) -> None:
    status = status_of(wrong_method)
    # RFC 9110 §15.6.2: 501 of a server that knows the method for no resource at all.
    expect(
        400 <= status < 500 or status == 501,
        "405, another 4xx, or 501",
        got=answer(wrong_method),
        where="status",
        on=wrong_method,
    )


@requirement("http.method.allow")
def test_a_405_names_the_allowed_methods(wrong_method: Exchange) -> None:
    premise(status_of(wrong_method) == 405, f"a wrong method returns {wrong_method.status}, not 405")
    allow = wrong_method.header("allow")
    methods = [method.strip().upper() for method in (allow or "").split(",")]
    expect("POST" in methods, "an Allow header with POST", got=allow, where="allow", on=wrong_method)


@probe
async def unusual_headers(chat: Chat, target: Target, optional_with_odd_text: ChatReply) -> ChatReply:
    """Send the valid request with several unusual headers, unless the target accepted them in an earlier request.

    The unusual headers are a charset, `bearer` in lower case, chunked transfer encoding, and an idempotency key. If the
    target accepts the request, each unusual header counts as accepted. If the target rejects the request, each unusual
    header is sent in a separate request.
    """
    if optional_with_odd_text.accepted:
        return optional_with_odd_text
    body = chat.body(HELLO, max_tokens=4)
    return await chat.post(body, headers=all_unusual(target, body), fresh=True)


@probe
async def with_charset(chat: Chat, plain: ChatReply, unusual_headers: ChatReply) -> Faulty:
    """Send the valid request with a charset in its media type."""
    if unusual_headers.accepted:
        return Faulty(plain, unusual_headers)
    return Faulty(plain, await chat.post(chat.body(HELLO, max_tokens=4), headers=CHARSET))


@requirement("http.content-type.charset", acceptance=True)
def test_a_charset_is_accepted(with_charset: Faulty) -> None:
    expect_accepted(with_charset, "application/json; charset=utf-8")


@probe
async def as_plain_text(chat: Chat, plain: ChatReply) -> Faulty:
    """Send the valid request with the media type `text/plain`."""
    return Faulty(plain, await chat.post(chat.body(HELLO, max_tokens=4), headers={"content-type": "text/plain"}))


@requirement("http.content-type.checked")
def test_plain_text_is_refused(as_plain_text: Faulty) -> None:
    exchange = as_plain_text.faulty.exchange
    premise(as_plain_text.control.accepted, "the same request as JSON is rejected too")
    good = 400 <= status_of(exchange) < 500
    expect(good, "415, or another 4xx", got=answer(exchange), where="status", on=exchange)


@probe
async def slashed(http: Http, model_list: Exchange) -> tuple[Exchange, Exchange]:
    """Request the list of models twice: with the usual path, and with a slash at the end of the path."""
    return model_list, await http(
        "GET", urlsplit(http.url("models")).path.removeprefix(urlsplit(http.target.url).path) + "/"
    )


@requirement("http.trailing-slash")
def test_a_trailing_slash_does_not_lose_the_key(slashed: tuple[Exchange, Exchange]) -> None:
    plain, exchange = slashed
    status = status_of(exchange)
    premise(plain.status == 200, f"the model list returns {plain.status}")
    if status in REDIRECTS:
        location = exchange.header("location") or ""
        here, there = urlsplit(exchange.request.url), urlsplit(urljoin(exchange.request.url, location))
        same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
        expect(same, "a redirect to the same scheme, host and port", got=location, where="location", on=exchange)
        return
    good = status == 200 or status in (404, 405)
    expect(good, "the list, a 404, or a redirect to the same origin", got=answer(exchange), where="status", on=exchange)


@probe
async def preflight(http: Http) -> Exchange:
    """Send the CORS preflight request of a browser."""
    asked = {
        "origin": "https://example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": f"{http.target.key_header},content-type",
    }
    return await http("OPTIONS", "chat", headers=asked, key=False)


@requirement("http.cors.preflight")
def test_a_preflight_needs_no_key(preflight: Exchange) -> None:
    status = status_of(preflight)
    if status not in (401, 403) and not 200 <= status < 300:
        raise NotApplicable(f"preflights of unknown origins are rejected ({status}): the endpoint is not for web pages")
    expect(200 <= status < 300, "a 2xx without a key", got=answer(preflight), where="status", on=preflight)


@probe
async def lower_case_bearer(chat: Chat, plain: ChatReply, target: Target, unusual_headers: ChatReply) -> Faulty:
    """Send the valid API key with the scheme `bearer` in lower case instead of `Bearer`."""
    if unusual_headers.accepted:
        return Faulty(plain, unusual_headers)
    return Faulty(plain, await chat.post(chat.body(HELLO, max_tokens=4), headers=key_in_lower_case(target)))


@requirement("auth.scheme-case")
def test_bearer_in_lower_case_is_understood(lower_case_bearer: Faulty, target: Target) -> None:
    if not target.key:
        raise NotApplicable("no key was given")
    if not target.is_bearer:
        raise NotApplicable("the run sends the key without the word Bearer")
    expect_accepted(lower_case_bearer, "the scheme in lower case")


@probe
async def models_without_key(http: Http) -> Exchange:
    """Request the list of models without an API key."""
    return await http("GET", "models", key=False)


@requirement("auth.models")
def test_the_model_list_needs_a_key(
    models_without_key: Exchange, completion_without_key: Exchange, target: Target
) -> None:
    if not target.key:
        raise NotApplicable("the run has no key, so no key can be missing")
    premise_keys_enforced(completion_without_key)
    status = status_of(models_without_key)
    expect(status in (401, 403), "401", got=answer(models_without_key), where="status", on=models_without_key)


@probe
async def completion_without_key(without_key: tuple[ChatReply, ChatReply]) -> Exchange:
    """Request a completion without sending an API key."""
    return without_key[0].exchange

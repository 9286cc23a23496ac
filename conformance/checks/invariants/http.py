"""Invariants (checks of every exchange) about every HTTP response."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.judgement import OK, Judgement, Unjudged, broken, invariant
from conformance.checks.language import Phrase, answer
from conformance.checks.patience import tells_of_the_target
from conformance.reply.operation import beyond_the_api
from conformance.reply.views import OF_HTTP, View, may_lack
from conformance.wire import Exchange, FailureKind, is_misread

_LARGE = 1024 * 1024  # bytes of a request


@invariant("http.response-complete", on=View)
def response_complete(view: View) -> Iterator[Judgement]:
    exchange, failure = view.exchange, view.exchange.failure
    if failure is None:
        yield OK
        return
    if not tells_of_the_target(exchange):
        if exchange.status is not None and failure.kind is not FailureKind.TOO_LARGE:
            yield Unjudged(f"{failure.message}, which is this suite's limit; --timeout raises it")
        return
    silent = exchange.status is None and _may_be_left(exchange)
    if not (silent or beyond_the_api(exchange.request)):
        yield broken(
            "a response that ends as HTTP says",
            got=Phrase(f"{failure.kind}: {failure.message}"),
            cause=f"http {failure.kind}",
        )


def _may_be_left(exchange: Exchange) -> bool:
    """Whether a server may close the connection instead of reading: RFC 9110 §15.5.14, of a body too large for it."""
    return len(exchange.request.body) >= _LARGE


@invariant("http.no-server-error", on=View)
def no_server_error(view: View) -> Iterator[Judgement]:
    status = view.exchange.status
    if status is None or status == 503:
        return  # 503 asks to come back later; the wire did, and what is left is reported as rate-limited
    if status == 501 and may_lack(view.reading.operation, view.exchange):
        return  # an operation that a target may lack, refused in HTTP's own words
    if status >= 500 and beyond_the_api(view.exchange.request):
        return
    yield (OK if status < 500 else broken("a status below 500", got=answer(view.exchange), where="status"))


@invariant("http.after-rejection", on=View)
def after_rejection(view: View) -> Iterator[Judgement]:
    exchange = view.exchange
    if not exchange.request.body or exchange.status is None or not exchange.identity:
        return
    misread = [each for each in exchange.attempts if is_misread(each.status, each.headers)]
    if not misread:
        yield OK
    for each in misread:
        if each.status != exchange.status:
            yield broken(
                f"the answer that the request gets on a new connection ({exchange.status})",
                got=Phrase(f"{each.status} on a connection whose previous request was rejected"),
                where="status",
                cause="http body left unread",
            )


@invariant("http.json-content-type", on=View)
def json_content_type(view: View) -> Iterator[Judgement]:
    exchange = view.exchange
    known = view.reading.operation is not None
    if not known or exchange.status != 200 or exchange.is_sse or not exchange.body.lstrip().startswith((b"{", b"[")):
        return
    if not exchange.knows("content-type"):
        return
    good = exchange.media_type == "application/json"
    yield OK if good else broken("application/json", got=exchange.header("content-type"), where="content-type")


@invariant("http.request-id", on=View)
def request_id(view: View) -> Iterator[Judgement]:
    exchange = view.exchange
    if exchange.status is None or view.reading.operation is None or not exchange.knows("x-request-id"):
        return
    found = exchange.header("x-request-id")
    if not found and exchange.status >= 400 and (exchange.status in OF_HTTP or beyond_the_api(exchange.request)):
        return
    yield OK if found else broken("an x-request-id header", got=None, where="x-request-id")

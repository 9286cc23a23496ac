"""What holds for every HTTP response, whatever was asked."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.invariant import HELD, Judgement, broken, invariant
from conformance.checks.language import Phrase, answer
from conformance.checks.views import View
from conformance.wire import FailureKind

# Bounds of ours that a slow or busy target may meet without any fault in its HTTP. Silence in the middle of a
# response is another matter: the target began an answer and did not end it.
_OURS = frozenset({FailureKind.BUDGET, FailureKind.TIMEOUT_CONNECT, FailureKind.TIMEOUT_TOTAL, FailureKind.TOO_LARGE})


@invariant("http.response-complete", on=View)
def response_complete(view: View) -> Iterator[Judgement]:
    failure = view.exchange.failure
    if failure is None:
        yield HELD
    elif failure.kind not in _OURS and not (failure.kind is FailureKind.TIMEOUT_READ and view.exchange.status is None):
        yield broken(
            "a response that ends as HTTP says",
            got=Phrase(f"{failure.kind}: {failure.message}"),
            cause=f"http {failure.kind}",
        )


@invariant("http.no-server-error", on=View)
def no_server_error(view: View) -> Iterator[Judgement]:
    status = view.exchange.status
    if status is None or status == 503:
        return  # 503 asks to come back later; the wire did, and what is left is reported as rate-limited
    if status == 501 and view.reading.operation != "chat":
        return  # an operation that a target may lack, refused in HTTP's own words
    yield (HELD if status < 500 else broken("a status below 500", got=answer(view.exchange), where="status"))


@invariant("http.json-content-type", on=View)
def json_content_type(view: View) -> Iterator[Judgement]:
    exchange = view.exchange
    known = view.reading.operation is not None
    if not known or exchange.status != 200 or exchange.is_sse or not exchange.body.lstrip().startswith((b"{", b"[")):
        return
    if not exchange.knows("content-type"):
        return
    good = exchange.media_type == "application/json"
    yield HELD if good else broken("application/json", got=exchange.header("content-type"), where="content-type")


@invariant("http.request-id", on=View)
def request_id(view: View) -> Iterator[Judgement]:
    exchange = view.exchange
    if exchange.status is None or view.reading.operation is None or not exchange.knows("x-request-id"):
        return
    yield HELD if exchange.header("x-request-id") else broken("an x-request-id header", got=None, where="x-request-id")

"""What holds of any HTTP response, and whose fault it is when none came."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.wire import Exchange, Fact, Failure, FailureKind
from tests.checks.examples import DATE, HEADERS, REQUEST, answered, broken_by, finding, refused, seen, whole

PLAIN = (("content-type", "text/plain"), DATE, ("x-request-id", "req_1"))
LOST = frozenset({Fact.HEADERS})
HTTP: dict[str, tuple[Exchange, dict[str, str]]] = {
    "a refusal in plain text": (refused(headers=PLAIN), {"error.content-type": "content-type"}),
    "a completion in plain text": (whole(headers=PLAIN), {"http.json-content-type": "content-type"}),
    "a list in plain text": (answered(b" [1]", REQUEST, headers=PLAIN), {"http.json-content-type": "content-type"}),
    "headers that were lost": (whole(headers=(), lost=LOST), {}),
    "headers of which some were lost": (whole(headers=PLAIN[:1], lost=LOST), {"http.json-content-type": "content-type"}),
    "a refusal whose headers were lost": (refused(headers=(), lost=LOST), {}),
    "no request id": (whole(headers=HEADERS[:2]), {"http.request-id": "x-request-id"}),
    "a server error": (refused(status=500), {"http.no-server-error": "status"}),
    "a gateway error": (refused(status=502), {"http.no-server-error": "status"}),
    "not implemented": (refused(status=501, url="https://api.example.com/v1/embeddings"), {}),
    "chat not implemented": (refused(status=501), {"http.no-server-error": "status"}),
    "an unknown route": (refused(lambda _: {"detail": "Not Found"}, 404, url="https://a.test/v1/responses"), {}),
    "no chat route": (refused(lambda _: {"detail": "Not Found"}, 404), {"error.envelope": "/error"}),
    "cut off": (whole(failure=Failure(FailureKind.CUT_OFF, "cut")), {"http.response-complete": ""}),
    "silence in the middle": (whole(failure=Failure(FailureKind.TIMEOUT_READ, "s")), {}),
    "no response in time": (
        answered(b"", REQUEST, status=None, headers=(), failure=Failure(FailureKind.TIMEOUT_READ, "slow")),
        {},
    ),
    "more than we read": (whole(failure=Failure(FailureKind.TOO_LARGE, "big")), {}),
    "not of the API": (answered(b"x", {}, url="https://a.test/", headers=(DATE,)), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", HTTP)
def test_http(case: str) -> None:
    """What holds of any response, and whose fault it is when none came."""
    exchange, wanted = HTTP[case]
    assert broken_by(exchange) == wanted


def test_what_held_was_seen() -> None:
    """A whole answer is one of those on which each of them held."""
    names = ("http.response-complete", "http.no-server-error", "http.json-content-type", "http.request-id")
    assert [name for name in names if not seen(whole(), name)] == []


def test_findings_show_the_header() -> None:
    """The media type that was sent stands in the finding, whole answers and refusals alike."""
    assert finding(whole(headers=PLAIN), "http.json-content-type").observed == '"text/plain"'
    assert finding(refused(headers=PLAIN), "error.content-type").observed == '"text/plain"'


@pytest.mark.parametrize("body", [b"", b"Bad gateway", b"<html>"])
def test_a_refusal_that_is_no_json_is_not_asked_for_its_media_type(body: bytes) -> None:
    """It has no envelope, and that is the fault."""
    found = broken_by(answered(body, REQUEST, status=400, headers=PLAIN))
    assert found == {"error.envelope": "/error"}


@pytest.mark.parametrize(("length", "wanted"), [(1 << 20, {}), ((1 << 20) - 1, {"http.response-complete": ""})])
def test_a_large_body_may_be_left_unread(length: int, wanted: dict[str, str]) -> None:
    """From a MiB on a server may hang up without an answer; one that answered and hung up then is at fault."""
    padding = "x" * (length - len(json.dumps({"a": ""})))
    lost = Failure(FailureKind.CUT_OFF, "cut")
    assert broken_by(answered(b"", {"a": padding}, status=None, headers=(), failure=lost)) == wanted
    begun = answered(b"{", {"a": padding}, headers=HEADERS, failure=lost)
    assert broken_by(begun)["http.response-complete"] == ""


def test_a_request_id_that_a_recording_kept_is_known() -> None:
    """Other headers may be lost."""
    assert seen(whole(lost=LOST), "http.request-id")


def test_a_refusal_of_http_itself_needs_no_request_id() -> None:
    """A proxy in front refuses a compressed body; what is answered with success has an id."""
    compressed = (("content-encoding", "gzip"),)
    for exchange, wanted in (
        (refused(headers=HEADERS[:2]), {}),
        (whole(headers=HEADERS[:2]), {"http.request-id": "x-request-id"}),
    ):
        assert broken_by(replace(exchange, request=replace(exchange.request, headers=compressed))) == wanted

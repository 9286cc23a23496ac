"""If Telnyx's conversations cannot be created, one requirement fails, and the others are inconclusive."""

from __future__ import annotations

import pytest

from conformance.checks import Inconclusive
from conformance.packs.telnyx.checks.conversations import id_of
from conformance.reply import NotAnswered
from conformance.wire import Exchange, Request


def answered(method: str, status: int, body: bytes = b"{}") -> Exchange:
    return Exchange("x1", Request(method, "http://x/v2/ai/conversations"), status=status, body=body)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_missing_operation_is_reported_once(status: int) -> None:
    """A server without conversations breaks no sentence about the content of conversations."""
    with pytest.raises(Inconclusive, match=r"telnyx\.conversations\.create"):
        id_of(answered("POST", status))


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("POST", 400), ("POST", 500)])
def test_other_answers_count(method: str, status: int) -> None:
    """A list that is missing, a rejection, and a server error are judged as before."""
    with pytest.raises(NotAnswered):
        id_of(answered(method, status))


def test_the_id_of_a_conversation_is_returned() -> None:
    """The usual case."""
    assert id_of(answered("POST", 200, b'{"id": "c1"}')) == "c1"

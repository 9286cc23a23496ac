"""Each invariant of a refusal: one damage breaks what it should, there, and nothing else."""

from __future__ import annotations

import pytest

from conformance.wire import Fact
from tests.checks.examples import REQUEST, Damage, answered, both, broken_by, finding, put, refused, seen

REFUSALS: dict[str, tuple[Damage, dict[str, str]]] = {
    "flat": (lambda data: data["error"], {"error.envelope": "/error"}),
    "no message": (put("error/message", ""), {"error.envelope": "/error"}),
    "FastAPI's": (lambda _: {"detail": [{"loc": ["body", "model"], "msg": "m"}]}, {"error.envelope": "/error"}),
    "a text": (lambda _: {"error": "no"}, {"error.envelope": "/error"}),
    "no param": (put("error/param", ...), {"error.fields": "/error"}),
    "no type and no code": (both(put("error/type", ...), put("error/code", ...)), {"error.fields": "/error"}),
    "type null": (put("error/type", None), {"error.field-types": "/error/type"}),
    "code is a number": (put("error/code", 400), {"error.field-types": "/error/code"}),
    "param is a list": (put("error/param", ["model"]), {"error.field-types": "/error/param"}),
    "param null": (put("error/param", None), {}),
    "no type, and a code of a wrong type": (
        both(put("error/type", ...), put("error/code", 400)),
        {"error.fields": "/error", "error.field-types": "/error/code"},
    ),
    "a list in the message": (put("error/message", "[1]"), {"error.message-plain": "/error/message"}),
    "an error in an error": (put("error/message", '{"error": 1}'), {"error.message-plain": "/error/message"}),
    "the server's fault": (put("error/type", "InternalServerError"), {"error.type-client": "/error/type"}),
    "the server's fault, in snake case": (put("error/type", "server_error"), {"error.type-client": "/error/type"}),
    "a type of Ollama": (put("error/type", "api_error"), {}),
    "a type of vLLM": (put("error/type", "BadRequestError"), {}),
    "a number as message is a sentence": (put("error/message", "42"), {}),
}


@pytest.mark.parametrize("damage", REFUSALS)
def test_a_damaged_refusal(damage: str) -> None:
    """One damage to an error breaks what is named, there."""
    apply, wanted = REFUSALS[damage]
    assert broken_by(refused(apply)) == wanted


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_busy_server_may_say_so(status: int) -> None:
    """In these statuses `type` may name a fault of the server."""
    assert not seen(refused(put("error/type", "server_error"), status), "error.type-client")


@pytest.mark.parametrize(
    ("field", "value", "expected", "cause"),
    [
        ("type", None, "a string", "error.type null"),
        ("type", 5, "a string", "error.type int"),
        ("param", 5, "a string or null", "error.param int"),
        ("code", 400, "a string or null", "error.code int"),
        ("code", True, "a string or null", "error.code bool"),
    ],
)
def test_a_field_of_a_wrong_type_is_said_by_its_type(field: str, value: object, expected: str, cause: str) -> None:
    """What may stand there, and one cause for one kind of fault."""
    found = finding(refused(put(f"error/{field}", value)), "error.field-types")
    assert (found.where, found.expected, found.cause) == (f"/error/{field}", expected, cause)


def test_only_what_has_the_envelope_is_looked_into() -> None:
    """A message elsewhere, or none, is no error in an error; nor has a body without JSON a media type to be held to."""
    names = ("error.message-plain", "error.content-type")
    assert [seen(refused(), name) for name in names] == [True, True]
    assert [seen(refused(lambda data: data["error"]), name) for name in names] == [False, True]
    assert not seen(refused(put("error/message", "")), "error.message-plain")
    for body in (b"", b"  ", b"Bad gateway"):
        assert not seen(answered(body, REQUEST, status=400), "error.content-type")
    assert seen(refused(lost=frozenset({Fact.HEADERS})), "error.content-type")

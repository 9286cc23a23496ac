"""Each invariant of a refusal: one damage breaks what it should, there, and nothing else."""

from __future__ import annotations

import pytest

from tests.checks.examples import Damage, both, broken_by, put, refused

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
    "a number as message is a sentence": (put("error/message", "42"), {}),
}


@pytest.mark.parametrize("damage", REFUSALS)
def test_a_damaged_refusal(damage: str) -> None:
    """One damage to an error breaks what is named, there."""
    apply, wanted = REFUSALS[damage]
    assert broken_by(refused(apply)) == wanted

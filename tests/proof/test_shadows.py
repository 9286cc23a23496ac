"""Which mutants change something for a call: none is taken for harmless that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.reference.chat_request import ChatRequests
from conformance.reference.constraint import Guide
from conformance.reference.dialect import TELNYX
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError
from conformance.reference.mutants import MUTANTS, Mutant
from conformance.reference.part import Kind
from conformance.reference.settings import Settings

from .shadows import Call, Opaque, altering, copied, form

Make = Callable[[Kind], str]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Make:
    """A mutant of this test alone."""

    def make(cls: Kind) -> str:
        name = f"{request.node.name}-{cls.__name__}"
        monkeypatch.setitem(MUTANTS, name, Mutant(name, "", frozenset(), (), "", cls))
        return name

    return make


def altered(name: str, came: Any, *given: Any, attribute: str = "ChatRequests.prepare_body") -> bool:
    """Whether the mutant changes a call that the right method, given this, came to."""
    return altering(Call(attribute, *given), came, Settings(), [name]) == [name]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        ("1", 1),
        ([1], (1,)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (0.0, -0.0),
        (None, False),
        ({}, []),
    ],
)
def test_what_differs_on_the_wire_differs(one: Any, other: Any) -> None:
    """Types and order count, at any depth."""
    assert form({"x": [one]}) == form({"x": [one]})
    assert form({"x": [one]}) != form({"x": [other]})
    assert form(Guide("choice", one)) != form(Guide("choice", other))


@pytest.mark.parametrize("value", [iter([]), object(), print, Endpoint, {"a": [iter([])]}, Guide("choice", object())])
def test_what_is_more_than_data_is_no_evidence(value: Any) -> None:
    """Of a generator, an object or a function nobody can say whether another is the same."""
    with pytest.raises(Opaque):
        form(value)


def test_a_copy_shares_nothing_that_can_change() -> None:
    """Lists, dicts and what records hold are copied, an error too, though it is made with words."""
    body = {"a": [{"b": 1}], "guide": Guide("json_schema", {"type": "object"})}
    other = copied(body)
    assert form(other) == form(body)
    other["a"][0]["b"] = 2
    other["guide"].value["type"] = "array"
    assert form(body) == form({"a": [{"b": 1}], "guide": Guide("json_schema", {"type": "object"})})
    assert copied([TELNYX, "x", (1, 2)])[0] is TELNYX  # a mutant may ask whether it is this very one
    assert form(copied(ApiError(400, "No.", "n"))) == form(ApiError(400, "No.", "n"))


def test_who_passes_everything_on_changes_nothing(made: Make) -> None:
    """As it came, or made anew and the same in every part."""

    class Looks(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return super().prepare_body(body if "n" in body else dict(body))

    class Rebuilds(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return {key: each for key, each in super().prepare_body(body).items() if key != "stop"}

    for cls in (Looks, Rebuilds):
        assert not altered(made(cls), {"a": 1, "n": 2}, {"a": 1})
    assert altered(made(Rebuilds), {"a": 1, "stop": 2}, {"a": 1})


def test_who_does_anything_else_changes_something(made: Make) -> None:
    """Not asking the right method, asking it twice or otherwise, giving something else, keeping or looking up something."""

    class Skips(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return {"a": 1}

    class Twice(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            super().prepare_body(body)
            return super().prepare_body(body)

    class Otherwise(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return super().prepare_body({**body, "n": 1})

    class Turns(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return {**super().prepare_body(body), "a": True}

    class Keeps(ChatRequests):
        kept: Any = None

        def prepare_body(self, body: Any) -> Any:
            self.kept = body
            return super().prepare_body(body)

    class LooksUp(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return super().prepare_body(body) if self.store else {}

    class Raises(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            super().prepare_body(body)
            raise ApiError(400, "No.")

    class Changes(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            body.pop("a")
            return super().prepare_body(body)

    class ChangesAfter(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            found = super().prepare_body(body)
            found["a"] = 2
            return found

    for cls in (Skips, Twice, Otherwise, Turns, Keeps, LooksUp, Raises, Changes, ChangesAfter):
        assert altered(made(cls), {"a": 1}, {"a": 1}), cls.__name__


def test_who_changes_what_it_is_given_spoils_it_for_nobody(made: Make) -> None:
    """Each mutant is given what the right method was given, and the right one's own data stays as it was."""

    class Spoils(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            super().prepare_body(body)["a"].clear()
            body["a"].clear()
            return {}

    class PassesOn(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return super().prepare_body(body)

    body = {"a": [1]}
    names = [made(Spoils), made(PassesOn)]
    call = Call("ChatRequests.prepare_body", body)
    assert altering(call, body, Settings(), names) == names[:1]
    assert body == {"a": [1]}


def test_an_error_that_is_passed_on_changes_nothing(made: Make) -> None:
    """Another error, the same one made worse, or none: each changes something."""

    class PassesOn(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return super().prepare_body(body)

    class Worse(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            try:
                return super().prepare_body(body)
            except ApiError as error:
                error.param = None
                raise

    class Other(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            try:
                return super().prepare_body(body)
            except ApiError as error:
                raise replace(error, status=500) from None

    class Accepts(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            try:
                return super().prepare_body(body)
            except ApiError:
                return {}

    error = ApiError(400, "No.", "n")
    assert not altered(made(PassesOn), error, {"n": 0})
    for cls in (Worse, Other, Accepts):
        assert altered(made(cls), error, {"n": 0}), cls.__name__
    assert error.param == "n"


def test_in_doubt_every_mutant_counts(made: Make) -> None:
    """A result, or an argument, that is more than data, and a right method that changes what it is given."""

    class PassesOn(ChatRequests):
        def prepare_body(self, body: Any) -> Any:
            return super().prepare_body(body)

    name = made(PassesOn)
    assert altered(name, iter([]), {})
    assert altering(None, {}, Settings(), [name]) == [name]
    with pytest.raises(Opaque):
        Call("ChatRequests.prepare_body", object())
    body = {"a": 1}
    call = Call("ChatRequests.prepare_body", body)
    body["a"] = 2
    assert altering(call, {}, Settings(), [name]) == [name]
    assert not altered(name, Guide("choice", [1]), {})

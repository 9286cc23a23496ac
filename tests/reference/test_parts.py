"""Parts: each knows those it annotates, a subclass takes the place of one, and several of one are joined."""

from __future__ import annotations

import pytest

from conformance.reference import Endpoint, Settings
from conformance.reference.chat.completion import Chat
from conformance.reference.endpoint import PARTS
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.part import Part, needs


class First(Http):
    """Adds a header, whatever comes below."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "x-first": "1"}


class Second(Http):
    """Adds another one."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "x-second": "2", "x-first": "2"}


def test_every_part_knows_the_parts_that_it_annotates() -> None:
    """The same objects that the endpoint has."""
    endpoint = Endpoint()
    wired = [(endpoint.part(kind), name, other) for kind in PARTS for name, other in needs(kind).items()]
    assert len(wired) > 40
    assert [name for part, name, other in wired if getattr(part, name) is not endpoint.part(other)] == []


def test_a_replacement_is_what_all_others_see() -> None:
    """Also under the name of its own class."""
    endpoint = Endpoint(replaced=[First])
    assert isinstance(endpoint.part(Http), First)
    assert endpoint.part(Chat).http is endpoint.part(First)
    assert type(endpoint.part(Chat)) is Chat


def test_replacements_of_one_part_are_joined() -> None:
    """The first is asked first."""
    headers = Endpoint(replaced=[First, Second]).part(Http).headers()
    assert (headers["x-first"], headers["x-second"]) == ("1", "2")


def test_a_replacement_and_its_subclass_are_joined_in_any_order() -> None:
    """Two mutants may share a class, and one of them may build on it."""

    class Third(First):
        """Builds on another replacement."""

    for replaced in ([First, Third], [Third, First], [Third, Third]):
        assert type(Endpoint(replaced=replaced).part(Http)) is Third


def test_a_replacement_may_need_more_than_the_part() -> None:
    """Even another replacement, by its own class."""

    class Numbered(Chat):
        """Has its ids from elsewhere."""

        first: First
        ids: Ids

    endpoint = Endpoint(replaced=[Numbered, First])
    assert endpoint.part(Numbered).first is endpoint.part(Http)


def test_what_replaces_no_part_is_refused() -> None:
    """A mistake in a mutant's base class is said by its name."""

    class Stray(Part):
        """No part of the endpoint."""

    with pytest.raises(TypeError, match="Stray replaces no part"):
        Endpoint(replaced=[Stray])


def test_endpoints_share_nothing() -> None:
    """Settings, store and parts are those of one endpoint."""
    one, other = Endpoint(Settings(api_key="a")), Endpoint(Settings(api_key="b"))
    assert one.part(Http).settings.api_key == "a"
    assert one.part(Http) is not other.part(Http)
    assert one.store is not other.store

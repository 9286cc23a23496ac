"""A run keeps so much of what a target sends, and of the rest the beginning."""

from __future__ import annotations

from conformance.engine.room import EVENT, KEPT, LARGE, Room, size_of
from conformance.wire import Event, Exchange, Failure, FailureKind, Request

REQUEST = Request("POST", "http://x", body=b"{}")


def answer(size: int, events: int = 0) -> Exchange:
    """An answer of so many bytes and events."""
    return Exchange("x1", REQUEST, status=200, body=b"a" * size, events=(Event("a"),) * events)


def test_what_is_not_large_is_kept_until_all_is_full() -> None:
    """Also next to large ones that find no room."""
    room = Room(for_large=LARGE, in_all=10 * LARGE)
    for _ in range(9):
        small = answer(LARGE - 10)
        assert room.fitting(small) is small
    last = room.fitting(answer(LARGE - 10))
    assert last.failure is None
    assert room.fitting(answer(LARGE - 10)).failure is not None


def test_of_large_answers_beyond_the_room_the_beginning_is_kept() -> None:
    """With a failure that no requirement holds against the target."""
    room = Room(for_large=3 * LARGE, in_all=100 * LARGE)
    kept = [room.fitting(answer(LARGE + 1)) for _ in range(5)]
    assert [exchange.failure is None for exchange in kept] == [True, True, False, False, False]
    assert kept[-1].body == b"a" * KEPT
    assert kept[-1].failure is not None
    assert kept[-1].failure.kind is FailureKind.TOO_LARGE


def test_events_take_room_beside_their_text() -> None:
    """A hundred thousand tiny ones are some fifty megabytes."""
    whole = answer(900_000, 99_000)
    assert size_of(whole) > 99_000 * EVENT
    cut = Room().fitting(whole)
    assert cut.failure is not None
    assert len(cut.events) <= KEPT // EVENT


def test_a_failure_that_was_there_stays() -> None:
    """What the target did is told first."""
    broken = Exchange(
        "x1", REQUEST, status=200, body=b"a" * LARGE * 2, failure=Failure(FailureKind.CUT_OFF, "it ended early")
    )
    cut = Room(for_large=0).fitting(broken)
    assert cut.failure == broken.failure
    assert len(cut.body) == KEPT


def test_a_body_of_many_objects_is_large() -> None:
    """A million empty choices are three megabytes, and gigabytes as data."""
    room = Room()
    body = b'{"choices": [' + b"{}," * 1_000_000 + b"{}]}"
    assert room.fitting(Exchange("x1", REQUEST, status=200, body=body)).failure is not None
    usual = Exchange("x2", REQUEST, status=200, body=b'{"logprobs": [' + b"{}," * 5_000 + b"{}]}")
    assert Room(for_large=0).fitting(usual) is usual

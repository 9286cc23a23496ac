"""Compares the shapes of the responses of a reference and of a candidate to the same requests.

A difference that several responses show is listed once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.report.pairs import Pair
from conformance.report.shapes import ABSENT, ResponseShape, parent_of, shape_of

_UNCOUNTED = frozenset({"date", "content-length", "transfer-encoding", "connection", "keep-alive"})
"""Headers that say nothing about the API."""
_ALL, _ORDER = "all events", "order of events"
_MOST_EXAMPLES = 3


class Aspect(StrEnum):
    """What differs between two responses. Reports show differences in the order in which `Aspect` lists its members."""

    STATUS = "status"
    MEDIA_TYPE = "media type"
    EVENTS = "events"
    FIELD = "field"
    VALUE = "value"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One difference between responses of the reference and of the candidate, counted over all pairs of exchanges.

    `place` is a field such as `/choices/[]/finish_reason`, or a header. `reference` and `candidate` describe what the
    responses of each side have at this place, such as `string` or `absent`. `shown` is the number of pairs of exchanges
    that show the difference; `of` is the number of pairs that could show it. `examples` has the ids of exchanges of the
    reference and of the candidate.
    """

    aspect: Aspect
    place: str
    reference: str
    candidate: str
    operations: tuple[str, ...]
    shown: int
    of: int
    examples: tuple[tuple[str, str], ...]

    @property
    def always(self) -> bool:
        """Whether every pair of exchanges that could show the difference shows it."""
        return self.shown == self.of


def differences_of(pairs: Sequence[Pair]) -> tuple[FieldDifference, ...]:
    """Return the differences between the two responses of each pair.

    Differences that every pair of exchanges shows come first; the other differences are sorted by the number of pairs
    that show them.

    If both responses of a pair have different statuses, only the status is compared, because an error and a result have
    different fields. If nested fields differ in the same way, only the outermost field is listed.
    """
    shown: dict[tuple[Aspect, str, str, str], list[Pair]] = defaultdict(list)
    compared: dict[tuple[Aspect, str], int] = defaultdict(int)
    for pair in pairs:
        reference, candidate = shape_of(pair.reference), shape_of(pair.candidate)
        for aspect, place in _comparable(reference, candidate):
            compared[aspect, place] += 1
        for aspect, place, expected, got in _differences(reference, candidate):
            shown[aspect, place, expected, got].append(pair)
    found = [_folded(key, same, compared[key[0], key[1]]) for key, same in shown.items()]
    return tuple(sorted(found, key=_order))


def _order(each: FieldDifference) -> tuple[object, ...]:
    return (not each.always, list(Aspect).index(each.aspect), -each.shown, each.place, each.reference, each.candidate)


def _folded(key: tuple[Aspect, str, str, str], same: Sequence[Pair], of: int) -> FieldDifference:
    aspect, place, reference, candidate = key
    return FieldDifference(
        aspect,
        place,
        reference,
        candidate,
        tuple(dict.fromkeys(pair.operation for pair in same)),
        len(same),
        max(of, len(same)),
        tuple((pair.reference.id, pair.candidate.id) for pair in same[:_MOST_EXAMPLES]),
    )


def _comparable(reference: ResponseShape, candidate: ResponseShape) -> Iterator[tuple[Aspect, str]]:
    """Yield each place that is compared in this pair."""
    yield Aspect.STATUS, "status"
    if reference.status != candidate.status:
        return
    yield Aspect.MEDIA_TYPE, "content-type"
    if reference.events or candidate.events:
        yield from ((Aspect.EVENTS, place) for place in {_ALL, _ORDER, *reference.events, *candidate.events})
    yield from ((Aspect.HEADER, name) for name in reference.headers | candidate.headers)
    for place in reference.places.keys() | candidate.places.keys():
        if _known_parent(place, reference) and _known_parent(place, candidate):
            yield Aspect.FIELD, place
            yield Aspect.VALUE, place


def _differences(reference: ResponseShape, candidate: ResponseShape) -> Iterator[tuple[Aspect, str, str, str]]:
    if reference.status != candidate.status:
        yield Aspect.STATUS, "status", _status(reference), _status(candidate)
        return
    if reference.media_type != candidate.media_type:
        yield Aspect.MEDIA_TYPE, "content-type", reference.media_type or ABSENT, candidate.media_type or ABSENT
    yield from _event_differences(reference, candidate)
    for name in sorted((reference.headers ^ candidate.headers) - _UNCOUNTED):
        here = name in reference.headers
        yield Aspect.HEADER, name, "present" if here else ABSENT, ABSENT if here else "present"
    for place in sorted(reference.places.keys() | candidate.places.keys()):
        if not (_known_parent(place, reference) and _known_parent(place, candidate)):
            continue
        expected, got = _states(place, reference), _states(place, candidate)
        if expected != got:
            yield Aspect.FIELD, place, expected, got
        elif reference.values.get(place) != candidate.values.get(place):
            yield Aspect.VALUE, place, _values(place, reference), _values(place, candidate)


def _event_differences(reference: ResponseShape, candidate: ResponseShape) -> Iterator[tuple[Aspect, str, str, str]]:
    """Yield the kinds of events that only one stream has; if there are none, the orders if they differ."""
    if reference.events == candidate.events:
        return
    if not reference.events or not candidate.events:
        yield Aspect.EVENTS, _ALL, _sequence(reference), _sequence(candidate)
        return
    kinds = sorted(set(reference.events) ^ set(candidate.events))
    for kind in kinds:
        here = kind in reference.events
        yield Aspect.EVENTS, kind, "present" if here else ABSENT, ABSENT if here else "present"
    if not kinds:
        yield Aspect.EVENTS, _ORDER, _sequence(reference), _sequence(candidate)


def _known_parent(place: str, shape: ResponseShape) -> bool:
    """Whether the response has what the place is a field of, so that the field can be present or absent there."""
    parent = parent_of(place)
    if "/" not in place:
        return place in shape.places
    if place.endswith("/[]"):
        return place in shape.places  # an empty array says nothing about its elements
    return bool(shape.places.get(parent, frozenset()) & {"object"})


def _states(place: str, shape: ResponseShape) -> str:
    return " or ".join(sorted(shape.places.get(place, {ABSENT})))


def _values(place: str, shape: ResponseShape) -> str:
    return " or ".join(sorted(shape.values.get(place, ()))) or "other text"


def _status(shape: ResponseShape) -> str:
    return str(shape.status) if shape.status else "no response"


def _sequence(shape: ResponseShape) -> str:
    return " → ".join(_short(shape.events)) or "no events"


def _short(events: Iterable[str]) -> list[str]:
    """Return a sequence of events without repetitions of the same neighbours: `a b a b a b` is `a b …`."""
    found: list[str] = []
    for each in events:
        if found[-1:] == ["…"] and each in found[-3:-1]:
            continue
        if len(found) >= 3 and found[-2] == each and found[-3] == found[-1]:
            found.append("…")
            continue
        found.append(each)
    return found

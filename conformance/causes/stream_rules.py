"""Defines the rules by which one symptom of a Responses stream explains another symptom in the same run."""

from __future__ import annotations

import re

from conformance.causes.group import Group
from conformance.causes.sighting import Sighting
from conformance.causes.symptom import SymptomKind

_SCHEMA, _DELTAS = "responses.stream.schema", "responses.stream.deltas"
_FINAL, _RESUMED = "responses.stream.final", "responses.resume.whole"
_PLACES = frozenset({"output_index", "content_index", "item_id", "delta"})
"""Members by which an event belongs to an item, and the text itself."""
_CAMEL = re.compile(r"Response(\w+?)(?:Delta|Done|Added)Event\b")
_TYPE = re.compile(r"response\.([a-z_]+)\.(?:delta|done|added)\b")
_TEXTS = {"arguments": "function_call_arguments", "text": "output_text"}
_NUMBER = re.compile(r"event (\d+)")
_SAME_WHEN_RESUMED = {_DELTAS: "/delta", "responses.stream.terminal": "/type"}
"""Faults of every stream, by the location at which a resumed stream shows them."""


def lost_event(one: Group, other: Group) -> bool:
    """A missing part of a text, and a jump of the sequence number at the same place, come from one lost event."""
    if one.ids != {_DELTAS} or str(other.symptom) != "field:sequence_number":
        return False
    gaps = {_place(each) for each in other.sightings if not each.missing}
    return any(_place(each) in gaps for each in one.sightings)


def _place(seen: Sighting) -> tuple[str, str]:
    number = _NUMBER.match(seen.finding.where)
    return seen.finding.exchange, number[1] if number else seen.finding.where


def misplaced(one: Group, other: Group) -> bool:
    """If an event lacks its text or index, this fault explains the other faults in the output item of the event."""
    malformed = one.ids == {_SCHEMA} and one.symptom.subject in _PLACES
    if not malformed or not other.ids <= {_DELTAS, "responses.stream.order"} or not one.exchanges & other.exchanges:
        return False
    channels = {_channel(each) for each in one.sightings}
    return all(_channel(each) in channels for each in other.sightings)


def _channel(seen: Sighting) -> str:
    """The kind of text or part that a finding is about: `output_text`, `function_call_arguments`; "" if unknown."""
    if named := _CAMEL.search(seen.finding.expected):
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", named[1]).lower()
    named = _TYPE.match(seen.finding.expected)
    return named[1] if named else _TEXTS.get(seen.field, "")


def compared(one: Group, other: Group) -> bool:
    """Return whether an item differs from the final response only because its `done` event has it incomplete."""
    return (
        other.ids == {_FINAL}
        and _DELTAS in one.ids
        and bool(one.exchanges & other.exchanges)
        and all("response.output_item.done" in each.finding.expected for each in other.sightings)
        and any("item" in each.steps and each.missing for each in one.sightings)
    )


def resumed(one: Group, other: Group) -> bool:
    """Return whether the symptom of `one` explains why a resumed stream differs from the original stream (`other`)."""
    if other.ids != {_RESUMED}:
        return False
    same = {_SAME_WHEN_RESUMED[name] for name in one.ids & set(_SAME_WHEN_RESUMED)}
    if same and one.kind in (SymptomKind.STREAM, SymptomKind.FIELD):
        return all(each.finding.where in same for each in other.sightings)
    return "responses.resume" in one.ids and bool(one.exchanges & other.exchanges)

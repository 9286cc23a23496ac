"""Groups sightings by symptom, and puts symptoms to those that explain them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.causes.group import Group
from conformance.causes.rules import RULES
from conformance.causes.sighting import Sighting
from conformance.causes.symptom import BROAD_CRASH, BROAD_SERVER_ERROR, UNCHECKED, Symptom, SymptomKind

BROAD = 3
"""From so many parameters on, one fault of many requests is no longer a fault of each parameter."""


def grouped(seen: Sequence[tuple[Symptom, Sighting]]) -> list[Group]:
    """The sightings by their symptom, and symptoms that others explain put to them."""
    groups: dict[Symptom, Group] = {}
    for symptom, sighting in seen:
        groups.setdefault(symptom, Group(symptom)).sightings.append(sighting)
    return _merged(_widened_faults(_merged(_widened_errors(list(groups.values())))))


def _merged(groups: list[Group]) -> list[Group]:
    """The groups that are left when no rule explains one by another any more."""
    left = list(groups)
    while True:
        found = next(
            ((one, other) for rule in RULES for one in left for other in left if one is not other and rule(one, other)),
            None,
        )
        if found is None:
            return left
        found[0].sightings += found[1].sightings
        left.remove(found[1])


def _widened_errors(groups: list[Group]) -> list[Group]:
    """Server errors for many parameters are one fault, not a fault of each."""
    left = groups
    for symptom, least in ((BROAD_SERVER_ERROR, BROAD), (BROAD_CRASH, BROAD + 1)):
        left = _widened(left, [each for each in left if each.kind is symptom.kind], symptom, least)
    return left


def _widened_faults(groups: list[Group]) -> list[Group]:
    """Wrong values of many parameters that are accepted are one fault: nothing checks values."""
    many = [each for each in groups if each.kind is SymptomKind.ACCEPTED and all(map(_of_value, each.sightings))]
    return _widened(groups, many, UNCHECKED, BROAD)


def _widened(groups: list[Group], many: list[Group], symptom: Symptom, least: int) -> list[Group]:
    if sum(each.specific for each in many) < least:
        return groups
    whole = Group(symptom, [seen for each in many for seen in each.sightings])
    return [whole, *(each for each in groups if each not in many)]


_VALUE = re.compile(r"(?<!part)[.-](?:type|range|zero|negative|bounds)$|violation of (?:type|maximum|minimum)\b")


def _of_value(seen: Sighting) -> bool:
    """Whether the fault was a value of the wrong type, or out of range."""
    return bool(_VALUE.search(seen.id) or _VALUE.search(seen.finding.cause))

"""Groups findings by symptom, and merges two groups if the symptom of one explains the symptom of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.causes.group import Group
from conformance.causes.rules import ABOUT_EXCHANGES, ABOUT_SERVER, RULES, Rule
from conformance.causes.sighting import Sighting
from conformance.causes.symptom import BROAD_CRASH, BROAD_SERVER_ERROR, UNCHECKED, Symptom, SymptomKind

BROAD = 3
"""From so many parameters on, one fault of many requests is no longer a fault of each parameter."""


def grouped(seen: Sequence[tuple[Symptom, Sighting]]) -> list[Group]:
    """Return all sightings (findings with their exchanges), grouped by symptom.

    If one symptom explains another symptom, the findings of both symptoms are in one group.
    """
    by_symptom: dict[Symptom, list[Sighting]] = {}
    for symptom, sighting in _by_narrowest(list(_by_body(seen))):
        by_symptom.setdefault(symptom, []).append(sighting)
    groups = [Group(symptom, tuple(sightings)) for symptom, sightings in by_symptom.items()]
    return _merged(_widened_statuses(_widened_faults(_merged(_widened_errors(groups)))))


def _by_body(seen: Sequence[tuple[Symptom, Sighting]]) -> Iterator[tuple[Symptom, Sighting]]:
    """The sightings; a body that is wrong in 4xx responses, too, is no fault of 5xx responses."""
    bodies = {each.id: symptom for symptom, each in seen if symptom.kind is SymptomKind.ERROR_BODY}
    for symptom, each in seen:
        of_body = symptom.kind in ABOUT_SERVER and not each.on_status and each.id in bodies
        yield (bodies[each.id] if of_body else symptom), each


def _by_narrowest(seen: Sequence[tuple[Symptom, Sighting]]) -> Iterator[tuple[Symptom, Sighting]]:
    """The sightings; one that names nothing but its status has the symptom of the narrowest requirement on its exchange."""
    named: dict[tuple[SymptomKind, str], tuple[Symptom, Sighting]] = {}
    for symptom, each in seen:
        place = (symptom.kind, each.finding.exchange)
        if place not in named or each.verdict.seen < named[place][1].verdict.seen:
            named[place] = (symptom, each)
    for symptom, each in seen:
        vague = each.id == symptom.subject and symptom.kind in ABOUT_EXCHANGES and each.finding.exchange
        yield (named[(symptom.kind, each.finding.exchange)][0] if vague else symptom), each


def _merged(groups: list[Group]) -> list[Group]:
    """The groups that are left when no rule explains one by another any more.

    The first rule that applies wins, then the first group that explains another, then the first that it explains. Only
    pairs with a group that is new are tried again.
    """
    left = list(groups)
    applies: dict[Rule, set[tuple[Group, Group]]] = {}
    while pairs := next(filter(None, (_applies(rule, left, applies) for rule in RULES)), None):
        place = {group: number for number, group in enumerate(left)}
        one, other = min(pairs, key=lambda pair: (place[pair[0]], place[pair[1]]))
        whole = Group(one.symptom, one.sightings + other.sightings)
        left = [whole if each is one else each for each in left if each is not other]
        for rule, known in applies.items():
            applies[rule] = {pair for pair in known if one not in pair and other not in pair}
            applies[rule] |= {(whole, each) for each in left if each is not whole and rule(whole, each)}
            applies[rule] |= {(each, whole) for each in left if each is not whole and rule(each, whole)}
    return left


def _applies(rule: Rule, groups: list[Group], known: dict[Rule, set[tuple[Group, Group]]]) -> set[tuple[Group, Group]]:
    """The pairs of which the rule explains the second group by the first; computed when the rule is first needed."""
    if rule not in known:
        known[rule] = {(one, other) for one in groups for other in groups if one is not other and rule(one, other)}
    return known[rule]


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


def _widened_statuses(groups: list[Group]) -> list[Group]:
    """The same wrong status for faults in many parameters is one fault: nothing maps them to the right one."""
    left = groups
    for expected, status in dict.fromkeys(pair for each in groups for pair in _statuses(each)):
        many = [each for each in left if set(_statuses(each)) == {(expected, status)}]
        left = _widened(left, many, Symptom(SymptomKind.STATUS, expected), BROAD)
    return left


def _statuses(group: Group) -> list[tuple[str, int]]:
    """The status that was expected and the one that was observed, for a group of wrong statuses."""
    if group.kind is not SymptomKind.STATUS:
        return []
    found = ((_STATUS.search(each.finding.expected), each.status) for each in group.sightings)
    return [(expected[0], status) for expected, status in found if expected]


def _widened(groups: list[Group], many: list[Group], symptom: Symptom, least: int) -> list[Group]:
    if sum(each.specific for each in many) < least:
        return groups
    whole = Group(symptom, tuple(seen for each in many for seen in each.sightings))
    return [whole, *(each for each in groups if each not in many)]


_STATUS = re.compile(r"\b4\d\d\b")
_VALUE = re.compile(r"(?<!part)[.-](?:type|range|zero|negative|bounds)$|violation of (?:type|maximum|minimum)\b")


def _of_value(seen: Sighting) -> bool:
    """Whether the fault was a value of the wrong type, or out of range."""
    return bool(_VALUE.search(seen.id) or _VALUE.search(seen.finding.cause))

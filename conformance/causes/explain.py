"""Which symptom explains which: a small relation between the symptoms of one run. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from conformance.causes.sighting import Sighting
from conformance.causes.symptom import BROAD_SERVER_ERROR, Symptom, SymptomKind

BROAD = 3
"""From so many parameters on, one fault of many requests is no longer a fault of each parameter."""

_COMBINING = frozenset({"any-of", "one-of", "all-of", "null-union", "recursion", "ref", "generated"})


@dataclass(slots=True)
class Group:
    """The sightings of one symptom."""

    symptom: Symptom
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def kind(self) -> SymptomKind:
        """The kind of its symptom."""
        return self.symptom.kind

    @property
    def exchanges(self) -> set[str]:
        """The exchanges that its findings cite."""
        return {each.finding.exchange for each in self.sightings if each.finding.exchange}

    @property
    def shown(self) -> int:
        """On how many exchanges the fault was seen, at least."""
        return max(each.shown for each in self.sightings)

    @property
    def causes(self) -> set[str]:
        """The causes that checks gave to findings; the default of an invariant, its requirement and place, is none."""
        return {each.finding.cause for each in self.sightings if not each.finding.cause.startswith(each.id)} - {""}

    @property
    def specific(self) -> bool:
        """Whether anything names what is at fault: a parameter, a field."""
        return all(each.id != self.symptom.subject for each in self.sightings)

    @property
    def streamed(self) -> bool:
        """Whether only streams show it."""
        return all(each.streamed for each in self.sightings)


Rule = Callable[[Group, Group], bool]
"""Of two groups: whether the first explains the second."""


def grouped(seen: Sequence[tuple[Symptom, Sighting]]) -> list[Group]:
    """The sightings by their symptom, and symptoms that others explain put to them."""
    groups: dict[Symptom, Group] = {}
    for symptom, sighting in seen:
        groups.setdefault(symptom, Group(symptom)).sightings.append(sighting)
    left = widened(list(groups.values()))
    merged = True
    while merged:
        merged = False
        for rule in RULES:
            for one in left:
                explained = [other for other in left if other is not one and rule(one, other)]
                if explained:
                    for other in explained:
                        one.sightings += other.sightings
                    left = [each for each in left if each not in explained]
                    merged = True
                    break
            if merged:
                break
    return left


def widened(groups: list[Group]) -> list[Group]:
    """Server errors for many parameters are one fault, not a fault of each parameter."""
    many = [each for each in groups if each.kind is SymptomKind.SERVER_ERROR]
    if sum(each.specific for each in many) < BROAD:
        return groups
    whole = Group(BROAD_SERVER_ERROR, [seen for each in many for seen in each.sightings])
    return [whole, *(each for each in groups if each.kind is not SymptomKind.SERVER_ERROR)]


def _same_cause(one: Group, other: Group) -> bool:
    """The checks themselves give the same cause."""
    return bool(one.causes & other.causes)


def _same_exchange(one: Group, other: Group) -> bool:
    """What broke the exchange as a whole is why the rest of it is wrong."""
    whole = (
        SymptomKind.CRASH,
        SymptomKind.MIXED_UP,
        SymptomKind.SERVER_ERROR,
        SymptomKind.ERROR_AS_SUCCESS,
        SymptomKind.STATUS,
    )
    if one.kind not in whole or other.kind in whole[: whole.index(one.kind) + 1]:
        return False
    return bool(other.exchanges) and other.exchanges <= one.exchanges and other.shown <= one.shown


def _unspecific(one: Group, other: Group) -> bool:
    """A requirement about every exchange names no parameter; one about this kind of request does."""
    return one.kind is other.kind and one.specific and not other.specific and bool(one.exchanges & other.exchanges)


def _unspecific_all(one: Group, other: Group) -> bool:
    """The requirement about all statuses is broken by whatever was answered 5xx."""
    return one.kind is other.kind is SymptomKind.SERVER_ERROR and {each.id for each in other.sightings} == {
        "http.no-server-error"
    }


def _keyword(one: Group, other: Group) -> bool:
    """Where nothing is constrained, no keyword is; where types are not, nothing that combines them is."""
    if not one.kind is other.kind is SymptomKind.CONSTRAINT:
        return False
    (kind, keyword), (other_kind, other_keyword) = (each.symptom.subject.split(".", 1) for each in (one, other))
    if kind != other_kind:
        return False
    return keyword == "enforced" or (keyword == "types" and other_keyword in _COMBINING)


def _streamed_text(one: Group, other: Group) -> bool:
    """Where the streamed text is not the text, whatever only streams show about the text follows."""
    return (
        any(each.id.endswith("equals-json") for each in one.sightings)
        and other.streamed
        and other.kind in (SymptomKind.CONSTRAINT, SymptomKind.IGNORED)
    )


RULES: tuple[Rule, ...] = (_same_cause, _same_exchange, _unspecific, _unspecific_all, _keyword, _streamed_text)

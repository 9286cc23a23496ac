"""Defines the rules by which one symptom explains another symptom in the same run."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.causes.constraint import COMBINING
from conformance.causes.group import Group
from conformance.causes.reading import PROMPTS, is_constrained, missing_member
from conformance.causes.sighting import Sighting
from conformance.causes.state_rules import continued, kept, shorter, unstored
from conformance.causes.stream_rules import compared, lost_event, misplaced, resumed
from conformance.causes.symptom import BROAD_SERVER_ERROR, NOT_AN_OBJECT, NOT_JSON, SymptomKind

ABOUT_SERVER = (SymptomKind.SERVER_ERROR, SymptomKind.FAULT_AS_SERVER_ERROR)
ABOUT_EXCHANGES = (*ABOUT_SERVER, SymptomKind.ACCEPTED, SymptomKind.REJECTED, SymptomKind.STATUS)
_BROKEN_WHOLE = {
    SymptomKind.CRASH: 3,
    SymptomKind.MIXED_UP: 2,
    SymptomKind.SERVER_ERROR: 1,
    SymptomKind.FAULT_AS_SERVER_ERROR: 1,
    SymptomKind.ERROR_AS_SUCCESS: 1,
    SymptomKind.STATUS: 1,
}
"""Kinds after which nothing in an exchange is reliable, ordered by severity."""


Rule = Callable[[Group, Group], bool]
"""Returns whether the first of two groups explains the second."""


def _same_cause(one: Group, other: Group) -> bool:
    """The checks name the same cause."""
    return bool(one.causes & other.causes)


def _same_exchange(one: Group, other: Group) -> bool:
    """A fault of the whole exchange explains its other faults."""
    if _BROKEN_WHOLE.get(one.kind, 0) <= _BROKEN_WHOLE.get(other.kind, 0):
        return False
    return bool(other.exchanges) and other.exchanges <= one.exchanges and other.shown <= one.shown


def _unspecific(one: Group, other: Group) -> bool:
    """A symptom that names a parameter explains a requirement about every exchange that names none."""
    alike = one.kind is other.kind in ABOUT_EXCHANGES or (one.kind in ABOUT_SERVER and other.kind in ABOUT_SERVER)
    shared = bool(one.exchanges & other.exchanges) or other.ids <= one.ids
    return alike and one.specific and not other.specific and shared


def _unspecific_all(one: Group, other: Group) -> bool:
    """A 5xx explains violations of requirements on all statuses and error bodies."""
    return one.kind in ABOUT_SERVER and other.kind in ABOUT_SERVER and not other.specific and _about_errors(other, one)


def _whole_request(one: Group, other: Group) -> bool:
    """A symptom with a parameter explains one without it; a 5xx for faults of all kinds explains both."""
    if one.kind is not other.kind or one.kind not in ABOUT_SERVER or not one.specific or other.specific:
        return False
    return one.symptom == BROAD_SERVER_ERROR or (
        all(_asks_for(each, one) for each in other.sightings) and other.said <= one.said
    )


def _asks_for(seen: Sighting, group: Group) -> bool:
    names = {param for each in group.sightings if each.feature for param in each.feature.params}
    return any(map(seen.asked, {group.symptom.subject, *names}))


def _same_answer(one: Group, other: Group) -> bool:
    """One exchange has one status, whichever parameter a requirement names."""
    return one.kind is other.kind and one.kind in ABOUT_EXCHANGES and bool(one.exchanges & other.exchanges)


def _same_refusal(one: Group, other: Group) -> bool:
    """Valid requests that are rejected with the same message have the same cause."""
    if not one.kind is other.kind is SymptomKind.REJECTED:
        return False
    worded = all(message for _, message in other.said) or bool(one.operations & other.operations)
    return worded and bool(other.said) and other.said <= one.said


def _not_read(one: Group, other: Group) -> bool:
    """A parameter that an operation does not honour explains that its effect is missing in responses of this operation."""
    subject = one.symptom.subject
    if one.kind is not SymptomKind.IGNORED or other.kind is not SymptomKind.FIELD or subject != other.symptom.subject:
        return False
    asked = all(each.asked(subject) or not each.body for each in other.sightings)
    return asked and other.paths <= one.paths


def _not_checked(one: Group, other: Group) -> bool:
    """A parameter that is not read is not checked either."""
    subject = one.symptom.subject
    unread = one.kind is SymptomKind.IGNORED and subject not in PROMPTS.values()
    return unread and str(other.symptom) == f"accepted:{subject}" and bool(one.paths & other.paths)


def _after_error(one: Group, other: Group) -> bool:
    """An error event explains what is wrong in the same stream."""
    failed = str(one.symptom) == "stream:error" and other.streamed
    return failed and bool(one.exchanges & other.exchanges) and other.shown <= one.shown


def _gap(one: Group, other: Group) -> bool:
    """A missing event is a gap in the numbers of a stream; the event that should be the second is then not the second."""
    if one.kind is not SymptomKind.STREAM or not one.exchanges & other.exchanges:
        return False
    if other.kind is SymptomKind.STREAM:
        return _expected(one).endswith("first") and _expected(other).endswith("second")
    return str(other.symptom) == "field:sequence_number" and not any(each.missing for each in other.sightings)


def _expected(group: Group) -> str:
    return group.sightings[0].finding.expected


def _same_id(one: Group, other: Group) -> bool:
    """Objects with the same id replace each other: what is stored under it explains no second fault."""
    if str(one.symptom) != "field:id" or not any(each.id.endswith("id-unique") for each in one.sightings):
        return False
    made = tuple(operation.rpartition(" ")[2] for operation in one.operations if operation)
    return all(each.reads_stored and each.operation.rpartition(" ")[2].startswith(made) for each in other.sightings)


def _within(one: Group, other: Group) -> bool:
    """A value of a wrong type in every response explains what is wrong or missing in the value."""
    return (
        one.kind is SymptomKind.FIELD
        and other.kind in (SymptomKind.FIELD, SymptomKind.IGNORED, SymptomKind.CONSTRAINT)
        and other.operations <= one.operations
        and any(
            seen.mistyped and all(each.below(seen) or each.steps == seen.steps != () for each in other.sightings)
            for seen in one.sightings
        )
    )


def _no_envelope(one: Group, other: Group) -> bool:
    """A missing error envelope explains its missing members."""
    enveloped = one.kind is SymptomKind.ERROR_BODY and any(each.id == "error.envelope" for each in one.sightings)
    return enveloped and other.kind is SymptomKind.ERROR_BODY and other.shown <= one.shown


def _about_errors(group: Group, by: Group) -> bool:
    others = [each for each in group.sightings if each.id != "http.no-server-error"]
    if any(each.on_status for each in others):
        return False
    return len(others) < len(group.sightings) or group.shown <= by.shown


def _keyword(one: Group, other: Group) -> bool:
    """If nothing is constrained, no keyword is; if types are not, nothing that combines them is."""
    if not one.kind is other.kind is SymptomKind.CONSTRAINT or not other.operations <= one.operations:
        return False
    if one.streamed and not other.streamed:
        return False
    (kind, keyword), (other_kind, other_keyword) = (each.symptom.subject.split(".", 1) for each in (one, other))
    if kind != other_kind:
        return (kind, other_kind) == ("json", "json-object") and keyword == "enforced"
    return keyword == "enforced" or other_keyword == "generated" or (keyword == "types" and other_keyword in COMBINING)


def _beside(one: Group, other: Group) -> bool:
    """If nothing is constrained, neither is output with tools, with several choices or with stop sequences."""
    if one.symptom not in (NOT_JSON, NOT_AN_OBJECT) or other.kind is not SymptomKind.IGNORED:
        return False
    return other.operations <= one.operations and all(map(is_constrained, other.sightings))


def _no_output(one: Group, other: Group) -> bool:
    """An operation without any response explains its missing output."""
    unanswered = any(each.feature and each.feature.answered == each.id for each in one.sightings)
    return (
        unanswered
        and other.operations <= one.operations
        and other.kind in (SymptomKind.CONSTRAINT, SymptomKind.IGNORED, SymptomKind.FIELD)
        and all("output" in each.steps and each.feature for each in other.sightings)
    )


def _streamed_text(one: Group, other: Group) -> bool:
    """A wrong streamed text explains other faults of the text that only streams show."""
    return (
        any(each.id.endswith("equals-json") for each in one.sightings)
        and other.streamed
        and other.kind in (SymptomKind.CONSTRAINT, SymptomKind.IGNORED)
    )


def _cut(one: Group, other: Group) -> bool:
    """A stream that ends before its `[DONE]` also lacks the events at its end."""
    return (
        any(each.id.endswith("stream.done") for each in one.sightings)
        and other.streamed
        and all(each.missing or each.finding.observed == "[]" for each in other.sightings)
        and other.exchanges <= one.exchanges
        and other.shown <= one.shown
    )


def _choices(one: Group, other: Group) -> bool:
    """Choices that cannot be distinguished explain other faults of responses with several choices."""
    return str(one.symptom) == "field:index" and all(_several(each) for each in other.sightings)


def _several(seen: Sighting) -> bool:
    number = seen.body.get("n")
    return isinstance(number, int) and number > 1


def _member(one: Group, other: Group) -> bool:
    """A finding about an object that names the wrong member is a finding about the member."""
    words = (
        f"{each.finding.observed} {'' if each.finding.cause.startswith(each.id) else each.finding.cause}"
        for each in other.sightings
    )
    named = re.compile(rf"\b{re.escape(one.symptom.subject)}\b")
    return (
        one.kind is other.kind in (SymptomKind.FIELD, SymptomKind.ERROR_BODY)
        and bool(one.operations & other.operations)
        and not any(missing_member(each.finding.observed) for each in other.sightings)
        and one.symptom.subject != other.symptom.subject
        and all(0 < len(each.steps) < len(seen.steps) for each in other.sightings for seen in one.sightings)
        and all(named.search(said) for said in words)
    )


def _same_object(one: Group, other: Group) -> bool:
    """One requirement misses several members of one object."""
    return one.kind is other.kind is SymptomKind.FIELD and one.ids == other.ids


RULES: tuple[Rule, ...] = (
    _same_cause,
    _same_exchange,
    _unspecific,
    _unspecific_all,
    _whole_request,
    _same_answer,
    _same_refusal,
    _not_read,
    _not_checked,
    _after_error,
    _gap,
    _same_id,
    lost_event,
    misplaced,
    compared,
    resumed,
    kept,
    continued,
    unstored,
    shorter,
    _within,
    _no_envelope,
    _keyword,
    _beside,
    _no_output,
    _streamed_text,
    _choices,
    _cut,
    _member,
    _same_object,
)

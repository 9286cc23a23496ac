"""Defines the rules by which one symptom of stored objects explains another symptom in the same run."""

from __future__ import annotations

from conformance.causes.group import Group
from conformance.causes.symptom import SymptomKind

_HOLDERS = {"items": "conversation", "messages": "completion"}
_STATE = frozenset({"previous_response_id", "conversation"})
"""Parameters that name stored objects."""


def kept(one: Group, other: Group) -> bool:
    """A deleted object that still exists also stays in lists, and still influences responses."""
    return (
        one.kind in (SymptomKind.STATE, SymptomKind.ACCEPTED)
        and other.kind in (SymptomKind.STATE, SymptomKind.IGNORED)
        and all("delete" in name for name in one.ids | other.ids)
        and _noun(one) == _noun(other)
    )


def _noun(group: Group) -> str:
    """The kind of object that a symptom is about: `conversation` also for its items."""
    name = group.symptom.subject.removesuffix("_id")
    return _HOLDERS.get(name) or name.removesuffix("s")


def continued(one: Group, other: Group) -> bool:
    """A target that ignores earlier turns rejects function results, because it does not see the matching calls."""
    subject = one.symptom.subject
    return (
        one.kind is SymptomKind.IGNORED
        and subject in _STATE
        and str(other.symptom) == "rejected:input"
        and all(each.asked(subject) for each in other.sightings)
    )


def unstored(one: Group, other: Group) -> bool:
    """A turn that is not stored in a conversation does not influence the next turn."""
    stored = one.kind is SymptomKind.STATE and all(".conversation" in name for name in one.ids)
    return stored and str(other.symptom) == "ignored:conversation" and not any("delete" in name for name in other.ids)


def shorter(one: Group, other: Group) -> bool:
    """A list that lacks objects also has a wrong `has_more`."""
    return one.kind is SymptomKind.STATE and str(other.symptom) == "field:has_more" and other.paths <= one.paths

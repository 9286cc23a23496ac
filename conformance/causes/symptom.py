"""Defines a symptom: the fault that was observed, independent of the requirement that noticed it.

Findings with the same symptom have one common cause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class SymptomKind(StrEnum):
    """The kind of fault that was observed."""

    MIXED_UP = "mixed-up"
    """A response shows content of another request."""
    CRASH = "crash"
    """No complete response was received."""
    SERVER_ERROR = "server-error"
    """A valid request causes a 5xx."""
    FAULT_AS_SERVER_ERROR = "fault-as-server-error"
    """A faulty request causes a 5xx instead of a 4xx."""
    ERROR_AS_SUCCESS = "error-as-success"
    """An error body has a 2xx status."""
    ACCEPTED = "accepted"
    """A faulty request gets a 2xx."""
    REJECTED = "rejected"
    """A valid request gets a 4xx."""
    STATUS = "status"
    """The status is the wrong error status."""
    ERROR_BODY = "error-body"
    """An error response has the correct status and a wrong body."""
    IGNORED = "ignored"
    """A parameter is accepted and not honoured."""
    CONSTRAINT = "constraint"
    """Output that a schema, pattern or list constrains does not satisfy it."""
    STREAM = "stream"
    """A stream differs from the unstreamed response, or violates the order of events."""
    STATE = "state"
    """A stored object is missing, incomplete, or still there after its deletion."""
    FIELD = "field"
    """A field of the response is missing, mistyped or has a wrong value."""
    HEADER = "header"
    """A response header is missing or wrong."""
    TIME = "time"
    """Something arrives too late."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """A symptom: the fault that was observed.

    `subject` is the parameter, field or event at fault, under a name that is the same for all operations.
    """

    kind: SymptomKind
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"

    @property
    def key(self) -> str:
        """The symptom as an identifier for links and waivers, such as `ignored-stop`."""
        return re.sub(r"[^a-z0-9]+", "-", str(self).lower()).strip("-")

    @classmethod
    def parse(cls, text: str) -> Symptom | None:
        """Return the symptom that a check specified as `kind:subject`, or None."""
        kind, _, subject = text.partition(":")
        return cls(SymptomKind(kind), subject) if subject and kind in SymptomKind.__members__.values() else None


BROAD_SERVER_ERROR = Symptom(SymptomKind.FAULT_AS_SERVER_ERROR, "request")
"""Faulty requests of many kinds cause a 5xx: the fault is not in one of their parameters."""

BROAD_CRASH = Symptom(SymptomKind.SERVER_ERROR, "request")
"""Valid requests with many different parameters cause a 5xx."""

UNCHECKED = Symptom(SymptomKind.ACCEPTED, "values")
"""Invalid values of many parameters are accepted."""

NOT_JSON = Symptom(SymptomKind.CONSTRAINT, "json.enforced")
NOT_AN_OBJECT = Symptom(SymptomKind.CONSTRAINT, "json-object.enforced")
"""The whole constraint is not enforced, not only one keyword."""

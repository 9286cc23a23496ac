"""Causes: the findings of a run grouped by what was observed, one cause for each fault. They read verdicts, never judge."""

from conformance.causes.cause import Cause, find_causes
from conformance.causes.script import Reproduction, reproduce
from conformance.causes.symptom import Symptom, SymptomKind

__all__ = ["Cause", "Reproduction", "Symptom", "SymptomKind", "find_causes", "reproduce"]

"""Groups the findings of a run by what was observed; each fault of the target becomes one cause.

Causes are derived from verdicts and never change them.
"""

from conformance.causes.cause import Cause, find_causes
from conformance.causes.script import Reproduction, reproduce
from conformance.causes.symptom import Symptom, SymptomKind

__all__ = ["Cause", "Reproduction", "Symptom", "SymptomKind", "find_causes", "reproduce"]

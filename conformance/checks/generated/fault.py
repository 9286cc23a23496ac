"""Defines a fault, which is one schema violation in an otherwise valid body.

`KINDS` has the kinds of schema violations that a target must reject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from conformance.checks.generated.repair import Body

# The keywords whose violation the live API was measured, or is documented, to refuse with 400, by the kind of constraint
# (one requirement each). Others prove nothing.
KINDS: Mapping[str, str] = {
    "type": "type",  # invalid_type
    "required": "required",  # missing_required_parameter
    "enum": "enum",  # invalid_value
    "minimum": "bounds",  # integer_below_min_value, decimal_below_min_value
    "maximum": "bounds",  # integer_above_max_value, decimal_above_max_value
    "minItems": "lengths",  # empty_array
    "maxItems": "lengths",  # array_above_max_length
    "maxLength": "lengths",  # string_above_max_length
    "json": "json",  # "We could not parse the JSON body of your request"
}
# Where the live API accepts what its schema forbids, where nobody has measured it, and what would be dear if accepted.
NOT_COUNTED: Mapping[tuple[str, str], str] = {
    ("*/content", "required"): "the live API accepts a message without content",
    ("*/content", "minItems"): "not measured",
    ("/stop", "minItems"): "not measured",
    ("/max_tokens", "minimum"): "some servers take a negative number for no bound at all, which is dear",
    ("/max_output_tokens", "minimum"): "engines that allow fewer than OpenAI's 16 do no harm",
    ("/prompt", "required"): "the reference says that without one the model begins a new document",
    ("/prompt", "minItems"): "not measured",
    ("/input", "minItems"): "not measured",
    ("/n", "maximum"): "costs more than a hundred completions where it is accepted",
    ("/stream", "type"): "a server that takes it for true would stream",
    ("*/name", "type"): "not measured for messages",
    ("*/refusal", "type"): "not measured",
    ("/messages/*/tool_call*", "type"): "not measured inside of a message",
    ("/messages/*/tool_call*", "required"): "not measured inside of a message",
    ("/messages/*/tool_call*", "enum"): "not measured inside of a message",
    ("/tools*/strict", "type"): "not measured",
    ("/logit_bias*", "type"): "not measured",
    ("/prompt_cache_retention", "enum"): "not measured",
    ("/safety_identifier", "maxLength"): "not measured",
    ("/tools/*/type", "required"): "not measured; several servers take a function for granted",
    **{("/tool_choice/*", keyword): "not measured" for keyword in ("type", "required", "enum")},
    **{("/seed", keyword): "the document's bounds are rounded" for keyword in ("minimum", "maximum")},
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a request body: its location (a JSON pointer), the violated schema keyword, and a description.

    If the fault is invalid JSON, `text` is sent instead of `body`. There may be several ways to violate one constraint:
    `form` names the way, and is "" for the simplest one.
    """

    pointer: str
    keyword: str
    said: str
    body: Body
    form: str = ""
    text: str = ""

    @property
    def name(self) -> str:
        """The location, keyword and form of the fault, such as `/temperature maximum` or `/temperature type array`."""
        return f"{self.pointer} {self.keyword} {self.form}".strip()

    @property
    def kind(self) -> str:
        """The kind of the violated constraint, such as "bounds"; "" if a target may accept the fault."""
        return KINDS.get(self.keyword, "")

    @property
    def words(self) -> tuple[str, ...]:
        """The names of the properties on the path to the fault, innermost first.

        An error message may name any property on the path to the fault.
        """
        return tuple(step for step in reversed(self.pointer.split("/")) if step and not step.isdigit())


def counts(fault: Fault) -> bool:
    """Return whether OpenAI's live API is known to reject faults of the same kind."""
    excepted = any(fault.keyword == word and fnmatchcase(fault.pointer, place) for place, word in NOT_COUNTED)
    return bool(fault.kind) and not excepted

"""vLLM's contract in the reference endpoint: `structured_outputs` in addition to OpenAI's parameters."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.reference import PackReference
from conformance.reference.dialect import GUIDED, OPENAI_FIELDS, STRING, Dialect
from conformance.reference.fields import Field

_FIELDS: Mapping[str, Field] = {
    **OPENAI_FIELDS,
    **GUIDED,
    "guided_grammar": Field(STRING),
    "structured_outputs": Field(("object",)),
}

VLLM = Dialect("vllm", _FIELDS, tool_kinds=("function", "custom"))

REFERENCE = PackReference(settings={"dialect": VLLM})

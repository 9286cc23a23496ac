"""The reference endpoint with vLLM's contract: `structured_outputs` in addition to OpenAI's parameters."""

from __future__ import annotations

from conformance.reference import PackReference

REFERENCE = PackReference(settings={"extensions": True})

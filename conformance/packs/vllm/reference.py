"""How the reference endpoint speaks vLLM's contract: with `structured_outputs` beside OpenAI's parameters."""

from __future__ import annotations

from conformance.reference import PackReference

REFERENCE = PackReference(settings={"extensions": True})

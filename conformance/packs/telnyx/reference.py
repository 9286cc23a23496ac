"""Where the reference endpoint serves Telnyx's contract."""

from __future__ import annotations

from conformance.reference import PackReference

REFERENCE = PackReference(base_path="/v2/ai/openai")

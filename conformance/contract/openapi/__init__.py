"""Prepares OpenAI's published OpenAPI document for validation: prunes, normalises and corrects it.

Only `python -m conformance.contract.build_openai` uses this package; a run reads the result,
`specs/openai/openapi.json`.
"""

from conformance.contract.openapi.normalise import normalise
from conformance.contract.openapi.overlay import Action, apply_overlay, load_overlay
from conformance.contract.openapi.prune import prune

__all__ = ["Action", "apply_overlay", "load_overlay", "normalise", "prune"]

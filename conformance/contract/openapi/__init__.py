"""Turn OpenAI's published OpenAPI document into one that can be validated against: prune, normalise, overlay.

Only `python -m conformance.contract.build_openai` uses this; a run reads the result, `specs/openai/openapi.json`.
"""

from conformance.contract.openapi.normalise import normalise
from conformance.contract.openapi.overlay import Action, apply_overlay, load_overlay
from conformance.contract.openapi.prune import prune

__all__ = ["Action", "apply_overlay", "load_overlay", "normalise", "prune"]

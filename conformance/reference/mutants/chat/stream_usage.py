"""Mutants whose streams lack token counts that JSON responses have."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.reference.mutants.chat.usage import NOTHING_CACHED, UsageChunk
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "usage-chunk-cached-zero",
    breaks={"chat.stream.cached-counted"},
    source="plausible: a count that only JSON responses have",
)
class UsageChunkCachedZero(UsageChunk):
    """In the usage chunk of a stream, `cached_tokens` is always 0."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield {**chunk, "usage": {**chunk["usage"], "prompt_tokens_details": NOTHING_CACHED}}


@mutant(
    "usage-chunk-reasoning-zero",
    breaks={"chat.stream.reasoning-counted"},
    source="plausible: a count that only JSON responses have",
)
class UsageChunkReasoningZero(UsageChunk):
    """In the usage chunk of a stream, `reasoning_tokens` is always 0."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield {**chunk, "usage": {**chunk["usage"], "completion_tokens_details": {"reasoning_tokens": 0}}}

"""Mutants that count images of chat messages wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.language_model.generate import Generation
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


def urls_in(body: Json) -> Iterator[tuple[Json, str]]:
    """Return each content part that has an image, with the URL of the image."""
    for message in body["messages"]:
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else ():
            value = part.get("image_url") if isinstance(part, dict) else None
            url = value.get("url") if isinstance(value, dict) else value
            if isinstance(url, str):
                yield part, url


@mutant(
    "image-counted-as-text",
    breaks={"chat.messages.image-size"},
    defects=("d225",),
    source="InternLM/lmdeploy#2561",
)
class ImageCountedAsText(ChatRequests):
    """The base64 text of an image is part of the prompt."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        request = super().chat_request(body, dialect)
        return replace(request, prompt_tokens=request.prompt_tokens + sum(len(url) // 3 for _, url in urls_in(body)))


@mutant(
    "image-uncounted-in-stream",
    breaks={"chat.messages.image-streamed"},
    defects=("d218",),
    source="BerriAI/litellm#6488",
)
class ImageUncountedInStream(Chat):
    """The usage of a stream does not count images."""

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        seen = sum(message.images for message in request.conversation.messages)
        yield from super().chat_chunks(replace(request, prompt_tokens=request.prompt_tokens - 85 * seen), generations)

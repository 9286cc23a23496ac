"""Mutants with faults in images of chat messages: how they are counted, and damaged files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.language_model.generate import Generation
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC"
)


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


class _AnyImage(ChatRequests):
    """Does not look into image files before the generation starts."""

    def damaged(self, error: ApiError) -> None:
        """React to a damaged image."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        try:
            super().check_messages(body, dialect)
        except ApiError as error:
            if "unsupported image" not in error.message:
                raise
            self.damaged(error)
            super().check_messages(_with_pixels(body), dialect)


def _with_pixels(body: Json) -> Json:
    def part(value: Any) -> Any:
        if not isinstance(value, dict) or "image_url" not in value:
            return value
        return {**value, "image_url": {"url": PIXEL} if isinstance(value["image_url"], dict) else PIXEL}

    messages = [
        {**message, "content": [part(value) for value in message["content"]]}
        if isinstance(message.get("content"), list)
        else message
        for message in body["messages"]
    ]
    return {**body, "messages": messages}


@mutant(
    "image-damaged-accepted",
    breaks={"error.image-damaged"},
    source="plausible: a file that cannot be decoded is left out",
)
class ImageDamagedAccepted(_AnyImage):
    """A damaged image is accepted and ignored."""


@mutant(
    "image-damaged-crash",
    breaks={"error.image-damaged", "http.no-server-error"},
    defects=("n006", "n007"),
    source="sgl-project/sglang#28131",
)
class ImageDamagedCrash(_AnyImage):
    """A damaged image causes a 500."""

    def damaged(self, error: ApiError) -> None:
        raise ValueError("cannot identify image file")

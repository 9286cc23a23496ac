"""Mutants that handle damaged images in chat messages wrongly."""

from __future__ import annotations

from typing import Any

from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC"
)


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

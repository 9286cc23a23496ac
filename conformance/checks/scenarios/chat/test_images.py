"""Images: their token count does not depend on the transport or on the file's size, and a damaged file is rejected."""

from __future__ import annotations

import base64
import random
from dataclasses import replace

from conformance.checks import expect, probe, requirement
from conformance.checks.refusal import Faulty, expect_refused
from conformance.config import Target
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import counted
from .test_shapes import SIDE, Pair, beside_an_image, png, premise_images

CHARACTERS = 16
"""Base64 text has more than one token per 16 characters, with any tokenizer."""


def noise() -> bytes:
    """Return an image of random pixels as a PNG file, which cannot be compressed."""
    return png(random.Random(20260101).randbytes(3 * SIDE * SIDE))  # noqa: S311 - any pixels will do


@probe
async def streamed_images(chat: Chat, target: Target, with_image: Pair) -> tuple[ChatReply, ...]:
    """Send an image as a larger file than the first image, with the same size in pixels, and request a stream.

    If the token count differs from the count for the first image, also send the first image with streaming.
    """
    if not with_image[1].accepted:
        return with_image[1:]
    stream, form = replace(chat, transport=Transport.SSE), target.profile.image_url

    async def ask(file: bytes) -> ChatReply:
        options = {"include_usage": True}
        return await stream(beside_an_image(form, file), max_tokens=4, stream_options=options)

    large = await ask(noise())
    if large.accepted and (large.usage or {}).get("prompt_tokens") == (with_image[1].usage or {}).get("prompt_tokens"):
        return (large,)
    return large, await ask(png())


@requirement("chat.messages.image-size")
def test_an_image_is_counted_by_its_pixels(
    with_image: Pair, streamed_images: tuple[ChatReply, ...], target: Target
) -> None:
    premise_images(with_image, promised=target.profile.promises("vision"))
    small, large = counted(with_image[1]), counted(streamed_images[0])
    most = small + (len(base64.b64encode(noise())) - len(base64.b64encode(png()))) // CHARACTERS
    expect(
        large < most,
        f"about the {small} prompt tokens of another image with {SIDE} x {SIDE} pixels",
        got=large,
        where="/usage/prompt_tokens",
        on=streamed_images[0],
    )


@requirement("chat.messages.image-streamed")
def test_an_image_counts_the_same_when_streamed(
    with_image: Pair, streamed_images: tuple[ChatReply, ...], target: Target
) -> None:
    premise_images(with_image, promised=target.profile.promises("vision"))
    whole, streamed = counted(with_image[1]), counted(streamed_images[-1])
    on = streamed_images[-1]
    expect(streamed == whole, f"{whole} prompt tokens", got=streamed, where="/usage/prompt_tokens", on=on)


@probe
async def damaged_image(chat: Chat, target: Target, with_image: Pair) -> Faulty:
    """Send the first 40 bytes of an image file, if the target accepts the complete file."""
    if not with_image[1].accepted:
        return Faulty(with_image[1], with_image[1])
    reply = await chat(beside_an_image(target.profile.image_url, png()[:40]), max_tokens=4, fault=True)
    return Faulty(with_image[1], reply, ("image", "png", "base64", "url", "data", "content", "messages", "identify"))


@requirement("error.image-damaged")
def test_a_damaged_image_is_refused(damaged_image: Faulty, with_image: Pair, target: Target) -> None:
    premise_images(with_image, promised=target.profile.promises("vision"))
    expect_refused(damaged_image)

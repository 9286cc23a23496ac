"""The server of a target is asked for its version once, without a key, and whatever it answers harms nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from conformance.config import Target, load_profile
from conformance.engine.version import version_of
from conformance.wire import HttpClient


class App:
    """An ASGI application with one answer, which keeps what it was asked."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.body, self.status = body, status
        self.asked: list[tuple[str, set[bytes]]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.asked.append((f"{scope['method']} {scope['path']}", {name for name, _ in scope["headers"]}))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


def ask(app: App, url: str = "http://x/v1") -> str:
    async def asked() -> str:
        target = Target(url=url, profile=load_profile("openai"), key="k", headers=(("x-team", "secret"),))
        async with HttpClient(asgi_app=app) as wire:
            return await version_of(target, wire)

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("body", "status", "version"),
    [
        (b'{"version": "0.11.0+cu128"}', 200, "0.11.0+cu128"),
        (b'{"version": "v1.2"}', 200, "v1.2"),
        (b'{"version": "<script>"}', 200, ""),
        (b'{"version": 3}', 200, ""),
        (json.dumps({"version": "1" * 100}).encode(), 200, ""),
        (b'["0.1"]', 200, ""),
        (b"<html>", 200, ""),
        (b'{"version": "0.1"}', 404, ""),
    ],
)
def test_only_a_version_is_taken(body: bytes, status: int, version: str) -> None:
    """Not every 200 is an answer to the question."""
    assert ask(App(body, status)) == version


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://x/v1", "/version"),
        ("http://x/v1/", "/version"),
        ("http://x/team/v1beta", "/team/version"),
        ("http://x", "/version"),
        ("http://x/v1/openai", "/v1/openai/version"),
    ],
)
def test_it_is_asked_beside_the_api_and_without_secrets(url: str, path: str) -> None:
    """Engines serve it above `/v1` and to everybody."""
    app = App(b"{}")
    ask(app, url)
    ((asked, headers),) = app.asked
    assert asked == f"GET {path}"
    assert not headers & {b"authorization", b"x-team"}

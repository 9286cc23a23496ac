"""One reference server for all tests of this room, and clients for it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import openai
import pytest

from conformance.cli.endpoints import endpoint_of
from conformance.contract.packs import suite_packs
from conformance.reference import ReferenceServer


@pytest.fixture(scope="session")
def server() -> Iterator[ReferenceServer]:
    with ReferenceServer(endpoint_of(suite_packs())) as running:
        yield running


@pytest.fixture(scope="session")
def client(server: ReferenceServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url, api_key=server.api_key, max_retries=0) as made:
        yield made


@pytest.fixture(scope="session")
def http(server: ReferenceServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.origin, headers={"Authorization": f"Bearer {server.api_key}"}) as made:
        yield made

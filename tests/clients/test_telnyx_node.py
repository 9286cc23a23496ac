"""Telnyx's SDK for Node is a client of the reference endpoint, and sends the bodies of the JavaScript samples.

`nox -s clients` installs the SDK with npm and runs these tests; elsewhere they are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.endpoints import endpoint_of
from conformance.contract.packs import suite_packs
from conformance.packs.telnyx.buckets import ANSWER, BUCKET, QUESTION
from conformance.packs.telnyx.checks.samples import samples
from conformance.reference.serve import ReferenceServer

PACKAGES = os.environ.get("NODE_PACKAGES", "")
SCRIPT = Path(__file__).with_name("telnyx_calls.mjs")
HELLO = "You are a friendly chatbot."

pytestmark = pytest.mark.skipif(
    not (PACKAGES and shutil.which("node")), reason="needs Telnyx's SDK for Node: run nox -s clients"
)


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What the script with the SDK printed."""
    with ReferenceServer(endpoint_of(suite_packs())) as server:
        given = {"ORIGIN": server.origin, "KEY": server.api_key, "BUCKET": BUCKET, "QUESTION": QUESTION}
        done = subprocess.run(
            ["node", str(SCRIPT)],  # noqa: S607 - node is looked up in the PATH, as the user's own
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("requirement", "path"),
    [
        ("telnyx.samples.chat", "/v2/ai/openai/chat/completions"),
        ("telnyx.samples.responses", "/v2/ai/openai/responses"),
    ],
)
def test_the_javascript_samples_are_what_the_sdk_sends(said: dict[str, Any], requirement: str, path: str) -> None:
    sample = next(each for each in samples(requirement) if "JavaScript" in each.languages)
    assert said["sent"][f"POST {path}"].encode() == sample.sent(said["id"])


def test_the_sdk_chats_and_retrieves(said: dict[str, Any]) -> None:
    """An answer without a model, and an answer that only a document of the bucket gives."""
    assert said["chat"]["choices"][0]["message"]["content"]
    assert ANSWER in said["found"]["choices"][0]["message"]["content"]


def test_a_turn_is_stored_in_the_conversation(said: dict[str, Any]) -> None:
    """Its input and its output; the SDK does not read the stream, and returns its text."""
    assert "response.completed" in json.dumps(said["response"])
    told = [(message["role"], message["text"]) for message in said["messages"]]
    assert ("user", "Hello, world!") in told
    assert told[-1][0] == "assistant"


def test_errors_have_the_classes_of_the_sdk(said: dict[str, Any]) -> None:
    """By their status; the details of a 422 can be read."""
    refused = said["refused"]
    assert (refused["name"], refused["status"]) == ("UnprocessableEntityError", 422)
    assert refused["detail"][0]["loc"] == ["body", "n"]
    assert said["unknown"] == {"name": "AuthenticationError", "status": 401}

"""A target whose first answers are too large to judge is there, but nothing about it can be judged: exit code 4."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.verdict import ExitCode
from tests.hostile.running import run_target, target_at
from tests.hostile.server import Answer, HostileServer, Script, Talk

JSON = (("content-type", "application/json"),)


def says(body: bytes, status: int = 200, *, head: bytes = b"") -> Script:
    """A target that answers everything but the model list with this body, or with this head and nothing else."""

    async def script(talk: Talk) -> None:
        if talk.method == "GET":
            await talk.send(await talk.right())
        elif head:
            await talk.say(head)
        else:
            await talk.send(Answer(status, JSON, body))

    return script


CHOICES = json.dumps({"object": "chat.completion", "choices": [{}] * 70_000}).encode()
LONG = b'"' + b"x" * 400_000 + b'"'


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        (says(CHOICES), ExitCode.NOTHING_JUDGED, "only the beginning"),
        (says(LONG), ExitCode.NOTHING_JUDGED, "300000 bytes"),
        (says(b"", head=b"HTTP/1.1 200 OK\r\nx: " + b"a" * 400_000), ExitCode.NOTHING_JUDGED, "has no end"),
        (says(LONG, 401), ExitCode.KEY_REJECTED, "refuses the key"),
    ],
    ids=["many objects", "long body", "endless head", "long refusal of the key"],
)
def test_a_first_answer_that_is_too_large(script: Script, code: ExitCode, words: str, tmp_path: Path) -> None:
    """The message does not deny that the target speaks HTTP; a rejected key is named first."""
    with HostileServer(script, after=0) as server:
        audited = run_target("", target_at(server.url), tmp_path).audited
    assert audited.exit_code == code
    assert words in audited.unusable
    assert "does not speak HTTP" not in audited.unusable

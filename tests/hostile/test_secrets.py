"""No key of the user's leaves through a file, a report or the terminal, in any spelling that the target chose."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from conformance.auditing.runner import audit
from conformance.contract import load_registry
from conformance.record import read_run
from conformance.report.allure_results import write_allure
from conformance.report.model import build_model
from tests.hostile.running import run_target, target_at
from tests.hostile.server import FIRST_LOOK, Answer, HostileServer, Talk

CANARY = 'sk-can/ary+7"Zq<&-0123456789'
TENANT = "tenant-secret-55512349876"
ONLY = (
    "chat.response",
    "chat.stop",
    "chat.stream",
    "chat.guided",
    "chat.json-schema",
    "error",
    "auth",
    "http",
    "models",
)


def spellings(secret: str) -> list[bytes]:
    """Ways to write a secret so that a reader, or a simple program, gets it back."""
    raw = secret.encode()
    return [
        raw,
        json.dumps(secret)[1:-1].encode(),
        json.dumps(json.dumps(secret))[3:-3].encode(),
        "".join(f"\\u{ord(c):04x}" for c in secret).encode(),
        quote(secret, safe="").encode(),
        "".join(f"%{b:02X}" for b in raw).encode(),
        escape(secret).encode(),
        "".join(f"&#{ord(c)};" for c in secret).encode(),
        raw.hex().encode(),
        *(base64.b64encode(b"x" * before + raw) for before in range(3)),
        base64.urlsafe_b64encode(raw),
    ]


def telling(secret: str) -> list[bytes]:
    """What must be found nowhere: the spellings; of base64 the part that does not depend on the neighbours."""
    *plain, first, second, third, url = spellings(secret)
    return [*plain, first[:-4], second[4:-4], third[4:-4], url[:-4]]


def _texts(number: int) -> str:
    """What the model says: the keys, in another spelling each time."""
    ways = spellings(CANARY) + spellings(TENANT)
    return f"Your key is {ways[number % len(ways)].decode()} and {CANARY} and {TENANT}."


async def echo(talk: Talk) -> None:
    """Puts the keys into every text, header, event and error, whole and split over chunks."""
    answer = await talk.right()
    text = json.dumps(_texts(talk.number)).encode()

    def leak(match: re.Match[bytes]) -> bytes:
        return match[1] + text

    keys = rb'("(?:content|message|model|id|name|arguments|param|code|finish_reason)":\s*)(?:"(?:[^"\\]|\\.)*"|null)'
    body = re.sub(keys, leak, answer.body)
    if answer.streamed and talk.number % 2:
        half = len(CANARY) // 2
        pieces = iter((CANARY[:half], CANARY[half:]) * 1000)
        body = re.sub(
            rb'("content":\s*)"(?:[^"\\]|\\.)*"', lambda m: m[1] + json.dumps(next(pieces)).encode(), answer.body
        )
    raw = (*answer.headers, ("x-echo", CANARY), ("set-cookie", f"k={CANARY}"), ("x-tenant-echo", quote(TENANT)))
    await talk.send(Answer(answer.status, raw, body))


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder with its bytes."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file, file.read_bytes()


def expect_none(where: str, data: bytes) -> None:
    """No spelling of either key is in the data."""
    for secret in (CANARY, TENANT):
        for way in telling(secret):
            at = data.find(way)
            assert at < 0, f"{where}: …{data[max(0, at - 60) : at + 80]!r}…"


def test_no_output_holds_a_key_in_any_spelling(tmp_path: Path) -> None:
    """Run file, reports, Allure results, verdicts in memory, the summary on the terminal."""
    with HostileServer(echo, after=FIRST_LOOK, key=CANARY) as server:
        target = target_at(server.url, key=CANARY, headers=(("x-tenant", TENANT),))
        ended = run_target("echo", target, tmp_path / "run", ONLY)
        heard = b"".join(body for _, _, body in server.seen)
    assert heard
    with HostileServer(echo, after=FIRST_LOOK, key=CANARY) as server:
        target = target_at(server.url, key=CANARY, headers=(("x-tenant", TENANT),))
        audit(target, tmp_path / "second", only=["chat.stop", "error"])
    again = read_run(tmp_path / "second" / "run.ndjson")
    write_allure(build_model(again, load_registry()), tmp_path / "allure")
    broken = [verdict for verdict in ended.verdicts.values() if verdict.findings]
    assert len(broken) > 5, "the findings of this target quote what it said, so there must be some"
    assert any("[redacted]" in finding.observed for verdict in broken for finding in verdict.findings)
    seen = list(files(tmp_path))
    assert any(file.suffix == ".html" for file, _ in seen)
    assert any(file.parent.name == "allure" for file, _ in seen)
    for file, data in seen:
        expect_none(file.name, data)
    expect_none("terminal", ended.screen.encode())
    expect_none("verdicts", repr(ended.audited).encode())


def test_a_finding_that_is_cut_does_not_show_the_beginning_of_a_key(tmp_path: Path) -> None:
    """A key at the very place where an excerpt ends leaves no first half."""

    async def long(talk: Talk) -> None:
        answer = await talk.right()
        for_length = b'"' + b"." * (60 + talk.number % 260) + json.dumps(CANARY).encode()[1:]
        await talk.send(
            answer,
            body=re.sub(rb'("(?:content|message)":\s*)"(?:[^"\\]|\\.)*"', lambda m: m[1] + for_length, answer.body),
        )

    with HostileServer(long, after=FIRST_LOOK, key=CANARY) as server:
        target = target_at(server.url, key=CANARY)
        ended = run_target("long", target, tmp_path / "run", ("chat.stop", "chat.guided", "chat.json-schema", "error"))
    assert any(verdict.findings for verdict in ended.verdicts.values())
    for file, data in files(tmp_path):
        assert CANARY[:8].encode() not in data, file.name


@pytest.mark.parametrize("key", ["pass", "none", "test", "json"])
def test_a_key_that_is_a_word_of_ours_does_no_harm(key: str, tmp_path: Path) -> None:
    """The run file is readable, and its verdicts are those that were given."""
    with HostileServer(echo, after=10_000, key=key) as server:
        target = target_at(server.url, key=key)
        ended = run_target("short", target, tmp_path / "run", ("chat.stop",))
    assert ended.audited.exit_code == 0
    assert {str(verdict.outcome) for verdict in ended.audited.verdicts} == {"pass"}
    assert read_run(tmp_path / "run" / "run.ndjson").verdicts == ended.audited.verdicts


def test_the_command_line_says_no_key(tmp_path: Path) -> None:
    """Neither stdout nor stderr, with a key from the environment and one from --header, also when it is refused."""
    environ = {**os.environ, "CANARY_KEY": CANARY, "NO_COLOR": "1"}
    with HostileServer(_refuse, after=0) as server:
        done = subprocess.run(
            [
                sys.executable, "-m", "conformance", "run", server.url, "--key-env", "CANARY_KEY",
                "--header", f"x-tenant: {TENANT}", "--output", str(tmp_path / "run"), "--only", "chat.stop",
            ],
            env=environ, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert b"CANARY_KEY" in done.stderr
    expect_none("stdout", done.stdout)
    expect_none("stderr", done.stderr)
    for file, data in files(tmp_path):
        expect_none(file.name, data)


async def _refuse(talk: Talk) -> None:
    body = json.dumps({"error": {"message": f"The key {CANARY} of {TENANT} is unknown", "type": "x"}}).encode()
    await talk.send(Answer(401, (("content-type", "application/json"), ("location", f"/{quote(CANARY)}")), body))

"""`conformance run`, `judge` and `report` as a gate: waivers, policy, edition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.contract.editions import newest_edition
from conformance.contract.errors import SpecError
from conformance.options import TargetError
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer

EDITION = newest_edition().name
WAIVER = f"""\
edition = "{EDITION}"

[[waivers]]
id = "chat.stream.object"
reason = "A proxy rewrites it."
owner = "edge"
"""


def conformance(*words: str | Path):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def mutant() -> Iterator[str]:
    """The URL of a target with one broken MUST."""
    with ReferenceServer(endpoint_with("chunk-object-wrong")) as server:
        yield server.url


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFORMANCE_API_KEY", "sk-reference")


def test_a_waiver_turns_a_run_green_and_the_recorded_run_is_judged_alike(mutant: str) -> None:
    """The replay lane needs neither key nor network."""
    words = ("run", mutant, "--only", "chat.stream.object", "--output")
    assert conformance(*words, "one", "--quiet").exit_code == 1
    Path("waivers.toml").write_text(WAIVER, encoding="utf-8")
    accepted = conformance(*words, "two", "--waivers", "waivers.toml")
    assert accepted.exit_code == 0, accepted.output
    assert "Gate passes: accepted 1, new 0, fixed 0, expired 0, stale 0." in accepted.output
    assert "A proxy rewrites it. (owner edge)" in accepted.output
    judged = conformance("judge", "one", "--output", "three", "--waivers", "waivers.toml", "--quiet")
    assert judged.exit_code == 0
    assert conformance("report", "one", "--waivers", "waivers.toml", "--quiet").exit_code == 0
    assert conformance("report", "one", "--quiet").exit_code == 1
    assert conformance("report", "one", "--fail-on", "never", "--quiet").exit_code == 0
    Path("waivers.toml").write_text(WAIVER + "until = 2026-01-01\n", encoding="utf-8")
    expired = conformance("report", "one", "--waivers", "waivers.toml")
    assert expired.exit_code == 1
    assert "expired 1" in expired.output


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("--fail-on", "must"), TargetError, f'edition = "{EDITION}"'),
        (("--fail-on", "new", "--edition", EDITION), TargetError, "needs a baseline"),
        (("--edition", "1999.01"), SpecError, f"the newest is {EDITION}"),
        (("--waivers", "none.toml"), SpecError, "cannot be read"),
        (("--waivers", "known.toml", "--edition", EDITION), TargetError, "is a baseline of edition 1999.01"),
    ],
)
def test_a_gate_that_cannot_decide_ends_before_the_first_request(
    words: tuple[str, ...], error: type[Exception], said: str
) -> None:
    """Exit code 2, and the next step."""
    Path("known.toml").write_text('edition = "1999.01"\n[baseline]\nprofile = "openai"\n', encoding="utf-8")
    ended = conformance("run", "http://127.0.0.1:1/v1", *words)
    assert isinstance(ended.exception, error)
    assert said in str(ended.exception)


def test_waivers_in_conformance_toml_apply_to_its_targets(mutant: str) -> None:
    """And their errors have a line."""
    targets = f'\n[targets.staging]\nurl = "{mutant}"\n'
    Path("conformance.toml").write_text(WAIVER + targets, encoding="utf-8")
    found = conformance("run", "staging", "--only", "chat.stream.object", "--output", "one", "--quiet")
    assert found.exit_code == 0, found.output
    Path("conformance.toml").write_text(WAIVER.replace("object", "objcet") + targets, encoding="utf-8")
    wrong = conformance("run", "staging")
    assert isinstance(wrong.exception, SpecError)
    assert str(wrong.exception).startswith("conformance.toml:4: no requirement")


def test_traffic_that_unit_tests_recorded_is_gated_without_key_and_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay lane of a gateway: every response is judged, the team's waivers count."""
    monkeypatch.delenv("CONFORMANCE_API_KEY")
    completion = {
        "id": "chatcmpl-1",
        "object": "completion",
        "created": 1767225600,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello.", "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
    line = {
        "id": "1",
        "method": "POST",
        "url_path": "/v1/chat/completions",
        "request_headers": {"content-type": "application/json"},
        "request_body": {"model": "m", "messages": [{"role": "user", "content": "Say hello."}]},
        "status": 200,
        "response_headers": {"content-type": "application/json", "x-request-id": "1"},
        "response_body": completion,
    }
    Path("traffic.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    red = conformance("judge", "traffic.jsonl", "--edition", EDITION, "--output", "red")
    assert red.exit_code == 1, red.output
    report = json.loads(Path("red/report.json").read_text(encoding="utf-8"))
    waivers = [f'[[waivers]]\nid = "{name}"\nreason = "Known."\nowner = "core"\n' for name in report["gate"]["failing"]]
    Path("waivers.toml").write_text(f'edition = "{EDITION}"\n' + "\n".join(waivers), encoding="utf-8")
    green = conformance("judge", "traffic.jsonl", "--waivers", "waivers.toml", "--output", "green")
    assert green.exit_code == 0, green.output
    assert f"accepted {len(waivers)}, new" in green.output

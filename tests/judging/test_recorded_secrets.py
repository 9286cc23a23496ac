"""A credential in a recording reaches no file and no screen, wherever else in the recording it is repeated."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.contract import load_registry
from conformance.judging.foreign import judge_file
from conformance.wire.credentials import names

KEY = "sk-recorded-0123456789"
SESSION = "session-value-987654"
SET = "set-cookie-value-13579"
PASSWORD = "url-password-24680"
PARAMETER = "parameter-value-112233"
ALL = (KEY, SESSION, SET, PASSWORD, PARAMETER)


def entry(echo: str = "", headers: Any = None, query: str = f"?key={PARAMETER}") -> dict[str, Any]:
    """One exchange of a HAR with credentials everywhere, whose answer breaks requirements and repeats `echo`."""
    sent = {"Authorization": f"Bearer {KEY}", "Cookie": f"a=1; s={SESSION}"} if headers is None else headers
    return {
        "request": {
            "method": "POST",
            "url": f"https://user:{PASSWORD}@api.openai.com/v1/chat/completions{query}",
            "headers": [{"name": name, "value": value} for name, value in sent.items()],
            "postData": {"text": json.dumps({"model": "m", "messages": [], "user": echo})},
        },
        "response": {
            "status": 200,
            "headers": [
                {"name": "content-type", "value": "application/json"},
                {"name": "date", "value": "x"},
                {"name": "set-cookie", "value": f"s={SET}; Path=/; HttpOnly"},
                {"name": "x-echo", "value": echo},
            ],
            "content": {"text": json.dumps({"object": echo or "x", "choices": [{"index": echo}]})},
        },
    }


def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *entries: dict[str, Any]) -> dict[str, str]:
    """What `conformance judge` writes for a HAR of these entries, by file."""
    file = tmp_path / "recorded.har"
    file.write_text(json.dumps({"log": {"entries": list(entries)}}))
    out = tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["conformance", "judge", str(file), "--output", str(out)])
    with pytest.raises(SystemExit):
        main()
    return {path.name: path.read_text() for path in out.iterdir()}


def expect_none(written: dict[str, str], secrets: tuple[str, ...] = ALL) -> None:
    """None of the secrets is in any file, nor is half of one."""
    assert {"run.ndjson", "report.html", "report.json", "summary.md", "junit.xml"} <= set(written)
    for name, text in written.items():
        for secret in secrets:
            assert secret[: len(secret) // 2 + 4] not in text, (name, secret)


def test_judge_writes_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not into the run file, not into any report, not onto the screen."""
    expect_none(judged(tmp_path, monkeypatch, entry()))
    expect_none({**dict.fromkeys(("run.ndjson", "report.html", "report.json", "summary.md", "junit.xml"), ""),
                 "screen": capsys.readouterr().out})  # fmt: skip


@pytest.mark.parametrize("secret", ALL)
def test_an_echoed_credential_is_a_secret_too(secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bodies and other headers, in the exchange that has it and in the one before."""
    other = entry(f"the key {secret} is wrong", headers={}, query="")
    expect_none(judged(tmp_path, monkeypatch, other, entry(f"the key {secret} is wrong")))


def test_an_echo_that_a_finding_cuts_shows_no_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the excerpt of a finding ends."""
    entries = [entry("." * length + KEY) for length in range(20, 320, 7)]
    expect_none(judged(tmp_path, monkeypatch, *entries), (KEY,))


def test_an_echo_in_another_spelling_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the key of a live run."""
    written = judged(tmp_path, monkeypatch, entry(KEY.encode().hex()), entry("".join(f"%{ord(c):02x}" for c in KEY)))
    expect_none(written, (KEY.encode().hex(), "".join(f"%{ord(c):02x}" for c in KEY)))


@pytest.mark.parametrize("name", sorted(names().headers))
def test_every_known_header_is_a_credential(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its value is a secret in the answer, too."""
    value = names().headers[name] + "credential-5566778899"
    expect_none(
        judged(tmp_path, monkeypatch, entry("credential-5566778899", {name: value})), ("credential-5566778899",)
    )


@pytest.mark.parametrize("name", ["x-api-key", "client_secret", "subscription-key", "code", "X-Amz-Signature", "auth"])
def test_known_parameters_are_credentials(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their values are secrets in the answer, too."""
    given = entry("parameter-5566778899", query=f"?a=1&{name}=parameter-5566778899")
    expect_none(judged(tmp_path, monkeypatch, given), ("parameter-5566778899",))


def test_a_run_file_of_another_program_is_cleaned_before_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`report` reads what somebody wrote with credentials in it."""
    judged(tmp_path, monkeypatch, entry())
    file = tmp_path / "out" / "run.ndjson"
    lines = file.read_text().replace("Bearer [redacted]", f"Bearer {KEY}").replace('"x-echo",""', f'"x-echo","{KEY}"')
    assert KEY in lines
    other = tmp_path / "other"
    other.mkdir()
    (other / "run.ndjson").write_text(lines)
    monkeypatch.setattr("sys.argv", ["conformance", "report", str(other)])
    with pytest.raises(SystemExit):
        main()
    for path in other.iterdir():
        assert path.name == "run.ndjson" or KEY not in path.read_text(), path.name


def test_a_placeholder_is_no_secret(tmp_path: Path) -> None:
    """What a recorder writes in place of a key may be a word that answers use."""
    file = tmp_path / "recorded.har"
    given = entry("REDACTED dummy-key-1234", {"Authorization": "Bearer dummy-key-1234", "api-key": "REDACTED"})
    file.write_text(json.dumps({"log": {"entries": [given]}}))
    (exchange,) = judge_file(file, load_registry()).exchanges.values()
    assert b"REDACTED dummy-key-1234" in exchange.body


def test_a_number_in_an_answer_stays_a_number(tmp_path: Path) -> None:
    """A cookie of digits must not break the JSON that is judged."""
    file = tmp_path / "recorded.har"
    given = entry(headers={"Cookie": "id=123456789012345"})
    given["response"]["content"]["text"] = '{"created": 123456789012345, "choices": []}'
    file.write_text(json.dumps({"log": {"entries": [given]}}))
    run = judge_file(file, load_registry())
    assert not any("JSON" in finding.observed for verdict in run.verdicts for finding in verdict.findings)


def test_a_foreign_run_file_is_compared_without_the_password_in_its_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`compare` and `report` show the URL of the target."""
    header = {
        "kind": "header", "format": 1, "suite": {"name": "x", "version": "1"}, "started": "x",
        "target": {"url": f"https://u:{PASSWORD}@h/v1?key={PARAMETER}", "model": "m", "profile": "openai", "contracts": []},
        "notes": [f"see https://h/?token={PARAMETER}"], "settings": {"spec": f"https://u:{PASSWORD}@h/openapi.json"},
    }  # fmt: skip
    file = tmp_path / "run.ndjson"
    file.write_text(json.dumps(header) + "\n")
    for command in (["compare", str(file), str(file)], ["report", str(file)], ["report", str(file), "--json"]):
        monkeypatch.setattr("sys.argv", ["conformance", *command])
        with pytest.raises(SystemExit):
            main()
        shown = capsys.readouterr().out
        assert "h/v1" in shown
        assert not any(secret in shown for secret in (PASSWORD, PARAMETER))
    for path in tmp_path.iterdir():
        assert path == file or not any(secret in path.read_text() for secret in (PASSWORD, PARAMETER)), path.name


def test_hundreds_of_credentials_cost_little(tmp_path: Path) -> None:
    """A log of a gateway has another key in every exchange."""
    entries = []
    for number in range(600):
        key = f"sk-user-{number:04}-0123456789abcdef"
        entries.append(entry(key, {"Authorization": f"Bearer {key}"}, f"?key=parameter-{number:04}-xyz"))
    file = tmp_path / "many.har"
    file.write_text(json.dumps({"log": {"entries": entries}}))
    began = time.process_time()
    run = judge_file(file, load_registry())
    assert time.process_time() - began < 20
    assert run.exchanges
    assert "sk-user" not in repr(run)

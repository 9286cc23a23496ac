"""The command that prints the key: no shell, no terminal, a time limit, and nothing of its output in any message."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.config import Target, TargetError, gather, resolve
from conformance.config import key_command as module
from conformance.options import command_line

SECRET = "sk-printed-0123456789"


def script(tmp_path: Path, text: str) -> list[str]:
    """A command that runs a Python script."""
    file = tmp_path / "print key.py"
    file.write_text(text)
    return [sys.executable, str(file)]


def target(command: Any, **given: Any) -> Target:
    return resolve(gather(command_line({"target": "https://h.example/v1", "key_cmd": command, **given}), environ={}))


def test_the_key_is_what_the_command_prints(tmp_path: Path) -> None:
    """Without the line break at its end; what it prints on stderr is nobody's business."""
    found = target(script(tmp_path, f"import sys; print('{SECRET}'); print('noise', file=sys.stderr)"))
    assert found.tokens is not None
    assert found.tokens.used == (SECRET,)
    assert found.key == found.tokens.stand_in
    assert SECRET in found.secrets
    assert SECRET not in repr(found)
    assert found.redactor.text(f"a {SECRET}") == "a [redacted]"


def test_one_text_is_split_as_a_shell_does_and_no_shell_runs_it(tmp_path: Path) -> None:
    """Quotes hold words together; variables and pipes are words like others."""
    (python, file) = script(tmp_path, "import sys; print('-'.join(sys.argv[1:]).replace(' ', '_'))")
    found = target(f"'{python}' '{file}' 'a b' $HOME | c;d")
    assert found.tokens is not None
    assert found.tokens.used == ("a_b-$HOME-|-c;d",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"import sys; print('{SECRET}'); sys.exit(3)", "failed with exit code 3"),
        (f"raise ValueError('{SECRET}')", "failed with exit code 1"),
        ("", "prints nothing on stdout"),
        ("print(' ')", "prints nothing on stdout"),
        (f"print('{SECRET} {SECRET}')", "no HTTP header can carry"),
        (f"print('{SECRET}'); print('{SECRET}')", "no HTTP header can carry"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "is no text"),
        (f"while True: print('{SECRET}')", "prints more than"),
    ],
)
def test_a_command_that_gives_no_key_is_wrong_usage(tmp_path: Path, text: str, said: str) -> None:
    """One sentence that names the option and shows nothing of what it printed."""
    with pytest.raises(TargetError, match=said) as error:
        target(script(tmp_path, text))
    assert "--key-cmd" in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("command", ["no-such-command-anywhere", "/", "''", "'open"])
def test_a_command_that_cannot_be_run_is_wrong_usage(command: str) -> None:
    """Missing, a folder, no word at all, or a quote without its end."""
    with pytest.raises(TargetError, match="--key-cmd"):
        target(command)


@pytest.mark.parametrize("child", [False, True])
def test_a_command_that_hangs_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, child: bool
) -> None:
    """After the time limit."""
    monkeypatch.setattr(module, "LIMIT_S", 1.0)
    pid = tmp_path / "pid"
    sleep = f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(60)"
    text = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleep!r}])" if child else sleep
    began = time.monotonic()
    with pytest.raises(TargetError, match="did not end within 1 seconds"):
        target(script(tmp_path, text))
    assert time.monotonic() - began < 20
    if pid.exists():
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and _runs(int(pid.read_text())):
            time.sleep(0.05)
        assert not _runs(int(pid.read_text()))


def _runs(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    if state.parent.parent.exists() and os.name == "posix":
        return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_only_one_source_of_the_key_is_named(tmp_path: Path) -> None:
    """On one surface; a stronger surface decides alone, and `--no-key` outdoes all."""
    command = script(tmp_path, f"print('{SECRET}')")
    with pytest.raises(TargetError, match="--key-cmd and --key-file both say where the key comes from"):
        target(command, key_file="x")
    assert target(command, no_key=True).key is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("authorization", "Bearer k")),
        ({"key_form": "plain"}, ("authorization", "k")),
        ({"key_header": "Api-Key"}, ("api-key", "k")),
        ({"key_header": "x-key", "key_form": "bearer"}, ("x-key", "Bearer k")),
    ],
)
def test_the_key_goes_into_the_header_that_is_named(given: dict[str, Any], expected: tuple[str, str]) -> None:
    """After the word Bearer in `authorization`, plain in any other, unless the form is named."""
    options = gather(command_line({"target": "https://h/v1", **given}), environ={"CONFORMANCE_API_KEY": "k"})
    assert resolve(options).credential("k") == expected


@pytest.mark.parametrize("name", ["host", "Content-Type", "a b", "a:b", "ü"])
def test_a_header_that_can_carry_no_key_is_wrong_usage(name: str) -> None:
    """It has another meaning, or is no name of a header."""
    with pytest.raises(TargetError, match=r"--key-header: .* is not a header that can carry a key"):
        target(None, key_header=name)


@pytest.mark.parametrize("name", ["x-corp", "authorization"])
def test_a_short_key_is_redacted_by_the_name_of_its_header(name: str) -> None:
    """Though it is too short to be looked for elsewhere."""
    options = gather(command_line({"target": "https://h/v1", "key_header": name}), environ={"CONFORMANCE_API_KEY": "k"})
    found = resolve(options)
    header, value = found.credential("k")
    assert found.redactor.header(header, value) in ("[redacted]", "Bearer [redacted]")


@pytest.mark.parametrize(
    ("url", "proxy", "ok"),
    [
        ("http://localhost/v1", "http://far.example:1", False),
        ("http://localhost/v1", "http://127.0.0.1:1", True),
        ("http://far.example/v1", "http://127.0.0.1:1", False),
        ("https://far.example/v1", "http://far.example:1", True),
    ],
)
def test_a_key_passes_no_far_proxy_in_plain_text(url: str, proxy: str, ok: bool) -> None:
    """A tunnel to an `http` target is readable on its way."""
    given = command_line({"target": url, "proxy": proxy})
    options = gather(given, environ={"CONFORMANCE_API_KEY": "k"})
    if ok:
        assert resolve(options).proxy == proxy
    else:
        with pytest.raises(TargetError, match="in plain text"):
            resolve(options)


def test_the_password_of_a_proxy_is_a_secret() -> None:
    """As it is written and decoded; in no message and no repr."""
    found = target(None, proxy="http://user:p%40ssword-1@proxy.example:3128")
    assert {"p%40ssword-1", "p@ssword-1"} <= set(found.secrets)
    assert "ssword-1" not in repr(found)
    for wrong in ("socks5://user:pass-word-1@h:1", "http://user:pass-word-1@h:1/path", "user:pass-word-1@h"):
        with pytest.raises(TargetError, match="--proxy is not the URL of a proxy") as error:
            target(None, proxy=wrong)
        assert "pass-word-1" not in str(error.value)

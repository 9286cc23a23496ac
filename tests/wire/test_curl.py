"""The curl command: a real shell makes of it the request that was recorded."""

from __future__ import annotations

import os
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire import Request, curl

STUB = """#!/bin/sh
for word in "$@"; do printf '%s\\0' "$word"; done > "$OUT/words"
case " $* " in *" @- "*) cat > "$OUT/stdin" ;; esac
"""


class Shell:
    """Runs a command in `sh` with a `curl` that writes down its words and its standard input."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "curl").write_text(STUB)
        (folder / "curl").chmod(0o755)

    def run(self, command: str) -> tuple[list[str], bytes | None]:
        """The words curl got, and its standard input if it was to read it."""
        stdin = self.folder / "stdin"
        stdin.unlink(missing_ok=True)
        env = {"PATH": f"{self.folder}:{os.environ['PATH']}", "OUT": str(self.folder), "MY_KEY": "k'e\"y $HOME"}
        subprocess.run(["sh", "-eu", "-c", command], env=env, check=True, timeout=10)  # noqa: S607 - that is the test
        words = (self.folder / "words").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
        return words, stdin.read_bytes() if stdin.exists() else None


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("curl"))


def after(words: list[str], option: str) -> list[str]:
    return [words[n + 1] for n, word in enumerate(words[:-1]) if word == option]


def sent_body(words: list[str], stdin: bytes | None) -> bytes:
    if after(words, "--data-binary") == ["@-"]:
        assert stdin is not None
        return stdin
    return "".join(after(words, "--data-raw")).encode()


URL = "http://127.0.0.1:8000/v1/chat/completions"


def test_a_usual_request(shell: Shell) -> None:
    """Method, URL, headers and body arrive; the credential comes from the environment and is not in the text."""
    request = Request(
        "POST",
        URL,
        (
            ("host", "127.0.0.1:8000"),
            ("content-type", "application/json"),
            ("authorization", "Bearer sk-secret"),
            ("content-length", "29"),
            ("accept-encoding", "gzip, deflate"),
            ("user-agent", "openai-conformance/1"),
        ),
        b'{"stream": true, "user": "a"}',
    )
    command = curl(request, "MY_KEY")
    assert '-H "Authorization: Bearer $MY_KEY"' in command
    assert "sk-secret" not in command
    words, _ = shell.run(command)
    assert words == [
        "-sS",
        "-N",
        URL,
        "-H",
        "content-type: application/json",
        "-H",
        "Authorization: Bearer k'e\"y $HOME",
        "--data-raw",
        '{"stream": true, "user": "a"}',
    ]


@settings(max_examples=40)
@given(
    body=st.one_of(
        st.text(st.sampled_from(list("ab'\"\\$`!\n\t @-é😀%\r\0\x1b")), max_size=20).map(str.encode),
        st.binary(max_size=20),
    ),
    value=st.text(st.sampled_from(list("ab'\"\\$`! ;:")), min_size=1, max_size=10).filter(str.strip),
)
def test_any_body_and_header_survive_the_shell(shell: Shell, body: bytes, value: str) -> None:
    """Quotes, line breaks, dollars, control characters and bytes that are no text reach curl unchanged."""
    words, stdin = shell.run(curl(Request("POST", URL, (("x-a", value), ("content-type", "x/y")), body), "MY_KEY"))
    assert sent_body(words, stdin) == body
    assert f"x-a: {value}" in after(words, "-H")


@pytest.mark.parametrize(
    "body", [b"x" * 300_000, b"'\n" * 100_000, b"\xff" * 300_000], ids=["plain", "quotes", "no text"]
)
def test_a_long_body_goes_through_standard_input(shell: Shell, body: bytes) -> None:
    """A body longer than one argument may be is piped, without a temporary file."""
    # `sh -c` takes the command as one argument; a file is what a person would paste it into.
    script = shell.folder / "long.sh"
    script.write_text(curl(Request("POST", URL, (), body), "MY_KEY"))
    words, stdin = shell.run(f". {script}")
    assert sent_body(words, stdin) == body


@pytest.mark.parametrize(
    ("method", "body", "options"),
    [
        ("GET", b"", []),
        ("POST", b"{}", []),
        ("POST", b"", ["-X", "POST"]),
        ("DELETE", b"", ["-X", "DELETE"]),
        ("GET", b"{}", ["-X", "GET"]),
        ("HEAD", b"", ["--head"]),
    ],
)
def test_the_method_is_the_recorded_one(shell: Shell, method: str, body: bytes, options: list[str]) -> None:
    """The method is said where curl would not take it by itself."""
    words, _ = shell.run(curl(Request(method, URL, (("content-type", "a/b"),), body)))
    assert words[1 : words.index(URL)] == options


@pytest.mark.parametrize("name", ["x-api-key", "api-key"])
def test_a_key_in_a_header_of_its_own_comes_from_the_environment(shell: Shell, name: str) -> None:
    """The header keeps its name, and its value is the variable, which is OpenAI's unless another is named."""
    command = curl(Request("GET", URL, ((name, "sk-secret"),)))
    assert f'-H "{name}: $OPENAI_API_KEY"' in command
    assert "sk-secret" not in command


def test_only_what_curl_would_not_say_itself_is_told(shell: Shell) -> None:
    """The host of the URL, whoever is named before it, and the length of the body are curl's; false ones are told."""
    url = "http://user:word@h:8/v1"
    right = Request("POST", url, (("host", "h:8"), ("content-length", "2"), ("content-type", "a/b")), b"{}")
    assert after(shell.run(curl(right))[0], "-H") == ["content-type: a/b"]
    wrong = Request("POST", url, (("host", "user:word@h:8"), ("content-length", "5"), ("content-type", "a/b")), b"{}")
    told = after(shell.run(curl(wrong))[0], "-H")
    assert told == ["host: user:word@h:8", "content-length: 5", "content-type: a/b"]


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x7f", "\r"])
def test_control_characters_are_not_pasted(char: str) -> None:
    """They go through base64; a line break and a tab do no harm."""
    assert "| base64 -d |" in curl(Request("POST", URL, (), f"a{char}b".encode()))
    assert "base64" not in curl(Request("POST", URL, (), b"a\n\tb"))


def test_what_the_transport_says_of_itself_is_not_repeated(shell: Shell) -> None:
    """Codings, user agent and connection are curl's own."""
    headers = (("accept-encoding", "gzip"), ("user-agent", "x"), ("connection", "close"), ("x-a", "1"))
    words, _ = shell.run(curl(Request("GET", URL, headers)))
    assert after(words, "-H") == ["x-a: 1"]


@pytest.mark.parametrize(("length", "piped"), [(100_000, False), (100_001, True)])
def test_what_counts_as_long(length: int, piped: bool) -> None:
    """Up to a hundred thousand bytes the body is an argument."""
    command = curl(Request("POST", URL, (), b"x" * length))
    assert (command.startswith("printf"), "--data-binary @-" in command) == (piped, piped)


@pytest.mark.parametrize("char", "[]{}")
def test_a_url_that_curl_would_expand_is_left_alone(char: str) -> None:
    """Each kind of bracket switches curl's patterns off; a plain URL needs no switch."""
    assert " -g " in curl(Request("GET", f"http://h/{char}"))
    assert " -g " not in curl(Request("GET", f"http://h/{string.ascii_letters}?a=1&b=~-_.!$'()*+,;:@%20"))


def test_curl_adds_no_content_type_of_its_own(shell: Shell) -> None:
    """A body without a content type is not sent as a form."""
    words, _ = shell.run(curl(Request("POST", URL, (), b"{}")))
    assert after(words, "-H") == ["content-type:"]


def test_unusual_headers_and_urls_are_told(shell: Shell) -> None:
    """A false host, an empty header, a key header and a URL that curl would read as a pattern are kept."""
    url = "http://h/v1/../x/{a}?b[]=1&c='2'"
    request = Request("GET", url, (("host", "other"), ("x-empty", ""), ("x-api-key", "[redacted]")))
    words, _ = shell.run(curl(request, "MY_KEY"))
    assert url in words
    assert {"-g", "--path-as-is"} <= set(words)
    assert after(words, "-H") == ["host: other", "x-empty;", "x-api-key: k'e\"y $HOME"]


@pytest.mark.parametrize("value", ["[redacted]", "sk-raw", "$(reboot) x", "Digest x"])
def test_a_scheme_is_kept_only_if_known(shell: Shell, value: str) -> None:
    """Nothing of a credential but a known scheme word gets into the command."""
    words, _ = shell.run(curl(Request("GET", URL, (("authorization", value),)), "MY_KEY"))
    scheme = "Digest " if value.startswith("Digest") else ""
    assert after(words, "-H") == [f"Authorization: {scheme}k'e\"y $HOME"]


@pytest.mark.parametrize("name", ["", "A B", "$(x)", "1A", "A;B", "É"])
def test_the_variable_must_be_one(name: str) -> None:
    """A name that is none could inject commands; it is refused."""
    with pytest.raises(ValueError, match="environment variable"):
        curl(Request("GET", URL), name)


def test_a_turn_on_a_websocket_is_said_to_websocat() -> None:
    """Its messages go in line by line; the upgrade is websocat's own, and the credential comes from the environment."""
    upgrade = (
        ("host", "h:8"),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-key", "abc"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-extensions", "permessage-deflate"),
        ("content-length", "5"),
        ("authorization", "Bearer sk-secret"),
        ("x-a", "1"),
    )
    assert curl(Request("GET", "ws://h:8/v1/responses", upgrade, b'{"a": "\xff"}'), "MY_KEY") == (
        "printf '%s\\n' '{\"a\": \"\ufffd\"}' | websocat --no-close \\\n"
        '  -H "Authorization: Bearer $MY_KEY" \\\n'
        "  -H 'x-a: 1' \\\n"
        "  ws://h:8/v1/responses"
    )

"""Formats a request as a shell command (curl or websocat) that reads the API key from the environment."""

from __future__ import annotations

import base64
import re
import shlex
from urllib.parse import urlsplit

from conformance.wire.credentials import names
from conformance.wire.exchange import Request
from conformance.wire.spellings import SECOND_KEY

SECOND_KEY_ENV = "CONFORMANCE_SECOND_KEY"
"""The environment variable from which commands and scripts read the API key of another account."""
_KEY_HEADERS = frozenset({"authorization", "x-api-key", "api-key"})
_ADDED = frozenset({"accept-encoding", "user-agent", "connection"})  # said by the transport, not by the probe
_OF_UPGRADE = frozenset(
    {"upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "content-length"}
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # all but tab and newline
_MAX_ARGUMENT = 100_000  # Linux takes 128 KiB for one argument
_GLOBBED = frozenset("[]{}")


def curl(request: Request, key_env: str = "OPENAI_API_KEY") -> str:
    """Return a shell command that sends `request` again.

    The command reads the API key from the environment variable `key_env`, and the API key of another account from
    `CONFORMANCE_SECOND_KEY`.

    The shell command calls curl for an HTTP request, and websocat with a new connection for a WebSocket turn. The shell
    command sends the request body byte for byte: as an argument if it is short text, otherwise through standard input.
    Raises `ValueError` if `key_env` is not a valid variable name.
    """
    if not _NAME.fullmatch(key_env):
        raise ValueError(f"{key_env!r} is not the name of an environment variable")
    if request.on_socket:
        return _websocat(request, key_env)
    words = [_options(request), shlex.quote(request.url)]
    words += (
        f"-H {_header(name, value, key_env)}" for name, value in request.headers if _is_told(request, name, value)
    )
    if request.body and "content-type" not in dict(request.headers):
        words.append("-H 'content-type:'")  # curl would say it is a form
    before = ""
    if request.body:
        text = _shell_text(request.body)
        if text is None:
            before = f"printf %s {base64.b64encode(request.body).decode()} | base64 -d | "
        elif len(request.body) > _MAX_ARGUMENT:
            before = f"printf %s {shlex.quote(text)} | "
        words.append("--data-binary @-" if before else f"--data-raw {shlex.quote(text or '')}")
    return before + " \\\n  ".join(words)


def _websocat(request: Request, key_env: str) -> str:
    """Return a command that sends the messages of a WebSocket turn on a new connection, open until Ctrl-C."""
    headers = [
        f"-H {_header(name, value, key_env)}"
        for name, value in request.headers
        if name not in _OF_UPGRADE and _is_told(request, name, value)
    ]
    said = shlex.quote(request.body.decode("utf-8", "replace"))
    return f"printf '%s\\n' {said} | " + " \\\n  ".join(["websocat --no-close", *headers, shlex.quote(request.url)])


def _options(request: Request) -> str:
    options = ["curl", "-sS"]
    body = request.json
    if isinstance(body, dict) and body.get("stream"):
        options.append("-N")
    if _GLOBBED & set(request.url):
        options.append("-g")
    if "/." in request.url:
        options.append("--path-as-is")
    if request.method == "HEAD":
        options.append("--head")
    elif request.method != ("POST" if request.body else "GET"):
        options.append(f"-X {shlex.quote(request.method)}")
    return " ".join(options)


def _is_told(request: Request, name: str, value: str) -> bool:
    """Return whether curl needs this header on its command line because it does not add it itself."""
    if name == "host":
        return value != urlsplit(request.url).netloc.rpartition("@")[2]
    if name == "content-length":
        return value != str(len(request.body))
    return name not in _ADDED


def _header(name: str, value: str, key_env: str) -> str:
    if name in _KEY_HEADERS:
        scheme, space, _ = value.partition(" ")
        kept = f"{scheme} " if space and scheme.lower() in names().schemes else ""
        key_env = SECOND_KEY_ENV if SECOND_KEY in value else key_env
        return f'"{name.title() if name == "authorization" else name}: {kept}${key_env}"'
    return shlex.quote(f"{name}: {value}" if value.strip() else f"{name};")  # `name:` would take the header out


def _shell_text(body: bytes) -> str | None:
    """Return the body as text that fits into a shell word, or None."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    # Control characters survive the quotes but not every terminal they are pasted into.
    return None if _CONTROL.search(text) else text

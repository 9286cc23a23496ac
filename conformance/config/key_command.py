"""Runs a command that prints the API key. The command has a time limit and runs without a shell.

The output of the key command is never shown.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence

from conformance.options import TargetError
from conformance.wire.tokens import NoTokenError, Tokens

LIMIT_S = 30.0
"""Maximum seconds for the command."""
MAX_BYTES = 64 * 1024
"""Maximum bytes of its output."""


def tokens_of(command: Sequence[str], said: str, read: Callable[[str, str], str]) -> Tokens:
    """Return an object that gets access tokens from a command.

    `tokens_of` itself runs the command once, to get the first access token.

    `said` is the name of the option, which error messages contain. `read` is a function that checks the output of
    `command`. Raises `TargetError`.
    """

    def fetch() -> str:
        try:
            return read(_printed(command, LIMIT_S, said), f"the output of {said}")
        except TargetError as error:
            raise NoTokenError(str(error)) from None

    tokens = Tokens(fetch)
    try:
        tokens.begin()
    except NoTokenError as error:
        raise TargetError(str(error)) from None
    return tokens


def _printed(command: Sequence[str], limit_s: float, said: str) -> str:
    """Return the command's standard output without surrounding whitespace. Raises `NoTokenError`."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # ended with all that it started, and without a terminal to ask questions on
        )
    except (OSError, ValueError) as error:
        said_why = getattr(error, "strerror", None) or type(error).__name__
        raise NoTokenError(f"{said}: the command cannot be run ({said_why})") from None
    printed = bytearray()

    def read() -> None:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        with contextlib.suppress(OSError, ValueError), process.stdout as stdout:
            while len(printed) <= MAX_BYTES and (data := os.read(stdout.fileno(), 4096)):
                printed.extend(data)

    reader = threading.Thread(target=read, name="conformance-key-command", daemon=True)
    reader.start()
    reader.join(limit_s)
    try:
        if reader.is_alive():
            raise NoTokenError(f"{said}: the command did not end within {limit_s:g} seconds")
        if len(printed) > MAX_BYTES:
            raise NoTokenError(f"{said}: the command prints more than {MAX_BYTES} bytes, which is no key")
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        raise NoTokenError(f"{said}: the command did not end within {limit_s:g} seconds") from None
    finally:
        _end(process)
    if code != 0:
        raise NoTokenError(f"{said}: the command failed with exit code {code}. Run it by hand to see why")
    try:
        text = printed.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise NoTokenError(f"{said}: the command prints what is no text") from None
    if not text:
        raise NoTokenError(f"{said}: the command prints nothing on stdout")
    return text


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the command and the processes that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)

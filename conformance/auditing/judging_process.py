"""Starts the process in which checks run, sends messages to it, receives its messages, and kills it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Collection
from queue import SimpleQueue
from typing import IO

from conformance.auditing.channel import Message

BOOT = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop())
import gc
gc.set_threshold(50_000, 20, 100)  # modules and exchanges stay, so there is little garbage to look for
from conformance.auditing.worker import main
main()
"""
_KEPT = 8_000
"""Bytes kept of its standard error, whose end says why it died."""


class JudgingProcess:
    """One judging process. `inbox` receives each message of the judging process, and None when the process has ended.

    The judging process communicates with the auditing process only through pipes. An interrupt in the terminal does not
    reach the judging process, because it has its own process group. The environment variables in `hidden` are not
    passed to the judging process. A separate thread writes to the judging process.
    """

    def __init__(self, hidden: Collection[str] = ()) -> None:
        self.inbox: SimpleQueue[Message | None] = SimpleQueue()
        self._outbox: SimpleQueue[Callable[[], bytes] | None] = SimpleQueue()
        self._said = b""
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter and this very package
            [sys.executable, "-c", BOOT, json.dumps([str(each) for each in sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self._threads = [
            threading.Thread(target=work, name=f"conformance-judging-{name}", daemon=True)
            for name, work in (("tells", self._tell), ("hears", self._hear), ("errors", self._keep_errors))
        ]
        for thread in self._threads:
            thread.start()

    def tell(self, make: Callable[[], bytes]) -> None:
        """Add a line to the queue of lines to send; a separate thread calls `make` to get the line.

        The judging process receives the lines in the order in which they were added to the queue.
        """
        self._outbox.put(make)

    def end(self) -> int:
        """Kill the process and return its exit code.

        When `end` returns, the inbox has all messages that the process sent.
        """
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        code = self._process.wait()
        self._outbox.put(None)
        for thread in self._threads:
            thread.join()
        return code

    def ended(self) -> int:
        """Wait until the process ends by itself, and return its exit code."""
        return self._process.wait()

    @property
    def errors(self) -> str:
        """Return the last lines of the process's standard error."""
        return self._said.decode("utf-8", errors="replace").strip()

    def _tell(self) -> None:
        pipe = _given(self._process.stdin)
        with contextlib.suppress(OSError), pipe:  # it may have ended
            while (make := self._outbox.get()) is not None:
                pipe.write(make())
                if self._outbox.empty():
                    pipe.flush()

    def _hear(self) -> None:
        with _given(self._process.stdout) as pipe:
            for text in pipe:
                with contextlib.suppress(ValueError):  # it was ended in the middle of a line
                    self.inbox.put(json.loads(text))
        self.inbox.put(None)

    def _keep_errors(self) -> None:
        with _given(self._process.stderr) as pipe:
            while data := pipe.read1():  # type: ignore[attr-defined] # a buffered reader has it
                self._said = (self._said + data)[-_KEPT:]


def _given(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the process was started without this pipe")
    return pipe

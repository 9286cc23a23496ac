"""Writes a run file by appending redacted JSON objects, one per line, each flushed immediately."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from typing import Any, Self

from conformance.record.codec import exchange_to_dict, footer_to_dict, header_to_dict
from conformance.record.errors import RunFileError
from conformance.record.locks import is_locked, is_still_at, lock
from conformance.record.records import Footer, Header
from conformance.record.redacted import redacted_footer, redacted_header, redacted_verdict
from conformance.verdict import Verdict
from conformance.wire import Exchange, Redactor


class RunWriter:
    """Writes a run file. The methods of the writer may be called from any thread.

    Creating a writer creates the run file and its folder. Raises `RunFileError` if the file exists (a run is never
    overwritten), cannot be written, or is in use by another run. Records must be written in order: `header`, then
    `exchange` and `verdict` in any order, then `footer`; another order raises `RuntimeError`.
    """

    def __init__(self, path: Path | str, redactor: Redactor, *, beside: bool = False) -> None:
        """With `beside` the file is written under a temporary name until `take_place` renames it."""
        self.path = Path(path)
        self._at = self.path.with_name(f".{self.path.name}.new") if beside else self.path
        self._redactor = redactor
        self._lock = threading.Lock()
        self._stage = "header"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._at.open("ab" if beside else "xb")
        except OSError as error:
            if self.path.exists() and not beside:
                raise RunFileError(self.path, 0, "the file exists already; a run needs a new one") from error
            raise RunFileError(self.path, 0, f"the run file cannot be created: {error.strerror}") from error
        # The order counts: a run that resumes holds the lock of the new file before and after that file takes its place.
        if not (lock(self._file) and is_still_at(self._file, self._at)) or (beside and is_locked(self.path)):
            self._file.close()
            raise RunFileError(self.path, 0, "another run is writing this file now. Wait until it ends, or stop it")
        if beside:
            self._file.truncate(0)  # what a run that was killed had begun

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def take_place(self) -> None:
        """Rename the temporary file to its final name, replacing an existing file.

        `write` can still be called after the file is renamed.
        """
        self._at.replace(self.path)

    def write(self, line: Header | Exchange | Verdict | Footer) -> None:
        """Write a record of any type to the run file."""
        match line:
            case Header():
                self.header(line)
            case Exchange():
                self.exchange(line)
            case Verdict():
                self.verdict(line)
            case Footer():
                self.footer(line)

    def header(self, header: Header) -> None:
        """Write the first line, which is the header."""
        data = header_to_dict(redacted_header(header, self._redactor))
        self._write("header", data, after="header", then="body")

    def exchange(self, exchange: Exchange) -> None:
        """Write one finished exchange to the run file."""
        self._write("exchange", exchange_to_dict(self._redactor.exchange(exchange)))

    def verdict(self, verdict: Verdict) -> None:
        """Write one verdict to the run file."""
        self._write("verdict", redacted_verdict(verdict, self._redactor).to_dict())

    def footer(self, footer: Footer) -> None:
        """Write the footer, which is the last line of the run file."""
        self._write("footer", footer_to_dict(redacted_footer(footer, self._redactor)), then="end")

    def close(self) -> None:
        """Close the file; a second call has no effect."""
        with self._lock, contextlib.suppress(OSError):  # what could not be written was reported when it was
            self._file.close()

    def _write(self, kind: str, data: dict[str, Any], *, after: str = "body", then: str = "body") -> None:
        # ASCII: a lone surrogate that a model wrote stays what it was, and U+2028 ends no line for anybody.
        line = json.dumps({"kind": kind, **data}, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            if self._stage != after:
                raise RuntimeError(f"a {kind} cannot be written now: the run file expects its {self._stage}")
            try:
                self._file.write(line)
                self._file.flush()
            except OSError as error:
                raise RunFileError(
                    self.path,
                    0,
                    f"it cannot be written further: {error.strerror}. What was measured so far is in it;"
                    " make room, then go on with `conformance run --resume` and its folder",
                ) from error
            self._stage = then

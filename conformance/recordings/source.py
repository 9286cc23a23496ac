"""Opens a recording, which may be gzip-compressed, and reads it within limits."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from conformance.recordings.errors import RecordingError

MAX_LINE_BYTES = 256 * 1024 * 1024
"""The longest line, and the largest JSON document, because an archive must be read as a whole."""
MAX_YAML_BYTES = 64 * 1024 * 1024
"""The largest YAML document: parsed, it takes about twenty times its size in memory."""

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_BUFFER_BYTES = 128 * 1024


class Source:
    """Reads the lines of a recording. Every problem of the file raises `RecordingError`."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self._file = file
        self.line = 0

    def read_line(self) -> bytes:
        """Return the next line with its line end, or b"" after the last line. Raises `RecordingError`."""
        self.line += 1
        with _faults(self.path):
            line = self._file.readline(MAX_LINE_BYTES + 1)
        if len(line) > MAX_LINE_BYTES:
            raise RecordingError(
                self.path, f"line {self.line}", f"has more than {MAX_LINE_BYTES} bytes; split the recording"
            )
        return line.removeprefix(_BOM) if self.line == 1 else line

    def lines(self) -> Iterator[bytes]:
        """Yield the remaining lines of the recording."""
        while line := self.read_line():
            yield line

    def rest(self, limit: int) -> bytes:
        """Return all bytes of the recording that were not read yet.

        Raises `RecordingError` if more than `limit` bytes of the recording remain.
        """
        with _faults(self.path):
            data = self._file.read(limit + 1)
        if len(data) > limit:
            raise RecordingError(
                self.path,
                "",
                f"has more than {limit} bytes, and an archive or cassette must be read as a whole; split it, or convert "
                "it to JSON lines, which are read one by one",
            )
        return data


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open the recording, and decompress it if it begins with the gzip signature. Raises `RecordingError`."""
    with _faults(path):
        file = path.open("rb")
    with file:
        with _faults(path):
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
        yield Source(path, _unpacked(file) if packed else file)


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    """Return the content of a gzip file in a buffered reader, which is twice as fast as the gzip module's."""
    raw = cast("io.RawIOBase", gzip.GzipFile(fileobj=file))
    return cast("IO[bytes]", io.BufferedReader(raw, _BUFFER_BYTES))


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RecordingError(path, "", f"is damaged gzip ({error}); get the file again") from None
    except OSError as error:
        raise RecordingError(path, "", f"cannot be read: {error.strerror or error}") from None

"""Reads the exchanges in a zip file that `conformance share` wrote, within limits.

The paths of files in the zip file are ignored.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from conformance.recordings.errors import RecordingError
from conformance.recordings.source import MAX_LINE_BYTES

MEMBER = "exchanges.ndjson"
"""The name of the run file in the zip file, in the one folder that the zip file has."""
_MAX_MEMBERS = 100
_CHUNK_BYTES = 1024 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SIGNATURE = b"PK\x03\x04"


def is_zip(path: Path) -> bool:
    """Return whether a file begins like a zip file. Raises `RecordingError` if the file cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError as error:
        raise RecordingError(path, "", f"cannot be read: {error.strerror or error}") from None


def run_file_in(path: Path) -> Iterator[bytes]:
    """Yield the run file in a zip file, in chunks.

    Raises `RecordingError` if the zip file is damaged, encrypted or too large, or if it does not have exactly one run file.
    """
    try:
        if path.stat().st_size > MAX_LINE_BYTES:
            raise RecordingError(path, "", f"has more than {MAX_LINE_BYTES} bytes")
        with zipfile.ZipFile(path) as archive:
            yield from _chunks(archive, _member(archive, path), path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise RecordingError(path, "", f"is a damaged zip file ({str(error)[:200]}); get the file again") from None
    except OSError as error:
        raise RecordingError(path, "", f"cannot be read: {error.strerror or error}") from None


def _member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    members = archive.infolist()
    found = [each for each in members if each.filename.rpartition("/")[2] == MEMBER]
    if len(members) > _MAX_MEMBERS or len(found) != 1:
        said = f"is not a zip file of `conformance share`: it must have one file {MEMBER}. Unpack it, and judge its recording"
        raise RecordingError(path, "", said)
    if found[0].flag_bits & 1 or found[0].compress_type not in _METHODS:
        raise RecordingError(path, MEMBER, "is encrypted, or compressed in a way that is not read; unpack the zip file")
    return found[0]


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> Iterator[bytes]:
    """Yield the content of a member; the size in the zip file's directory is not trusted."""
    left = MAX_LINE_BYTES
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise RecordingError(path, MEMBER, f"has more than {MAX_LINE_BYTES} bytes")
            yield chunk

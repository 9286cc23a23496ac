"""Adds run files to a store, compressed and never changed again, and reads them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from conformance.record import RedactedRun, RunFileError, recorded_run
from conformance.record.locks import is_locked
from conformance.record.manifest import MANIFEST, read_manifest
from conformance.record.whole_file import write_whole
from conformance.store.errors import StoreError
from conformance.store.extra import zstandard
from conformance.store.layout import FORMAT, StoredRun, StoreLayout, moment_of, series_of

RUN_FILE = "run.ndjson"
_LEVEL = 10
_CHUNK = 1 << 20


def make_store(layout: StoreLayout) -> None:
    """Create a store in an empty or new folder. An existing store is not changed. Raises `StoreError`."""
    if layout.mark.exists():
        check_store(layout)
        return
    if layout.folder.exists() and (not layout.folder.is_dir() or any(layout.folder.iterdir())):
        raise StoreError(f"{layout.folder} is not a store, and is not an empty folder. Name a new folder")
    layout.runs.mkdir(parents=True, exist_ok=True)
    write_whole(layout.mark, json.dumps({"format": FORMAT}) + "\n")


def check_store(layout: StoreLayout) -> None:
    """Raise `StoreError` if the folder is not a store that this version can read."""
    try:
        known = json.loads(layout.mark.read_bytes())["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(f"{layout.folder} is not a store. `conformance store add` creates a store") from None
    if known != FORMAT:
        raise StoreError(f"{layout.folder} has format {known!r}; this version reads format {FORMAT}")


def run_files_in(paths: list[Path]) -> list[Path]:
    """Return the run files that these paths name: files, run folders, or folders with run folders.

    Raises `StoreError` if a path names no run file.
    """
    found: list[Path] = []
    for path in paths:
        files = [path] if path.is_file() else sorted(path.rglob(RUN_FILE))
        if not files:
            raise StoreError(f"{path} has no {RUN_FILE}, and no subfolder of it has one")
        found += files
    return list(dict.fromkeys(found))


def put_run(layout: StoreLayout, file: Path) -> tuple[StoredRun, bool]:
    """Copy a run file into the store; return the stored run, and whether it is new.

    A run that is in the store already is not copied again. Raises `StoreError` if the run still runs, if its file
    differs from its manifest, or if the file is not the run file of an audit.
    """
    if is_locked(file):
        raise StoreError(f"{file} belongs to a run that still runs. Add it when the run has ended")
    digest = _digest(file)
    _check_manifest(file, digest)
    run = recorded_run(file)
    if run is None:
        raise StoreError(f"{file} is not the run file of an audit")
    name, date = f"{series_of(run.header)}-{digest[:16]}", f"{moment_of(run.header):%Y-%m-%d}"
    stored = StoredRun(digest[:16], date, layout.runs / date / name)
    if stored.file.exists():
        return stored, False
    stored.folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".new-", dir=layout.runs))
    try:
        with file.open("rb") as source, (beside / stored.file.name).open("xb") as compressed:
            zstandard().ZstdCompressor(level=_LEVEL, write_checksum=True).copy_stream(source, compressed)
        if (file.parent / MANIFEST).is_file():
            shutil.copyfile(file.parent / MANIFEST, beside / MANIFEST)
        beside.chmod(0o755)
        beside.rename(stored.folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return stored, True


def read_stored(stored: StoredRun) -> RedactedRun:
    """Read a run of the store.

    Raises `StoreError` if the run file was changed, or `RunFileError` if the run file is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-store-") as folder:
        file = Path(folder) / RUN_FILE
        digest = hashlib.sha256()
        with file.open("xb") as plain:
            for chunk in _chunks(stored):
                digest.update(chunk)
                plain.write(chunk)
        if digest.hexdigest()[:16] != stored.run:
            raise StoreError(f"{stored.file} was changed: its content does not have the SHA-256 that its name states")
        run = recorded_run(file)
    if run is None:
        raise RunFileError(stored.file, 0, "not the run file of an audit")
    return run


def _chunks(stored: StoredRun) -> Iterator[bytes]:
    library = zstandard()
    try:
        with stored.file.open("rb") as compressed, library.ZstdDecompressor().stream_reader(compressed) as reader:
            while chunk := reader.read(_CHUNK):
                yield chunk
    except (OSError, library.ZstdError) as error:
        raise StoreError(f"{stored.file} cannot be read: {error}") from error


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from error


def _check_manifest(file: Path, digest: str) -> None:
    """Raise `StoreError` if the folder has a manifest that states another content of the run file."""
    if not os.path.lexists(file.parent / MANIFEST):
        return
    entry = read_manifest(file.parent).files.get(file.name)
    if entry is not None and entry.sha256 != digest:
        raise StoreError(f"{file} was changed since its manifest was written; `conformance verify` shows what differs")

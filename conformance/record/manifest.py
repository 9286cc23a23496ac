"""The manifest of a run folder: size and SHA-256 of each file that the suite wrote, to detect later changes.

A manifest is not a signature: a person who can change the files can also write a new manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import conformance
from conformance.record.errors import RunFileError
from conformance.record.records import now
from conformance.record.whole_file import write_whole

MANIFEST = "manifest.json"
"""The name of the manifest in a run folder."""
FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """The size and the SHA-256 of one file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a run folder at one time.

    `created` is the creation time in UTC, and `suite_version` is the version of the suite that wrote the manifest. The
    keys of `files` are paths relative to the folder, with `/`.
    """

    suite_version: str
    created: str
    files: Mapping[str, FileEntry]


def list_files(folder: Path, cases: str, reports: Iterable[Path], *, judged: bool = True) -> None:
    """Write the manifest of a run folder after its reports were written; raises `OSError`.

    `cases` is the name of the subfolder with saved cases. `judged` is true if this command wrote the run file and the
    saved cases, and false if an earlier command wrote them. Files that an earlier command wrote are listed only if the
    folder has no manifest yet. A folder without `run.ndjson` gets no manifest.
    """
    run = folder / "run.ndjson"
    if run.is_file():
        saved = (each for each in (folder / cases).glob("*") if each.suffix in (".json", ".txt") and each.is_file())
        measured = [run, *saved]
        write_manifest(folder, [*reports, *(measured if judged else ())], () if judged else measured)


def write_manifest(folder: Path, written: Iterable[Path], unchanged: Iterable[Path] = ()) -> None:
    """Write the manifest of a run folder; raises `OSError` if it cannot be written.

    `written` lists the files that the command wrote into the folder. Files that the command did not write keep their
    entries in the existing manifest; otherwise the new manifest would hide an earlier change of these files. If the
    folder has no valid manifest yet, the new manifest also lists the files in `unchanged`, which the command did not
    write.
    """
    listed = list(written)
    try:
        files = dict(read_manifest(folder).files)
    except RunFileError:
        files, listed = {}, [*listed, *unchanged]
    for path in listed:
        files[path.relative_to(folder).as_posix()] = _entry(path)
    data = {
        "format": FORMAT,
        "suite": {"name": "openai-conformance", "version": conformance.__version__},
        "created": now(),
        "files": [{"path": name, "bytes": entry.size, "sha256": entry.sha256} for name, entry in sorted(files.items())],
    }
    write_whole(folder / MANIFEST, json.dumps(data, indent=2) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest file of a run folder. Raises `RunFileError` if the manifest is missing or invalid."""
    file = folder / MANIFEST
    try:
        with file.open("rb") as opened:
            text = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise RunFileError(file, 0, f"the manifest cannot be read: {error.strerror}") from error
    if len(text) > _MAX_BYTES:
        raise RunFileError(file, 0, f"the manifest has more than {_MAX_BYTES} bytes")
    try:
        return _manifest(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunFileError(file, 0, f"not a manifest of format {FORMAT}: {error}") from error


def changes_since(manifest: Manifest, folder: Path) -> list[str]:
    """Compare a run folder with its manifest; return one line for each missing, altered or added file.

    Links are not followed, and files other than regular files are not read.
    """
    changes = [said for name, entry in manifest.files.items() if (said := _change(folder, name, entry))]
    changes += [f"added: {name}" for name in _names(folder) if name not in manifest.files and name != MANIFEST]
    return changes


def _change(folder: Path, name: str, entry: FileEntry) -> str:
    path = folder / name
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return f"altered: {name} (not a regular file any more)"
        if found.st_size != entry.size:
            return f"altered: {name} ({found.st_size} bytes instead of {entry.size})"
        if _entry(path) != entry:
            return f"altered: {name} (same size, different SHA-256)"
    except (FileNotFoundError, NotADirectoryError):
        return f"missing: {name}"
    except OSError as error:
        return f"unreadable: {name} ({error.strerror})"
    return ""


def _names(folder: Path) -> list[str]:
    """Return the paths of all files and links in a folder and its subfolders."""
    names = []
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        names += [Path(parent, name).relative_to(folder).as_posix() for name in (*files, *links)]
    return sorted(names)


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileEntry(file.tell(), digest.hexdigest())


def _manifest(data: Any) -> Manifest:
    if data["format"] != FORMAT:
        raise ValueError(f"the format is {data['format']!r}")
    files: dict[str, FileEntry] = {}
    for each in data["files"]:
        path, size, sha256 = each["path"], each["bytes"], each["sha256"]
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or path != "/".join(parts) or Path(path).is_absolute() or "\0" in path:
            raise ValueError(f"{path!r} is not the path of a file in the folder")
        if path in files:
            raise ValueError(f"{path!r} is listed twice")
        if isinstance(size, bool) or not isinstance(size, int) or not _SHA256.fullmatch(sha256):
            raise ValueError(f"{path!r} has no valid size and SHA-256")
        files[path] = FileEntry(size, sha256)
    return Manifest(str(data["suite"]["version"]), str(data["created"]), files)

"""A manifest names each file that was changed, removed or added after it was written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conformance.record import RunFileError
from conformance.record.manifest import MANIFEST, changes_since, list_files, read_manifest, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a run file, a report and a saved case, and its manifest."""
    (tmp_path / "run.ndjson").write_text("run")
    (tmp_path / "report.json").write_text("report")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "one.json").write_text("case")
    list_files(tmp_path, "cases", [tmp_path / "report.json"])
    return tmp_path


def changes(folder: Path) -> list[str]:
    """The differences between the folder and its manifest."""
    return changes_since(read_manifest(folder), folder)


def test_an_unchanged_folder_has_no_differences(folder: Path) -> None:
    """All files are listed with size and SHA-256; the manifest itself is not."""
    manifest = read_manifest(folder)
    assert list(manifest.files) == ["cases/one.json", "report.json", "run.ndjson"]
    assert manifest.files["run.ndjson"].size == 3
    assert manifest.created.endswith("Z")
    assert changes(folder) == []


def test_each_changed_file_is_named(folder: Path) -> None:
    """Altered with the same or another size, removed, added, or replaced by a link or a pipe."""
    (folder / "run.ndjson").write_text("ruN")
    (folder / "report.json").write_text("longer report")
    (folder / "cases" / "one.json").unlink()
    (folder / "cases" / "two.json").write_text("case")
    assert changes(folder) == [
        "missing: cases/one.json",
        "altered: report.json (13 bytes instead of 6)",
        "altered: run.ndjson (same size, different SHA-256)",
        "added: cases/two.json",
    ]
    (folder / "run.ndjson").unlink()
    (folder / "run.ndjson").symlink_to(folder / "report.json")
    (folder / "report.json").unlink()
    os.mkfifo(folder / "report.json")
    assert changes(folder)[1:3] == [
        "altered: report.json (not a regular file any more)",
        "altered: run.ndjson (not a regular file any more)",
    ]


def test_writing_reports_again_does_not_hide_an_altered_run_file(folder: Path) -> None:
    """The new manifest keeps the entry for a file that the command did not write."""
    (folder / "run.ndjson").write_text("ruN")
    (folder / "report.json").write_text("new report")
    list_files(folder, "cases", [folder / "report.json"], judged=False)
    assert changes(folder) == ["altered: run.ndjson (same size, different SHA-256)"]


def test_a_folder_without_a_manifest_gets_one_with_its_reports(folder: Path) -> None:
    """Reports of an older run, or of the Python API; files of the user are not listed."""
    (folder / MANIFEST).unlink()
    (folder / ".env").write_text("SECRET=1")
    list_files(folder, "cases", [folder / "report.json"], judged=False)
    assert changes(folder) == ["added: .env"]
    (folder / "run.ndjson").unlink()
    (folder / MANIFEST).unlink()
    list_files(folder, "cases", [folder / "report.json"], judged=False)
    assert not (folder / MANIFEST).exists()


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "", "a//b", "./run.ndjson", "a\0b"])
def test_a_manifest_names_only_files_in_its_folder(path: str, folder: Path) -> None:
    """A path to another folder is an error, and the file is not read."""
    data = json.loads((folder / MANIFEST).read_text())
    data["files"][0]["path"] = path
    (folder / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(RunFileError, match="not the path of a file in the folder"):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', "[" * 100_000, '{"format": 1, "files": [1]}'])
def test_a_damaged_manifest_is_an_error(text: str, tmp_path: Path) -> None:
    """It names the file; nothing else is raised."""
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(RunFileError, match=r"manifest\.json: not a manifest"):
        read_manifest(tmp_path)


def test_a_file_that_cannot_be_listed_leaves_the_old_manifest(folder: Path) -> None:
    """The manifest is written completely or not at all."""
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(OSError, match="missing"):
        write_manifest(folder, [folder / "missing"])
    assert (folder / MANIFEST).read_bytes() == before

"""`conformance judge` judges the zip file that `conformance share` writes, and rejects other zip files in one line."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.auditing.runner import audit
from conformance.cli import app
from conformance.config import Target, load_profile
from conformance.record import read_run
from conformance.recordings import zipped
from conformance.recordings.errors import RecordingError
from conformance.recordings.zipped import run_file_in
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine


@pytest.mark.parametrize(
    ("mutant", "requirement"),
    [("usage-total-wrong", "chat.usage.sum"), ("stop-first-only", "chat.stop.array")],
    ids=["all exchanges", "a probe"],
)
def test_a_maintainer_judges_the_zip_file_without_the_run(mutant: str, requirement: str, tmp_path: Path) -> None:
    """The zip file has what the check reads, and selects the requirement."""
    with ReferenceServer(endpoint_with(mutant)) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        audit(target, tmp_path / "run", only=[requirement, "chat.message.role"])
    file = tmp_path / "cause.zip"
    assert CliRunner().invoke(app, ["share", str(tmp_path / "run"), "1", "--output", str(file)]).exit_code == 0
    done = CliRunner().invoke(app, ["judge", str(file), "--output", str(tmp_path / "out"), "--quiet"])
    assert done.exit_code == 1, done.output
    verdicts = combine(read_run(tmp_path / "out" / "run.ndjson").verdicts)
    assert {name: verdict.outcome for name, verdict in verdicts.items()} == {requirement: Outcome.FAIL}
    with zipfile.ZipFile(file) as archive:
        member = next(name for name in archive.namelist() if name.endswith("exchanges.ndjson"))
        (tmp_path / "exchanges.ndjson").write_bytes(archive.read(member))
    again = CliRunner().invoke(
        app, ["judge", str(tmp_path / "exchanges.ndjson"), "--output", str(tmp_path / "again"), "--quiet"]
    )
    assert again.exit_code == 1, again.output


def made(file: Path, *names: str, text: bytes = b"{}\n") -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, text)
    return file


def test_a_zip_file_needs_one_run_file(tmp_path: Path) -> None:
    for number, names in enumerate([("a/notes.md",), ("a/exchanges.ndjson", "b/exchanges.ndjson"), ()]):
        with pytest.raises(RecordingError, match=r"must have one file exchanges\.ndjson"):
            list(run_file_in(made(tmp_path / f"{number}.zip", *names)))
    many = (f"{number}.txt" for number in range(100))
    with pytest.raises(RecordingError, match="must have one file"):
        list(run_file_in(made(tmp_path / "many.zip", "a/exchanges.ndjson", *many)))


def test_a_zip_bomb_ends_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unpacked counts, and not the size that the zip file claims."""
    monkeypatch.setattr(zipped, "MAX_LINE_BYTES", 4_000_000)
    file = made(tmp_path / "bomb.zip", "a/exchanges.ndjson", text=b" " * 20_000_000)
    assert file.stat().st_size < 100_000
    with pytest.raises(RecordingError, match="has more than 4000000 bytes"):
        list(run_file_in(file))


def test_no_path_of_the_zip_file_is_used(tmp_path: Path) -> None:
    file = made(tmp_path / "up.zip", "../../exchanges.ndjson")
    assert list(run_file_in(file)) == [b"{}\n"]
    assert [each.name for each in tmp_path.iterdir()] == ["up.zip"]


def test_a_damaged_or_encrypted_zip_file_is_named(tmp_path: Path) -> None:
    file = made(tmp_path / "cut.zip", "a/exchanges.ndjson")
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    with pytest.raises(RecordingError, match="damaged zip file"):
        list(run_file_in(file))
    flag = whole.index(b"PK\x01\x02") + 8
    file.write_bytes(whole[:flag] + b"\x01" + whole[flag + 1 :])
    with pytest.raises(RecordingError, match="encrypted"):
        list(run_file_in(file))

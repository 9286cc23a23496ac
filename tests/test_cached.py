"""Derived data is kept from one process to the next, and made again when a source changes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance import cached


class Maker:
    """Makes plain data, and counts how often."""

    def __init__(self, data: object) -> None:
        self.data = data
        self.times = 0

    def __call__(self) -> object:
        """Make it."""
        self.times += 1
        return self.data


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source file, and a folder for what is kept."""
    monkeypatch.setattr(cached, "__spec__", SimpleNamespace(cached=str(tmp_path / "__pycache__" / "cached.pyc")))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "source.yaml"
    file.write_text("a: 1")
    return file


def test_equal_data_is_returned_without_making_it_again(source: Path) -> None:
    """Tuples stay tuples, and None stays None."""
    make = Maker({"a": [1, ("b", 2)], "c": None})
    assert [cached.kept("name", (source,), make) for _ in range(3)] == [make.data] * 3
    assert make.times == 1


def test_data_is_made_again_if_a_source_changes(source: Path) -> None:
    """Or if another source is added."""
    make = Maker("made")
    cached.kept("name", (source,), make)
    source.write_text("a: 12")
    cached.kept("name", (source,), make)
    assert make.times == 2
    cached.kept("name", (source, source.parent), make)
    assert make.times == 3


@pytest.mark.parametrize("damage", [b"", b"\0", b"\xff" * 40])
def test_a_damaged_file_is_replaced(source: Path, damage: bytes) -> None:
    """It is never an error."""
    make = Maker("made")
    cached.kept("name", (source,), make)
    (file,) = (source.parent / "__pycache__").glob("*.kept")
    file.write_bytes(damage)
    assert [cached.kept("name", (source,), make) for _ in range(2)] == ["made", "made"]
    assert make.times == 2


def test_nothing_is_written_where_python_writes_no_compiled_modules(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment variable PYTHONDONTWRITEBYTECODE counts here as well."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    make = Maker("made")
    assert [cached.kept("name", (source,), make) for _ in range(2)] == ["made", "made"]
    assert make.times == 2
    assert not (source.parent / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_changes_nothing(source: Path) -> None:
    """Here the folder is a file."""
    (source.parent / "__pycache__").write_text("")
    make = Maker("made")
    assert cached.kept("name", (source,), make) == "made"


def test_data_that_is_not_plain_is_made_each_time(source: Path) -> None:
    """It could not be read back."""
    make = Maker(source)
    assert [cached.kept("name", (source,), make) for _ in range(2)] == [source, source]
    assert make.times == 2

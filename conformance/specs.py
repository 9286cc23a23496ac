"""Locates the folder `specs`: inside the installed wheel, or next to the package in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_specs"
SPECS: Path = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "specs"

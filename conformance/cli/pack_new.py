"""Creates a working pack: a project folder with requirements, checks, a reference endpoint, mutants and tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from conformance.contract.pack import OPENAI
from conformance.contract.packs import suite_packs
from conformance.options import TargetError

_TEMPLATES = Path(__file__).resolve().parent / "pack_template"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
# Template → where it goes, from the project's folder on.
_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "pack.yaml": "{package}/pack.yaml",
    "profile.yaml": "{package}/profile.yaml",
    "features.yaml": "{package}/features.yaml",
    "requirements.yaml": "{package}/requirements/{word}.yaml",
    "checks.py": "{package}/checks/test_{word}.py",
    "reference.py": "{package}/reference.py",
    "mutants.py": "{package}/mutants.py",
    "tests.py": "tests/test_pack.py",
}
_PACKAGES = {
    "{package}/__init__.py": "The contract of {{title}}, as a pack of openai-conformance.",
    "{package}/checks/__init__.py": "The checks of the contract.",
}


def write_pack(name: str, title: str, parent: Path) -> Path:
    """Write a new pack into the folder `name` in `parent`, and return the folder.

    Raises `TargetError` if the name is invalid or already used, or if the folder exists.
    """
    if not _NAME.fullmatch(name) or name.endswith("-"):
        raise TargetError(f"{name!r} is not a name for a pack. Use letters a-z, digits and -, beginning with a letter")
    if not title.isprintable() or set(title) & set('"\\{}'):
        raise TargetError(
            "--title has a character that cannot be written to the pack's files. Use letters, digits and spaces"
        )
    if name in (OPENAI, *(pack.name for pack in suite_packs())):
        raise TargetError(f"there is a contract {name} already. Choose another name")
    folder = parent / name
    word = name.replace("-", "_")
    words = {"name": name, "title": title, "word": word, "package": f"{word}_pack", "NAME": word.upper()}
    files = {path: f'"""{text}"""\n' for path, text in _PACKAGES.items()}
    files |= {path: (_TEMPLATES / f"{source}.txt").read_text(encoding="utf-8") for source, path in _FILES.items()}
    try:
        folder.mkdir()
        for path, text in files.items():
            file = folder / path.format(**words)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_filled(text, words), encoding="utf-8")
    except OSError as error:
        raise TargetError(f"Cannot write {folder} ({error.strerror}). Choose another name or folder") from None
    return folder


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace("{{" + word + "}}", value)
    return text

"""Opens a source: the name of a contract, an OpenAPI document, or a Python SDK as a wheel or a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from conformance.contract.document import load_document
from conformance.contract.drift.description import Description
from conformance.contract.drift.of_document import of_document
from conformance.contract.drift.of_package import of_package
from conformance.contract.errors import SpecError
from conformance.contract.spec_text import MAX_BYTES

LARGEST_MODULE = 2 * 1024 * 1024
"""The most bytes of one module."""
LARGEST_PACKAGE = 10 * MAX_BYTES
"""The most bytes of all modules together, so that a small wheel cannot fill the memory."""


def load_description(source: str) -> Description:
    """Return the operations and fields that a source promises.

    `source` is `openai`, the name of a pack, an OpenAPI file, a `.whl` file, or the folder of an installed SDK. Raises
    `SpecError` if the source cannot be read or describes no operation.
    """
    path = Path(source)
    if path.suffix == ".whl" or path.is_dir():
        files = _in_wheel(path) if path.suffix == ".whl" else _in_folder(path)
        if sum(map(len, files.values())) > LARGEST_PACKAGE:
            raise SpecError(f"has more than {LARGEST_PACKAGE:,} bytes of modules; give an official SDK", path)
        try:
            description = of_package(path.name, files)
        except (SyntaxError, ValueError, RecursionError) as problem:
            raise SpecError(f"has a module that cannot be read ({problem}); give an official SDK", path) from None
    else:
        document = load_document(source)
        description = of_document(document.name, document.data)
    if not description.operations:
        raise SpecError("describes no operation; give an OpenAPI document, or an SDK that Stainless generated", path)
    return description


def _in_wheel(path: Path) -> Mapping[str, str]:
    try:
        with zipfile.ZipFile(path) as wheel:
            modules = [each for each in wheel.infolist() if each.filename.endswith(".py")]
            if sum(each.file_size for each in modules) > LARGEST_PACKAGE:
                raise SpecError(f"has more than {LARGEST_PACKAGE:,} bytes of modules; give an official SDK", path)
            return {
                each.filename: wheel.read(each).decode("utf-8", "replace")
                for each in modules
                if each.file_size <= LARGEST_MODULE
            }
    except (OSError, zipfile.BadZipFile) as problem:
        raise SpecError(f"cannot be read ({problem}); give a wheel", path) from None


def _in_folder(path: Path) -> Mapping[str, str]:
    try:
        files = [each for each in path.rglob("*.py") if each.stat().st_size <= LARGEST_MODULE]
        return {
            f"{path.name}/{each.relative_to(path).as_posix()}": each.read_text(encoding="utf-8", errors="replace")
            for each in files
        }
    except OSError as problem:
        raise SpecError(f"cannot be read ({problem}); give the folder of a package", path) from None

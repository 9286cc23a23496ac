"""A pack: one folder with the contract of a vendor or a community, described by the manifest `pack.yaml`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from conformance.contract.errors import SpecError
from conformance.contract.located import Located, load_yaml

MANIFEST = "pack.yaml"
SCHEMA = Path(__file__).resolve().parent / "pack.schema.json"
OPENAI = "openai"
"""The contract that applies to every target. It is not a pack, and no pack may have its name."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The manifest of a pack; every path in the manifest exists.

    `name` is the contract's name in requirement files, and the name of the pack's profile. `areas` maps id prefixes of
    the pack's requirements to the titles of their areas. `package` is the Python package with the pack's checks,
    reference behaviour and mutants ("" for a pack without code), and `code` is the folder of this package. `origin` is
    a text that tells people where the pack comes from.
    """

    name: str
    version: str
    title: str
    file: Path
    origin: str
    profile: Path
    requirements: tuple[Path, ...]
    features: Path | None = None
    document: Path | None = None
    constraint_map: Path | None = None
    areas: tuple[tuple[str, str], ...] = ()
    package: str = ""
    code: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder with the data of the pack."""
        return self.file.parent

    @property
    def checks(self) -> Path | None:
        """The folder with the pack's checks; None if the pack has no checks."""
        folder = self.code / "checks" if self.code else None
        return folder if folder and folder.is_dir() else None

    def has(self, part: str) -> bool:
        """Return whether the pack's Python package has a module with the name, such as `reference` or `mutants`."""
        return self.code is not None and ((self.code / f"{part}.py").is_file() or (self.code / part).is_dir())


def manifest_of(folder: Path) -> Path:
    """Return the manifest in the given folder, or in the only subfolder that has a manifest.

    Raises `SpecError` if the folder has no manifest.
    """
    if (folder / MANIFEST).is_file():
        return folder / MANIFEST
    inside = sorted(folder.glob(f"*/{MANIFEST}")) if folder.is_dir() else []
    if len(inside) == 1:
        return inside[0]
    if inside:
        raise SpecError(f"holds several packs ({', '.join(each.parent.name for each in inside)}); name one", folder)
    raise SpecError(f"is no pack: it has no {MANIFEST}; `conformance pack new NAME` writes one", folder)


def read_pack(file: Path, origin: str) -> Pack:
    """Read the manifest of a pack. Raises `SpecError`, with its line, if the manifest violates `pack.schema.json`."""
    document = load_yaml(file)
    fields = _schema()
    document.mapping((), allowed=fields["properties"], required=fields["required"], what="a manifest")
    for pointer, message in _schema_errors(document.data):
        raise document.error(f"{message}; {SCHEMA.name} describes a manifest", *pointer)
    name, package = document.text("name"), document.optional_text("package") or ""
    if name == OPENAI:
        raise document.error(f"a pack cannot be called {OPENAI}: that is the contract it adds to", "name")
    folder = _inside(document, "requirements")
    requirements = tuple(sorted(folder.glob("*.yaml")))
    if not requirements:
        raise document.error(f"{folder} has no *.yaml; write its first requirement", "requirements")
    return Pack(
        name=name,
        version=document.text("version"),
        title=document.text("title"),
        file=file,
        origin=origin,
        profile=_file(document, "profile") or file,
        requirements=requirements,
        features=_file(document, "features"),
        document=_file(document, "document"),
        constraint_map=_file(document, "constraint_map"),
        areas=tuple((prefix, document.text("areas", prefix)) for prefix in document.data.get("areas", {})),
        package=package,
        code=_code(document, package) if package else None,
    )


def _schema_errors(data: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """What in a manifest breaks its schema: where, and how."""
    return [(tuple(error.instance_path), error.message) for error in _validator().iter_errors(data)]


@cache
def _validator() -> Any:
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(_schema())


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def _file(document: Located, field: str) -> Path | None:
    """The file that a field names; None where it names none."""
    if document.optional_text(field) is None:
        return None
    file = _inside(document, field)
    if not file.is_file():
        raise document.error(f"no file {file}; paths are relative to the manifest", field)
    return file


def _inside(document: Located, field: str) -> Path:
    """A path in the folder of the manifest, symbolic links followed."""
    home = document.file.parent
    path = home / document.text(field)
    if not path.resolve().is_relative_to(home.resolve()):
        raise document.error(f"{path} is not in the pack's folder; move it there", field)
    return path


def _code(document: Located, package: str) -> Path:
    """The folder of the Python package: the manifest's own, or one that is installed."""
    home = document.file.parent.resolve()
    if (home / "__init__.py").is_file():
        if home.name != package:
            raise document.error(f"the package is in the folder {home.name!r}; give that name", "package")
        return home
    try:
        found = find_spec(package)
    except (ImportError, ValueError, AttributeError):
        found = None
    if found is None or not found.origin:
        raise document.error(
            f"no Python package {package!r}; put an __init__.py next to the manifest, or leave 'package' out", "package"
        )
    return Path(found.origin).resolve().parent

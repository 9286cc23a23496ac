"""Loads an OpenAPI document, given as the name of a contract or as a user's file."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.api import OPERATIONS, Kept
from conformance.contract.applied import check_applied
from conformance.contract.errors import SpecError
from conformance.contract.pack import OPENAI
from conformance.contract.packs import packs
from conformance.contract.references import check_references
from conformance.contract.spec_text import plain, read_text
from conformance.specs import SPECS

# What stands before one of these in a document's paths belongs to the base URL of an SDK. Conversations are not among them:
# a vendor's own may lie next to the base URL.
_SDK_PATHS = tuple(each.path for each in OPERATIONS if each.judged and each.collection and each.kept is not Kept.ALWAYS)


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI 3.x document.

    `base_path` is the beginning of the document's paths that belongs to the base URL of an OpenAI SDK. For example,
    `base_path` is `/ai/openai` if the document has the path `/ai/openai/chat/completions`.
    """

    name: str
    file: Path
    data: Mapping[str, Any]
    base_path: str

    def relative_paths(self) -> dict[str, str]:
        """Return the document's paths relative to the base URL of an SDK, such as `/chat/completions`.

        A path outside the base URL starts with `/..`, such as `/../conversations`.
        """
        base = self.base_path or "/"
        # A path without its slash, or an empty one, is wrong; it must not be taken for one from our working directory.
        return {"/" + posixpath.relpath("/" + path.lstrip("/"), base): path for path in self.data["paths"]}


def load_document(name_or_path: str | Path, specs: Path = SPECS) -> Document:
    """Load an OpenAPI document: from a contract (`openai` or the name of a pack), or from a JSON or YAML file.

    Raises `SpecError` if the contract or file does not exist, or if the file is not an OpenAPI 3.x document.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, str) and "/" not in name:
        own = _documents(specs).get(name)
        if own is not None:
            return _read(own, name)
    file = Path(name_or_path)
    if not file.is_file():
        known = ", ".join(_documents(specs))
        raise SpecError(f"no contract {name!r} has a document; use one of {known}, or the path of an OpenAPI file")
    return _read(file, file.stem)


def _documents(specs: Path) -> dict[str, Path]:
    """The documents of all contracts, by name."""
    own = {OPENAI: specs / OPENAI / "openapi.json"}
    return own | {pack.name: pack.document for pack in packs(specs) if pack.document}


def _read(file: Path, name: str) -> Document:
    data = _parse(file)
    if not isinstance(data, dict):
        raise SpecError("is not an OpenAPI document: its top must be a mapping", file)
    version = str(data.get("openapi", ""))
    if not version.startswith("3."):
        said = f"openapi is {version!r}" if version else "it has no 'openapi' field"
        raise SpecError(f"is not an OpenAPI 3 document: {said}; give one of version 3.0 to 3.2", file)
    paths = data.get("paths")
    if not isinstance(paths, dict) or not all(isinstance(item, dict) for item in paths.values()):
        raise SpecError("has no usable 'paths'; every path must be a mapping of methods to operations", file)
    if SPECS not in file.parents:
        try:
            check_references(data)
            check_applied(data)
        except SpecError as problem:
            raise SpecError(problem.message, file) from None
        except RecursionError:
            raise SpecError("is nested deeper than any document needs; flatten it", file) from None
    if version.startswith("3.0"):
        try:
            data = _with_null_types(data)
        except (AttributeError, TypeError) as problem:  # somewhere in it a text or a list stands for a schema
            raise SpecError(f"has components that are no schemas ({problem}); check it with a linter", file) from None
    return Document(name, file, data, _base_path(data, file))


def _with_null_types(data: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0 says `nullable`, which the JSON Schema validators that judge with it do not read."""
    from conformance.contract.openapi.normalise import map_schemas, null_as_type

    components = data.get("components", {})
    schemas = {name: map_schemas(schema, null_as_type) for name, schema in components.get("schemas", {}).items()}
    return {**data, "components": {**components, "schemas": schemas}}


def _parse(file: Path) -> Any:
    text = read_text(file)
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as problem:
            line = getattr(problem, "lineno", None)
            raise SpecError(f"is not valid JSON: {problem}; correct the syntax", file, line) from None
        except RecursionError:
            raise SpecError("is nested deeper than any document needs; flatten it", file) from None
    # A run with the committed JSON document needs no YAML.
    from conformance.contract.located import load_yaml

    return plain(load_yaml(file).data)


def _base_path(data: Mapping[str, Any], file: Path) -> str:
    given = data.get("x-sdk-base-path")
    if given is not None:
        if not isinstance(given, str) or (given and not given.startswith("/")):
            raise SpecError("'x-sdk-base-path' must be a path like /ai/openai, or empty", file)
        return given.rstrip("/")
    for known in _SDK_PATHS:
        for path in data["paths"]:
            if str(path).endswith(known):
                return str(path).removesuffix(known)
    return ""

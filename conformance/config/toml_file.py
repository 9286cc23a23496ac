"""Reads a TOML file that defines targets and their options by name, such as `staging` for `conformance run staging`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.options import OPTIONS, Layer, Option, Surface, TargetError
from conformance.options.merge import toml_table

DEFAULT_FILE = "conformance.toml"
_OF_THE_GATE = ("waivers", "edition")
"""What `conformance.acceptance.read_waivers` reads."""


def load_targets(path: Path, table: Mapping[str, Option] = OPTIONS) -> dict[str, Layer]:
    """Return the options of the targets in a TOML file.

    Raises `TargetError` if the file is invalid; the message names the file, the key and the correction.
    """
    tables = _read(path).get("targets", {})
    if not isinstance(tables, dict):
        raise TargetError(f"{path}: `targets` must be tables like [targets.staging]")
    return {name: _layer(path, name, values, table) for name, values in tables.items()}


def fleet_table(path: Path) -> Mapping[str, Any]:
    """Return the table `[fleet]` of a TOML file, {} if it has none; raises `TargetError` like `load_targets`."""
    table = _read(path).get("fleet", {})
    if not isinstance(table, dict):
        raise TargetError(f"{path}: `fleet` must be a table [fleet]")
    return table


def _read(path: Path) -> Mapping[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TargetError(f"{path}: no such file. Name one with --config, or give a URL") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"{path}: cannot be read ({error})") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TargetError(f"{path}: not valid TOML: {error}") from None
    unknown = sorted(set(data) - {"targets", "fleet", *_OF_THE_GATE})
    if unknown:
        raise TargetError(
            f"{path}: unknown table or key {unknown[0]!r}; only [targets.NAME] tables, [fleet] and [[waivers]] are read"
        )
    return data


def has_waivers(path: Path) -> bool:
    """Return whether a TOML file can be read and has waivers or the key `edition`."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return False
    return not data.keys().isdisjoint(_OF_THE_GATE)


def _layer(path: Path, name: str, values: Any, table: Mapping[str, Option]) -> Layer:
    here = f"{path}: [targets.{name}]"
    if not isinstance(values, dict):
        raise TargetError(f"{here} must be a table")
    known = [option.toml for option in table.values() if Surface.TOML in option.on]
    for key in values:
        if key not in known:
            hint = " (put the key in an environment variable and name it with key_env)" if "key" in key else ""
            raise TargetError(f"{here} has no setting {key!r}{hint}. Known: {', '.join(known)}")
    if "url" not in values:
        raise TargetError(f"{here} has no url")
    return toml_table(values, lambda key: f"{here} {key}", table)

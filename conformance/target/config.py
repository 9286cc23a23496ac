"""Settings from a TOML file with several targets, so that `conformance run staging` knows the rest."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.target.target import TargetError

DEFAULT_FILE = "conformance.toml"

# What one [targets.NAME] table may say, with the type of each value.
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "url": str,
    "profile": str,
    "model": str,
    "key_env": str,
    "key_file": str,
    "ca_file": str,
    "headers": dict,
    "concurrency": int,
    "rate": (int, float),
    "max_requests": int,
    "max_output_tokens": int,
    "max_seconds": (int, float),
    "timeout": (int, float),
    "allow_plain_http": bool,
    "deep": bool,
    "depth": str,
    "seed": int,
}

# What a value must be, in words; the value itself is never shown, because it may be a secret.
_KINDS: dict[type | tuple[type, ...], str] = {
    str: "text in quotes",
    int: "a whole number",
    (int, float): "a number",
    bool: "true or false",
    dict: 'a table like {x-tenant = "blue"}',
}


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """One table of the file, checked: names and types are right, nothing more."""

    name: str
    values: dict[str, Any]

    def get(self, key: str) -> Any:
        """The value, or None when the file does not say."""
        return self.values.get(key)


def load_targets(path: Path) -> dict[str, TargetSettings]:
    """The targets of a TOML file by name. Raises `TargetError` that names the file, the key and the remedy."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TargetError(f"{path}: no such file. Name one with --config, or give a URL") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"{path}: cannot be read ({error})") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TargetError(f"{path}: not valid TOML: {error}") from None
    unknown = sorted(set(data) - {"targets"})
    if unknown:
        raise TargetError(f"{path}: unknown table or key {unknown[0]!r}; only [targets.NAME] tables are read")
    tables = data.get("targets", {})
    if not isinstance(tables, dict):
        raise TargetError(f"{path}: `targets` must be tables like [targets.staging]")
    return {name: _settings(path, name, table) for name, table in tables.items()}


def _settings(path: Path, name: str, table: Any) -> TargetSettings:
    if not isinstance(table, dict):
        raise TargetError(f"{path}: [targets.{name}] must be a table")
    for key, value in table.items():
        kind = _FIELDS.get(key)
        if kind is None:
            hint = " (put the key in an environment variable and name it with key_env)" if "key" in key else ""
            raise TargetError(f"{path}: [targets.{name}] has no setting {key!r}{hint}. Known: {', '.join(_FIELDS)}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise TargetError(f"{path}: [targets.{name}] {key} has the wrong type: it must be {_KINDS[kind]}")
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value <= 0:
            raise TargetError(f"{path}: [targets.{name}] {key} must be more than 0")
    if "url" not in table:
        raise TargetError(f"{path}: [targets.{name}] has no url")
    headers = table.get("headers", {})
    if not all(isinstance(value, str) for value in headers.values()):
        raise TargetError(f"{path}: [targets.{name}] headers must be strings")
    return TargetSettings(name, dict(table))

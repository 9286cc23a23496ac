"""Reads waivers from a TOML file or from conformance.toml; every error names the file, the line and the correction."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from conformance.acceptance.configuration import Configuration
from conformance.acceptance.toml_lines import TomlLines
from conformance.acceptance.waiver import Origin, Waiver
from conformance.causes import SymptomKind
from conformance.contract import Registry, SpecError
from conformance.contract.selection import near_names

SCHEMA = Path(__file__).with_name("waivers.schema.json")
"""The JSON Schema (2020-12) of a waivers file."""
_FIELDS = ("id", "area", "cause", "reason", "owner", "link", "until", "origin")
_TEXTS = ("id", "area", "cause", "reason", "owner", "link")
_OF_TARGETS = ("targets", "fleet")
"""The other tables of a conformance.toml."""
_BASELINE = ("suite", "written", "runs", "model", "profile", "only", "depth", "seed", "spec", "unjudged")


@dataclass(frozen=True, slots=True)
class WaiversFile:
    """The content of a waivers file.

    `edition` is "" if the waivers file names no edition. In a baseline, `configuration` is the configuration of the
    runs from which it was written, and `unjudged` lists the requirements that these runs did not judge. In a waivers
    file that is not a baseline, `configuration` is None.
    """

    path: Path
    waivers: tuple[Waiver, ...]
    edition: str = ""
    unjudged: frozenset[str] = frozenset()
    configuration: Configuration | None = None


def read_waivers(path: Path, registry: Registry) -> WaiversFile:
    """Return the waivers in a file, which may also be a conformance.toml.

    Raises `SpecError` if the waivers file is invalid.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SpecError(f"the waivers cannot be read ({why}); name a TOML file with [[waivers]]", path) from None
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SpecError(f"not valid TOML: {error}", path) from None
    return _File(path, data, TomlLines(text), registry).read()


class _File:
    def __init__(self, path: Path, data: Mapping[str, Any], lines: TomlLines, registry: Registry) -> None:
        self._path = path
        self._data = data
        self._lines = lines
        self._registry = registry

    def read(self) -> WaiversFile:
        shared = not self._data.keys().isdisjoint(_OF_TARGETS)  # the waivers are a table of conformance.toml
        known = ("edition", "baseline", "waivers", *(_OF_TARGETS if shared else ()))
        for key in self._data:
            if key not in known:
                raise self._error(f"unknown table or key {key!r}; known are {', '.join(known)}", key)
        tables = self._data.get("waivers", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self._error("waivers must be tables that begin with [[waivers]]", "waivers")
        waivers = tuple(self._waiver(table, index) for index, table in enumerate(tables))
        self._unique(waivers)
        edition = self._data.get("edition", "")
        if not isinstance(edition, str):
            raise self._error('edition must be a text, such as "2026.11"', "edition")
        return WaiversFile(self._path, waivers, edition, self._unjudged(), self._configuration())

    def _error(self, message: str, table: str, index: int = 0, key: str = "") -> SpecError:
        return SpecError(message, self._path, self._lines.line(table, index, key))

    def _unjudged(self) -> frozenset[str]:
        """Return the requirements that the runs of a baseline did not judge. Raises `SpecError` if this is not a list."""
        table = self._data.get("baseline")
        found = table.get("unjudged", []) if isinstance(table, dict) else []
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise self._error("unjudged must be a list of requirements", "baseline", 0, "unjudged")
        return frozenset(found)

    def _configuration(self) -> Configuration | None:
        data = self._data.get("baseline")
        if data is None:
            return None
        if not isinstance(data, dict):
            raise self._error("baseline must be a table", "baseline")
        for key in data:
            if key not in _BASELINE:
                raise self._error(
                    f"unknown field {key!r} in [baseline]; known are {', '.join(_BASELINE)}", "baseline", 0, key
                )
        try:
            return Configuration.from_dict(data)
        except (KeyError, TypeError, ValueError) as error:
            said = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise self._error(
                f"[baseline] cannot be used ({said}); write it with `conformance baseline write`", "baseline"
            ) from None

    def _waiver(self, data: Mapping[str, Any], index: int) -> Waiver:
        def wrong(message: str, key: str = "") -> SpecError:
            return self._error(message, "waivers", index, key)

        for key in data:
            if key not in _FIELDS:
                raise wrong(f"unknown field {key!r} in a waiver; known fields are {', '.join(_FIELDS)}", key)
        for key in _TEXTS:
            value = data.get(key)
            if value is not None and (not isinstance(value, str) or not value.strip() or not value.isprintable()):
                raise wrong(f"{key!r} must be a text in one line that is not empty", key)
        origin = data.get("origin", Origin.TEAM)
        if origin not in tuple(Origin):
            raise wrong(f"origin {origin!r} must be one of {', '.join(Origin)}", "origin")
        needed = ("reason", "owner") if origin == Origin.TEAM else ("reason",)
        if missing := [key for key in needed if key not in data]:
            raise wrong(f"a waiver lacks {missing[0]!r}; add it")
        self._subject(data, wrong)
        return Waiver(
            **{key: str(data.get(key, "")).strip() for key in _TEXTS},
            until=self._until(data, wrong),
            origin=Origin(origin),
            place=f"{self._path}:{self._lines.line('waivers', index)}",
        )

    def _subject(self, data: Mapping[str, Any], wrong: Any) -> None:
        """Raise `SpecError` if a waiver does not name a requirement, an area or a cause that exists."""
        named = [key for key in ("id", "area", "cause") if key in data]
        if not named:
            raise wrong("a waiver must say what it accepts; add 'id', 'area' or 'cause'")
        if "id" in data and "area" in data:
            raise wrong("a waiver has either 'id' or 'area'; make two waivers", "area")
        if "id" in data and data["id"] not in self._registry:
            raise wrong(f"no requirement {data['id']!r}{self._near(data['id'])}", "id")
        if "area" in data and not any(Waiver(area=data["area"]).names(each) for each in self._registry):
            raise wrong(f"no area {data['area']!r}{self._near(data['area'])}", "area")
        if "cause" in data and not data["cause"].startswith(tuple(f"{kind}-" for kind in SymptomKind)):
            raise wrong(
                f"no cause {data['cause']!r}; take the name that report.json calls 'cause', such as ignored-stop",
                "cause",
            )

    def _near(self, name: str) -> str:
        near = near_names(self._registry, name)
        return f"; did you mean {', '.join(near)}?" if near else "; `conformance list` shows them all"

    @staticmethod
    def _until(data: Mapping[str, Any], wrong: Any) -> date | None:
        value = data.get("until")
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, date):
            raise wrong("'until' must be a date such as 2026-12-31: the last day on which the waiver applies", "until")
        return value

    def _unique(self, waivers: Collection[Waiver]) -> None:
        first: dict[tuple[str, ...], Waiver] = {}
        for index, each in enumerate(waivers):
            known = first.setdefault((each.id, each.area, each.cause, each.origin), each)
            if known is not each:
                raise self._error(
                    f"a second waiver for {each.subject} (first at {known.place}); keep one", "waivers", index
                )

"""The lines of a TOML file: where each table of an array, and each of its keys, stands. `tomllib` does not say it."""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")
_LONG = ('"""', "'''")


class TomlLines:
    """Lines (from 1) of the tables and keys of a file."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, int, str], int] = {}
        table, counts, within = "", {"": 1}, ""
        for number, line in enumerate(text.splitlines(), 1):
            if within:
                within = "" if within in line else within
                continue
            if found := _TABLE.fullmatch(line):
                table = found[1]
                counts[table] = counts.get(table, 0) + 1
                self._lines[table, counts[table] - 1, ""] = number
                continue
            if found := _KEY.match(line):
                self._lines.setdefault((table, counts[table] - 1, found[1].strip("\"'")), number)
            within = next((mark for mark in _LONG if line.count(mark) == 1), "")

    def line(self, table: str, index: int = 0, key: str = "") -> int:
        """Return the line of a key in the table of that name (the `index`th of an array), else of the table, else 1."""
        places = ((table, index, key), (table, index, ""), ("", 0, table))
        return next((self._lines[place] for place in places if place in self._lines), 1)

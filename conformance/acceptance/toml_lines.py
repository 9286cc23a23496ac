"""Finds the line number of each table in a TOML file, and of each key in a table.

The standard library's `tomllib` does not report line numbers.
"""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")
_LONG = ('"""', "'''")


class TomlLines:
    """The line numbers (starting at 1) of the tables and keys in a TOML file."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, int, str], int] = {}
        table, counts, within = "", {"": 1}, ""
        for number, line in enumerate(text.split("\n"), 1):
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
        """Return the line number of `key` in the `index`th TOML table named `table`.

        If the table lacks the key, the line number of the table is returned. If the file lacks the table, the line
        number of the top-level key named `table` is returned. If the file has neither a table nor a top-level key with
        the name `table`, 1 is returned.
        """
        places = ((table, index, key), (table, index, ""), ("", 0, table))
        return next((self._lines[place] for place in places if place in self._lines), 1)

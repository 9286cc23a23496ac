"""Parses one YAML file: its data, and the line of every mapping entry and list item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from conformance.contract.bounded import PlainLoader, check_levels, load_bounded
from conformance.contract.errors import SpecError
from conformance.contract.spec_text import read_text

_Steps = tuple[str | int, ...]


def parse_yaml(file: Path) -> tuple[Any, dict[_Steps, int]]:
    """Return the data of a YAML file, and the line (starting at 1) of each value.

    Raises `SpecError` if the file cannot be read, is not YAML, has a duplicate key, or exceeds the limits of
    `conformance.contract.bounded`.
    """
    text = read_text(file)
    check_levels(text, file)
    node, data = load_bounded(text, file, PlainLoader)
    lines: dict[_Steps, int] = {}
    if node is not None:
        _collect(node, (), node.start_mark.line + 1, lines, file)
    return data, lines


def _collect(node: yaml.Node, path: _Steps, line: int, lines: dict[_Steps, int], file: Path) -> None:
    lines[path] = line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            entry = (*path, str(key.value))
            key_line = key.start_mark.line + 1
            if entry in lines:
                raise SpecError(
                    f"{key.value!r} is given twice (first on line {lines[entry]}); keep one", file, key_line
                )
            _collect(value, entry, key_line, lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect(value, (*path, index), value.start_mark.line + 1, lines, file)

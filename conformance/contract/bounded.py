"""Read a spec file within bounds of size, depth and expansion, before any parser that recurses sees it."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import yaml

from conformance.contract.errors import SpecError

MAX_BYTES = 20 * 1024 * 1024
"""Bytes of a spec file; OpenAI's own has 3 million."""
MAX_LEVELS = 200
"""Levels of nesting. libyaml's composer is written in C and dies, with the process, somewhere beyond 10,000."""
MAX_VALUES = 2_000_000
"""Values of a file once its aliases are written out."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LEADING = re.compile(r"^[ \-?:]*", re.MULTILINE)
_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def read_text(file: Path) -> str:
    """The text of a spec file. Raises `SpecError` when it cannot be read, is too large, or is no UTF-8."""
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise SpecError(
                f"has {size:,} bytes, and {MAX_BYTES:,} are read at most; cut it to the operations that are tested",
                file,
            )
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SpecError(f"cannot be read ({problem}); give the path of a UTF-8 JSON or YAML file", file) from None


def check_levels(text: str, file: Path) -> None:
    """Raises `SpecError` for YAML that is nested deeper than a parser can bear."""
    if _levels_at_most(text) <= MAX_LEVELS:
        return
    depth = 0
    try:
        for event in yaml.parse(text, _Loader):
            if isinstance(event, _OPENING):
                depth += 1
                if depth > MAX_LEVELS:
                    line = event.start_mark.line + 1 if event.start_mark is not None else None
                    raise SpecError(f"is nested more than {MAX_LEVELS} levels deep; flatten it", file, line)
            elif isinstance(event, _CLOSING):
                depth -= 1
    except yaml.YAMLError:
        return  # the parser that comes next says what is wrong


def _levels_at_most(text: str) -> int:
    """No YAML of this text is nested deeper: a level needs a bracket, or a character at the beginning of its line."""
    brackets = text.count("[") + text.count("{")
    return brackets + max((len(match.group()) for match in _LEADING.finditer(text)), default=0)


def check_expansion(node: yaml.Node, file: Path) -> None:
    """Raises `SpecError` for aliases that contain themselves, or that write out to more than memory holds."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(each: yaml.Node) -> int:
        name = id(each)
        if name in open_nodes:
            line = each.start_mark.line + 1
            raise SpecError("an alias (`*name`) contains itself; write the value out", file, line)
        if name not in sizes:
            open_nodes.add(name)
            sizes[name] = 1 + sum(map(size, _children(each)))
            open_nodes.discard(name)
            if sizes[name] > MAX_VALUES:
                raise SpecError(
                    f"its aliases (`*name`) write out to more than {MAX_VALUES:,} values; write out what is meant",
                    file,
                    each.start_mark.line + 1,
                )
        return sizes[name]

    size(node)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def plain(value: Any) -> Any:
    """The value as JSON has it: names are texts (YAML reads the status `200` as a number), and so are dates."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value

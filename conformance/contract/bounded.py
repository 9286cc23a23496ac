"""Reads spec files within limits of size, nesting depth and alias expansion.

Without limits, a large or deeply nested spec file could crash a recursive parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from conformance.contract.errors import SpecError

MAX_LEVELS = 200
"""The deepest nesting. libyaml's composer crashes the process somewhere beyond 10,000 levels."""
MAX_VALUES = 2_000_000
"""The most values of a file after its aliases are expanded."""

LONGEST_NUMBER = 60
"""The most characters of a number; a longer number is read as text."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LEADING = re.compile(r"^[ \-?:]*", re.MULTILINE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class PlainLoader(_Loader):  # type: ignore[misc] # one of two loaders with one interface
    """A YAML loader for plain data. Overlong numbers are read as text, so that loading takes linear time."""


def _number(construct: Callable[[Any, yaml.Node], Any]) -> Callable[[Any, yaml.Node], Any]:
    """Making a number of digits (or of `1:1:1…`, to base 60) takes time that grows with their square."""

    def constructed(loader: Any, node: yaml.Node) -> Any:
        long = isinstance(node, yaml.ScalarNode) and len(node.value) > LONGEST_NUMBER
        return node.value if long else construct(loader, node)

    return constructed


PlainLoader.add_constructor("tag:yaml.org,2002:int", _number(_Loader.construct_yaml_int))
PlainLoader.add_constructor("tag:yaml.org,2002:float", _number(_Loader.construct_yaml_float))


def check_levels(text: str, file: Path) -> None:
    """Raise `SpecError` if YAML is nested deeper than `MAX_LEVELS`, or too deep for the YAML parser."""
    if _levels_at_most(text) <= MAX_LEVELS:
        return
    depth = line = read = 0
    try:
        for event in yaml.parse(text, _Loader):
            read = event.end_mark.index if event.end_mark is not None else read
            if isinstance(event, _OPENING):
                depth += 1
                line = event.start_mark.line + 1 if event.start_mark is not None else line
                if depth > MAX_LEVELS:
                    raise _too_deep(file, line)
            elif isinstance(event, _CLOSING):
                depth -= 1
    except yaml.YAMLError as problem:
        # A parser reads ahead of its events, and may reject the text by its own depth limit before the events show the depth.
        mark = getattr(problem, "problem_mark", None)
        ahead = _QUOTED.sub("", text[read : mark.index if mark is not None else read])
        if depth + ahead.count("[") + ahead.count("{") > MAX_LEVELS:
            raise _too_deep(file, mark.line + 1 if mark is not None else line) from None
        return  # the parser that comes next says what is wrong


def _too_deep(file: Path, line: int) -> SpecError:
    return SpecError(f"is nested more than {MAX_LEVELS} levels deep; flatten it", file, line or None)


def _levels_at_most(text: str) -> int:
    """No YAML of this text is nested deeper: but the first, a level needs a bracket or a character at the line's beginning."""
    brackets = text.count("[") + text.count("{")
    return 1 + brackets + max((len(match.group()) for match in _LEADING.finditer(text)), default=0)


def load_bounded(text: str | bytes, file: Path, loader_type: type[Any]) -> tuple[yaml.Node | None, Any]:
    """Parse a YAML document and return its node tree and its data.

    The limits on YAML aliases are checked in the node tree, before the data is built from the node tree.

    `loader_type` is a subclass of `PlainLoader`. Raises `SpecError`, with the line number, if the YAML is invalid or
    its aliases exceed a limit.
    """
    loader = None
    try:
        loader = loader_type(text)
        node = loader.get_single_node()
        if node is None:
            return None, None
        check_expansion(node, file)
        return node, loader.construct_document(node)
    except SpecError:
        raise
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
        what = (
            getattr(problem, "problem", None)
            or getattr(problem, "context", None)
            or " ".join(str(problem)[:200].split())
        )
        line = mark.line + 1 if mark else None
        raise SpecError(f"is not valid YAML: {what}; correct the syntax", file, line) from None
    except (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as problem:
        raise SpecError(f"is not YAML that can be read: {str(problem)[:200]}", file) from None
    finally:
        if loader is not None:
            loader.dispose()


def check_expansion(node: yaml.Node, file: Path) -> None:
    """Raise `SpecError` for YAML aliases that contain themselves or expand to too much data.

    Expanding the aliases may add at most `MAX_VALUES` values to the values in the file's text. With expanded aliases,
    the data may be nested at most `MAX_LEVELS` levels deep.
    """
    sizes: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()

    def size(each: yaml.Node) -> tuple[int, int]:
        """How many values it writes out to, and in how many levels."""
        name = id(each)
        if name in sizes:
            return sizes[name]
        line = each.start_mark.line + 1
        if name in open_nodes:
            raise SpecError("an alias (`*name`) contains itself; write the value out", file, line)
        if len(open_nodes) > MAX_LEVELS:
            raise _too_deep(file, line)
        open_nodes.add(name)
        inside = [size(child) for child in _children(each)]
        open_nodes.discard(name)
        values, levels = 1 + sum(each[0] for each in inside), 1 + max((each[1] for each in inside), default=-1)
        sizes[name] = values, levels
        if levels > MAX_LEVELS:
            raise _too_deep(file, line)
        if values > MAX_VALUES + len(sizes):
            raise SpecError(
                f"its aliases (`*name`) write out to more than {MAX_VALUES:,} values; write out what is meant",
                file,
                line,
            )
        return sizes[name]

    size(node)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []

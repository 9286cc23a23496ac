"""Applies OpenAPI overlays (version 1.0): reviewed corrections of a document, each with its reason and its test.

Targets of overlay actions are RFC 9535 JSONPaths with names (`.a`, `['a']`), indices (`[0]`), wildcards (`.*`, `[*]`)
and the filters `[?@ == 'x']` and `[?@.name == 'x']`. Unlike the overlay standard, this project requires that each
action has a `description` (the reason) and an `x-test` (a test that fails without the action). The target of each
overlay action must exist in the document.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.contract.errors import SpecError
from conformance.contract.located import load_yaml

_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_$][\w$-]*)
      | \['(?P<quoted>[^']*)'\]
      | \[(?P<index>\d+)\]
      | (?P<any>\.\*|\[\*\])
      | \[\?\s*@(?:\.(?P<field>[\w$-]+)|\['(?P<qfield>[^']*)'\])?\s*==\s*'(?P<value>[^']*)'\s*\]""",
    re.VERBOSE,
)
_FIELDS = ("target", "description", "update", "remove", "x-test")

Match = tuple[Any, str | int]
"""A container and the key or index in it."""


@dataclass(frozen=True, slots=True)
class Action:
    """One correction: the update or removal at `target`, the reason, and the test that fails without the correction."""

    target: str
    description: str
    test: str
    update: Any
    remove: bool
    file: Path
    line: int

    def error(self, message: str) -> SpecError:
        """Create an error that names the overlay action."""
        return SpecError(message, self.file, self.line)


def load_overlay(file: Path) -> tuple[Action, ...]:
    """Return the actions of an overlay file, in the order of the file.

    Raises `SpecError` if the file is not an OpenAPI Overlay 1.0, or an action has no reason or no test.
    """
    document = load_yaml(file)
    top = ("overlay", "info", "actions")
    document.mapping((), allowed=(*top, "extends"), required=top, what="an overlay")
    if not document.text("overlay").startswith("1.0."):
        raise document.error("'overlay' must be 1.0.x", "overlay")
    actions = []
    for index in range(len(document.at(("actions",)))):
        here = ("actions", index)
        data = document.mapping(
            here, allowed=_FIELDS, required=("target", "description", "x-test"), what="an overlay action"
        )
        if ("update" in data) == bool(data.get("remove")):
            raise document.error("an action needs either 'update' or 'remove: true'", *here)
        actions.append(
            Action(
                target=document.text(*here, "target"),
                description=document.text(*here, "description"),
                test=document.text(*here, "x-test"),
                update=data.get("update"),
                remove=bool(data.get("remove")),
                file=file,
                line=document.line(*here),
            )
        )
    return tuple(actions)


def apply_overlay(document: dict[str, Any], actions: tuple[Action, ...]) -> dict[str, Any]:
    """Return a copy of the document to which all overlay actions were applied in order.

    Raises `SpecError` if the `target` of an action is not a supported JSONPath, or if nothing in the document matches
    this JSONPath.
    """
    root = {"$": copy.deepcopy(document)}
    for action in actions:
        matches = _select(root, action)
        if not matches:
            raise action.error(f"{action.target} matches nothing; the document has changed, review the action")
        # From the last to the first: removing one list item must not move those still to be removed.
        for container, key in reversed(matches):
            if action.remove:
                del container[key]
            else:
                container[key] = _updated(container[key], copy.deepcopy(action.update))
    return root["$"]


def _updated(old: Any, new: Any) -> Any:
    """As the standard says: mappings merge, lists grow, anything else is replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        merged = dict(old)
        for key, value in new.items():
            merged[key] = _updated(old[key], value) if key in old else value
        return merged
    if isinstance(old, list):
        return [*old, *new] if isinstance(new, list) else [*old, new]
    return new


def _select(root: dict[str, Any], action: Action) -> list[Match]:
    if not action.target.startswith("$"):
        raise action.error(f"target {action.target!r} must begin with $")
    matches: list[Match] = [(root, "$")]
    position = 1
    while position < len(action.target):
        step = _STEP.match(action.target, position)
        if step is None:
            raise action.error(f"target {action.target!r} is not a supported JSONPath from {position + 1} on")
        position = step.end()
        matches = [found for container, key in matches for found in _children(container[key], step)]
    return matches


def _children(node: Any, step: re.Match[str]) -> Iterator[Match]:
    name = step["name"] if step["name"] is not None else step["quoted"]
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    for key in keys:
        child = node[key]
        if name is not None:
            wanted = isinstance(node, dict) and key == name
        elif step["index"] is not None:
            wanted = isinstance(node, list) and key == int(step["index"])
        elif step["any"] is not None:
            wanted = True
        else:
            field = step["field"] or step["qfield"]
            value = child if field is None else child.get(field) if isinstance(child, dict) else None
            wanted = value == step["value"]
        if wanted:
            yield node, key

"""Reduces an OpenAPI document to chosen operations and the components that these operations use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from conformance.contract.errors import SpecError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def prune(
    document: Mapping[str, Any], operations: Collection[str] | None = None, schemas: Collection[str] = ()
) -> dict[str, Any]:
    """Return a document with only the given operations and schemas, and all components that they refer to.

    Operations are given as `post /chat/completions`; None keeps all operations.

    Raises `SpecError` if an operation is not in the document, or if a reference has no target.
    """
    paths = _paths(document, operations) if operations is not None else dict(document["paths"])
    result = {**document, "paths": paths}
    schemes = document.get("components", {}).get("securitySchemes", {})
    components = {"securitySchemes": dict(schemes)} if schemes else {}
    for kind, name, value in _reachable(
        document, [paths, *({"$ref": f"#/components/schemas/{name}"} for name in schemas)]
    ):
        components.setdefault(kind, {})[name] = value
    result["components"] = components
    return result


def _paths(document: Mapping[str, Any], operations: Collection[str]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in operations:
        method, _, path = operation.partition(" ")
        item = document["paths"].get(path, {})
        if method not in item:
            raise SpecError(f"the document has no operation {operation!r}; correct the list or the document")
        kept = paths.setdefault(path, {key: value for key, value in item.items() if key not in METHODS})
        kept[method] = item[method]
    return paths


def _reachable(document: Mapping[str, Any], root: Any) -> Iterator[tuple[str, str, Any]]:
    seen: set[str] = set()
    todo = list(references(root))
    while todo:
        reference = todo.pop()
        if reference in seen:
            continue
        seen.add(reference)
        kind, name = component(reference)
        try:
            value = document["components"][kind][name]
        except KeyError:
            raise SpecError(f"reference {reference!r} leads nowhere; correct the document") from None
        yield kind, name, value
        todo.extend(references(value))


def component(reference: str) -> tuple[str, str]:
    """Return the kind and the name of the component that contains the target of a reference.

    Raises `SpecError` if `reference` names a place outside `#/components/`.
    """
    head, _, tail = reference.partition("#/components/")
    if head or tail.count("/") < 1:
        raise SpecError(f"reference {reference!r} does not lead to a component; bundle the document first")
    kind, name = tail.split("/")[:2]
    return kind, name


def references(node: Any) -> Iterator[str]:
    """Return every `$ref` in the given data."""
    if isinstance(node, Mapping):
        target = node.get("$ref")
        if isinstance(target, str):
            yield target
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)

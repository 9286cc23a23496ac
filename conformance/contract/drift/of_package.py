"""Reads the operations and fields of an official Python SDK from its source code, which is never executed.

The SDKs of OpenAI and of most vendors are generated in one style. A method of a resource calls `self._post(path, body=…)`.
The arguments of the call of `_post` name a `TypedDict` for the body or the query, and a class for the response.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from conformance.contract.drift.description import Description, Field, Place, fields_of, operation_name
from conformance.contract.drift.modules import Modules
from conformance.contract.drift.package_types import Types

CALLS = {
    "_get": "get", "_get_api_list": "get", "_post": "post", "_put": "put", "_patch": "patch", "_delete": "delete",
}  # fmt: skip
CLASSES = {"cast_to": "response", "page": "response", "model": "response data[]", "stream_cls": "event"}
"""The keywords of a call that name a class, and the place of this class."""


def of_package(name: str, files: Mapping[str, str]) -> Description:
    """Return the API operations that an SDK implements, with their fields.

    `files` holds the source text of the SDK's modules by path, such as `openai/x/y.py`.
    """
    modules = Modules(files)
    operations: dict[str, Mapping[Place, Field]] = {}
    for path in sorted(path for path in files if "/resources/" in path):
        for call in _calls(modules.module(path).tree):
            operation = _operation(call)
            # Asynchronous classes repeat the calls of synchronous ones.
            if operation and operation not in operations:
                operations[operation] = _fields(call, path, modules)
    return Description(name, operations)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls that send a request."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            yield node


def _operation(call: ast.Call) -> str | None:
    """Return the name of the operation that a call requests, or None if its path is computed."""
    path = next(iter(call.args), None)
    if isinstance(path, ast.Call):  # path_template("/a/{id}", id=id)
        path = next(iter(path.args), None)
    if isinstance(path, ast.Constant) and isinstance(path.value, str) and isinstance(call.func, ast.Attribute):
        return operation_name(CALLS[call.func.attr], path.value)
    return None


def _fields(call: ast.Call, module: str, modules: Modules) -> Mapping[Place, Field]:
    types = Types(modules)
    for keyword in call.keywords:
        if keyword.arg in CLASSES:
            types.collect(_class(keyword.value), module, CLASSES[keyword.arg])
        side = {"body": "body", "options": "query"}.get(keyword.arg or "")
        for names, parameters in _parameters(keyword.value) if side else ():
            types.collect(parameters, module, str(side), only=names)
    return fields_of(types.found)


def _class(node: ast.expr) -> ast.expr:
    """Return the class in `cast_to=Class` or `cast_to=cast(Type[Any], Class)`."""
    return node.args[-1] if isinstance(node, ast.Call) and node.args else node


def _parameters(node: ast.expr) -> Iterator[tuple[frozenset[str] | None, ast.expr]]:
    """Yield the names and the class of each `maybe_transform({"name": name, …}, Class)`.

    A parameter of the class that is not among the names is sent as a header. The names are None if they are computed.
    """
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and ast.unparse(each.func).endswith("maybe_transform") and len(each.args) > 1:
            values = each.args[0]
            keys = values.keys if isinstance(values, ast.Dict) else None
            names = keys and frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
            yield names or None, each.args[1]

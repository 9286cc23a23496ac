"""Turns the type annotations of an SDK, such as `Optional[List[Choice]]`, into fields."""

from __future__ import annotations

import ast

from conformance.contract.drift.description import Collected, Place
from conformance.contract.drift.modules import Definition, Modules

SIMPLE = {
    "str": "string", "int": "integer", "float": "number", "bool": "boolean", "None": "null", "dict": "object", "Dict": "object",
}  # fmt: skip
LISTS = ("Iterable", "List", "list", "Sequence", "SequenceNotStr", "Set")
TRANSPARENT = ("Required", "NotRequired", "Annotated", "ReadOnly", "Stream", "AsyncStream")
PYTHON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}

Above = tuple[Definition, ...]


class Types:
    """Collects the fields that type annotations of an SDK describe."""

    def __init__(self, modules: Modules) -> None:
        """Start without fields."""
        self.modules = modules
        self.found: dict[Place, Collected] = {}
        self.only: dict[Place, frozenset[str]] = {}

    def collect(
        self, node: ast.expr, module: str, place: Place, above: Above = (), *, only: frozenset[str] | None = None
    ) -> None:
        """Collect the types that an annotation states for the field at `place`.

        `module` is the name of the module that contains the annotation.

        `above` lists the definitions that contain the annotation. A definition in `above` is not read again, so
        recursive types are read only once. If `only` is given, top-level fields with other names are left out.
        """
        if only is not None:
            self.only[place] = only
        found = self.found.setdefault(place, Collected())
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.collect(ast.parse(node.value, mode="eval").body, module, place, above)
        elif isinstance(node, ast.Constant) and node.value is None:
            found.types.add("null")
        elif isinstance(node, ast.BinOp | ast.IfExp):
            left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.body, node.orelse)
            self.collect(left, module, place, above)
            self.collect(right, module, place, above)
        elif isinstance(node, ast.Subscript):
            self.generic(node, module, place, above)
        elif isinstance(node, ast.Name | ast.Attribute):
            self.named(ast.unparse(node), module, place, above)

    def generic(self, node: ast.Subscript, module: str, place: Place, above: Above) -> None:
        """Collect the types of an annotation that has arguments, such as `Union[…]` or `Literal[…]`."""
        name = ast.unparse(node.value).rpartition(".")[2]
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        found = self.found[place]
        if name == "Literal":
            values = {argument.value for argument in arguments if isinstance(argument, ast.Constant)}
            found.values |= {value for value in values if isinstance(value, str)}
            found.types |= {PYTHON_TYPES[type(value)] for value in values if type(value) in PYTHON_TYPES}
        elif name in ("Union", "Optional"):
            found.types |= {"null"} if name == "Optional" else set()
            for argument in arguments:
                self.collect(argument, module, place, above)
        elif name in LISTS:
            found.types.add("array")
            self.collect(arguments[0], module, f"{place}[]", above)
        elif name in TRANSPARENT:
            self.collect(arguments[0], module, place, above)
        else:
            self.named(name, module, place, above)

    def named(self, name: str, module: str, place: Place, above: Above) -> None:
        """Add the fields of the type called `name`, which is a simple type, a class or an alias."""
        found = self.found[place]
        if name in SIMPLE:
            found.types.add(SIMPLE[name])
            found.open |= name == "str"
            return
        definition = self.modules.definition(module, name)
        if definition is None:
            return
        if definition in above:
            found.types.add("object")
            return
        if isinstance(definition.node, ast.ClassDef):
            found.types.add("object")
            found.objects += 1
            self.fields(definition.node, definition.module, place, (*above, definition))
        else:
            self.collect(definition.node, definition.module, place, (*above, definition))

    def fields(self, node: ast.ClassDef, module: str, place: Place, above: Above) -> None:
        """Add the fields of a class and of its base classes."""
        bases = [base for base in node.bases if isinstance(base, ast.Name | ast.Attribute)]
        typed_dict = any(keyword.arg == "total" for keyword in node.keywords)
        for base in bases:
            definition = self.modules.definition(module, ast.unparse(base))
            if definition and isinstance(definition.node, ast.ClassDef) and "/types/" in definition.module:
                self.fields(definition.node, definition.module, place, above)
        for each in node.body:
            if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
                continue
            if place in self.only and each.target.id not in self.only[place]:
                continue
            name = _alias(each) or each.target.id
            inner = f"{place}.{name}" if " " in place else f"{place} {name}"
            self.collect(each.annotation, module, inner, above)
            if typed_dict:
                self.found[inner].required = ast.unparse(each.annotation).startswith("Required[")
            else:
                self.found[inner].required = True if each.value is None else None


def _alias(field: ast.AnnAssign) -> str | None:
    """Return the name of a field in JSON if the class has it under another name."""
    for node in ast.walk(field):
        if isinstance(node, ast.keyword) and node.arg == "alias" and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    return None

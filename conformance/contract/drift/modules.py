"""The modules of a Python package as syntax trees, and the definitions that names in them stand for."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Definition:
    """A class, or the value of an alias, with the module that defines it."""

    module: str
    node: ast.ClassDef | ast.expr


class Modules:
    """The modules of a package by path, such as `openai/types/shared/metadata.py`; each is parsed when it is needed."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """Keep the source texts."""
        self.files = files
        self.parsed: dict[str, Module] = {}

    def module(self, path: str) -> Module:
        """Return a parsed module of the package."""
        if path not in self.parsed:
            self.parsed[path] = Module(path, ast.parse(self.files[path]))
        return self.parsed[path]

    def definition(self, path: str, name: str, *, hops: int = 8) -> Definition | None:
        """Return the definition of a name in a module, such as `Metadata` or `completion_create_params.Function`.

        Returns None if the package does not define the name, or if more than `hops` imports must be followed to find
        the definition.
        """
        if hops == 0 or path not in self.files:
            return None
        module = self.module(path)
        first, _, rest = name.partition(".")
        if not rest and first in module.definitions:
            return Definition(path, module.definitions[first])
        if first not in module.imports:
            return None
        source, original = module.imports[first]
        for candidate in (f"{source}/{original}.py", f"{source}/{original}/__init__.py"):
            if rest and candidate in self.files:
                return self.definition(candidate, rest, hops=hops - 1)
        wanted = f"{original}.{rest}" if rest else original
        for candidate in (f"{source}.py", f"{source}/__init__.py"):
            if candidate in self.files:
                return self.definition(candidate, wanted, hops=hops - 1)
        return None


class Module:
    """One parsed module."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        """Keep the tree of the module at this path."""
        self.path = path
        self.tree = tree

    @cached_property
    def definitions(self) -> dict[str, ast.ClassDef | ast.expr]:
        """The classes and aliases of the module by name."""
        found: dict[str, ast.ClassDef | ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = node
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id] = node.value
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = node.value
        return found

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        """The relative imports by local name: the imported folder or module without `.py`, and the name in it."""
        found: dict[str, tuple[str, str]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = posixpath.join(posixpath.dirname(self.path), *[".."] * (node.level - 1))
                source = posixpath.normpath(posixpath.join(folder, *(node.module or "").split(".")))
                for alias in node.names:
                    found[alias.asname or alias.name] = (source, alias.name)
        return found

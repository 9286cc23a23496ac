"""Fingerprints of mutants and checks: a hash of their source without docstrings, so that rewording changes none.

`python tests/proof/fingerprint.py` prints those of the tree that Python imports, as JSON.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from conformance.checks.index import by_requirement
from conformance.cli.endpoints import load_mutants
from conformance.contract import load_registry
from conformance.contract.packs import suite_packs
from conformance.engine import probes
from conformance.reference.mutants import MUTANTS

load_mutants(suite_packs())  # this module also runs as a separate script


def of_mutants() -> dict[str, str]:
    """Of each mutant: its classes, but for the right endpoint's, and what it declares."""
    return {
        name: _digest(
            [
                *(
                    _code(cls.__module__, cls.__name__)
                    for own in mutant.classes
                    for cls in own.__mro__
                    if _is_ours(cls)
                ),
                *sorted(mutant.breaks),
                "also",
                *sorted(mutant.also),
            ]
        )
        for name, mutant in MUTANTS.items()
    }


def of_requirements() -> dict[str, str]:
    """Of each requirement with a check: the check, its probes and those that they build on, level, contract and feature."""
    found = {}
    for name, check in by_requirement().items():
        requirement = load_registry()[name]
        facts = (requirement.level, requirement.contract, requirement.feature, requirement.excluded)
        parts = [_code(probes()[each].module, each) for each in sorted(set(_with_needs(check.probes)))]
        found[name] = _digest([_code(check.module, check.function), *parts, *map(str, facts)])
    return found


def _is_ours(cls: type) -> bool:
    return ".mutants." in cls.__module__


def _with_needs(names: Iterable[str]) -> Iterator[str]:
    known = probes()
    for name in names:
        if name in known:
            yield name
            yield from _with_needs(known[name].needs)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def _code(module: str, name: str) -> str:
    """A decorated function or class of a module with everything in it that is not decorated, but imports."""
    named, shared = _pieces(module)
    return named.get(name, "") + shared


@cache
def _pieces(module: str) -> tuple[dict[str, str], str]:
    return pieces(Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8"))


def pieces(source: str) -> tuple[dict[str, str], str]:
    """The source of a module without docstrings: what is decorated, by its name, and the rest."""
    tree = ast.parse(source)
    words = {line for node in ast.walk(tree) for line in _docstring(node)}
    lines = source.splitlines()
    named: dict[str, str] = {}
    shared = []
    for node in tree.body:
        kept = [lines[n - 1] for n in range(node.lineno, (node.end_lineno or node.lineno) + 1) if n not in words]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
            # A mutant's decorator is counted by what it declares; that of a check or a probe is part of the code.
            decorators = [] if isinstance(node, ast.ClassDef) else node.decorator_list
            said = [ast.get_source_segment(source, each) or "" for each in decorators]
            named[node.name] = "\n".join([*said, *kept])
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            shared += kept
    return named, "\n".join(shared)


def _docstring(node: ast.AST) -> range:
    """The lines of a node's docstring, or of a text that stands alone as one."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"requirements": of_requirements(), "mutants": of_mutants()}))

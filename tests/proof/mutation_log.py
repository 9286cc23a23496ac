"""What became of each mutant so far, so that a long run can be made in slices."""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter
from functools import cache
from pathlib import Path

from tests.proof import mutators
from tests.proof.mutant_fork import ROOT
from tests.proof.mutators import Mutation, mutations

_MUTATORS = Path(mutators.__file__).read_bytes()


class Log:
    """JSON lines: the file, the hash of the function or class, the mutation's number in it, and its fate.

    A mutant counts by the top-level statement that it is in: when that changes, or what the mutants are, those in it are
    tried again. Without a path it keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._fates: dict[tuple[str, str, int], str] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                file, source, number, fate = json.loads(line)
                # Whoever writes last may have begun before the test that kills it was there.
                if self._fates.get((file, source, number), "survived") == "survived":
                    self._fates[file, source, number] = fate

    def fate(self, file: Path, mutation: Mutation) -> str:
        """What became of a mutant; "" when it was not tried."""
        return self._fates.get(self._key(file, mutation), "")

    def killed(self, file: Path, mutation: Mutation) -> str:
        """The fate of a mutant that was killed, or never ended; "" for any other, which is to be tried."""
        fate = self.fate(file, mutation)
        return "" if fate == "survived" else fate

    def add(self, file: Path, mutation: Mutation, fate: str) -> None:
        """Keep what became of a mutant."""
        key = self._key(file, mutation)
        self._fates[key] = fate
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as log:
                log.write(json.dumps([*key, fate]) + "\n")

    @staticmethod
    def _key(file: Path, mutation: Mutation) -> tuple[str, str, int]:
        return str(file.relative_to(ROOT)), *places(file.read_text(encoding="utf-8"))[mutation.number]


@cache
def places(source: str) -> list[tuple[str, int]]:
    """Of each mutation of a source the hash of the top-level statement it is in, and its number there."""
    lines = source.splitlines()
    blocks = [(_first_line(node), node.end_lineno or node.lineno) for node in ast.parse(source).body]
    texts = {first: "\n".join(lines[first - 1 : last]) for first, last in blocks}
    met: Counter[int] = Counter()
    found = []
    for each in mutations(source):
        block = max(first for first, last in blocks if first <= each.line <= last)
        text = hashlib.sha256(_MUTATORS + texts[block].encode()).hexdigest()[:16]
        found.append((text, met[block]))
        met[block] += 1
    return found


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])

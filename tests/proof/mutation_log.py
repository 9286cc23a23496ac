"""What became of each mutant so far, so that a long run can be made in slices."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.proof import mutators
from tests.proof.mutant_fork import ROOT
from tests.proof.mutators import Mutation

_MUTATORS = Path(mutators.__file__).read_bytes()


class Log:
    """JSON lines: the file, the hash of its source, the mutation's number, and its fate. Without a path it keeps nothing.

    A mutant counts by its file's source: when that changes, or what the mutants are, all of them are tried again.
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
        source = hashlib.sha256(_MUTATORS + file.read_bytes()).hexdigest()[:16]
        return str(file.relative_to(ROOT)), source, mutation.number

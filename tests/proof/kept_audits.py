"""Audits of lawful endpoints that end at different times and add up: a file keeps one part of them per line.

A line names the code that it was measured with. Lines of other code are not counted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import conformance
from conformance.specs import SPECS

from . import sampled, variations

Count = Counter[str]


@dataclass(frozen=True, slots=True)
class Lawful:
    """Audits of one variation with every contract: their rounds of chance, requests and CPU seconds, and failures.

    `failed` counts audits in which the first judging failed, by requirement. `red` lists reported failures, each with
    its round.
    """

    variation: str
    rounds: tuple[int, ...]
    requests: int
    confirming: int
    seconds: float
    failed: Count
    flaky: Count
    red: tuple[tuple[int, str], ...]

    @property
    def audits(self) -> int:
        """How many audits these are."""
        return len(self.rounds)

    @property
    def reds(self) -> int:
        """How many of these audits reported a failure."""
        return len({number for number, _ in self.red})

    @property
    def data(self) -> dict[str, Any]:
        """What a line of the file holds."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def read(cls, data: dict[str, Any]) -> Lawful:
        """Return the part that a line of the file holds."""
        sets = {"rounds": tuple(data["rounds"]), "red": tuple((number, name) for number, name in data["red"])}
        counts = {name: Counter(data[name]) for name in ("failed", "flaky")}
        return cls(**{**data, **sets, **counts})


class Kept:
    """The audits that were made so far, and the file that keeps them, if there is one."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file and file.exists() else []
        read = [json.loads(line) for line in lines]
        self.found = [Lawful.read(each) for each in read if each.pop("code") == code()]

    @property
    def rounds(self) -> dict[str, set[int]]:
        """The rounds of each variation that were audited."""
        rounds = defaultdict[str, set[int]](set)
        for each in self.found:
            rounds[each.variation].update(each.rounds)
        return rounds

    @property
    def audits(self) -> int:
        """How many audits there are."""
        return sum(each.audits for each in self.found)

    @property
    def red(self) -> int:
        """How many audits reported a failure."""
        return sum(each.reds for each in self.found)

    def add(self, part: Lawful) -> None:
        """Add audits, and write them to the file at once."""
        self.found.append(part)
        if self.file:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"code": code(), **part.data}) + "\n")


@cache
def code() -> str:
    """A hash of everything that decides what such an audit finds: the suite with its data, and the variations."""
    files = [file for root in (Path(conformance.__file__).parent, SPECS) for file in root.rglob("*")]
    own = [Path(variations.__file__), Path(sampled.__file__)]
    digest = hashlib.sha256()
    for file in sorted({*own, *(file for file in files if file.suffix in (".py", ".json", ".yaml"))}):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]

"""Makes the generated cases that come with the suite: what runs of built-in profiles with the default seed need.

    python -m benchmarks.made_cases --write

A test fails when the file lacks one of them, or when the generators make something else.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from conformance.checks.constraints.generated import draw
from conformance.checks.generated.cases import CHAT, OTHERS, contracts_of
from conformance.checks.generated.positive import generate_bodies, source_of
from conformance.checks.made import FILE, GENERATORS, key_of
from conformance.checks.scenarios.guided import drawn, test_drawn
from conformance.config import Depth, load_profile
from conformance.config.depth import SEED
from conformance.config.profile import profile_names

DEPTHS = (Depth.QUICK, Depth.STANDARD)
GENERATED = (CHAT, "responses", "completions", "embeddings")


def sources() -> Iterator[tuple[Any, ...]]:
    """What each kept case is made from: a request schema, or the word for random schemas, with number and seed."""
    for name in profile_names():
        profile = load_profile(name)
        for depth in DEPTHS:
            for operation in GENERATED if depth is not Depth.QUICK else (CHAT,):
                cases = depth.valid if operation == CHAT else OTHERS[depth][0]
                yield source_of(contracts_of(profile, "model", operation).narrowed.schema, cases, SEED)
    yield "schemas", test_drawn.FEW, drawn.SEED


def cases_of(source: tuple[Any, ...]) -> list[Any]:
    """Generate what is made from a source, as JSON data."""
    what, number, seed = source
    if what == "schemas":
        return list(json.loads(json.dumps([each.to_dict() for each in draw(number, seed)])))
    return list(generate_bodies(what, number, seed))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    write = parser.parse_args().write
    cases = {key_of(*source): cases_of(source) for source in sources()}
    data = {"with": {name: version(name) for name in GENERATORS}, "cases": dict(sorted(cases.items()))}
    text = json.dumps(data, indent=0, ensure_ascii=False)
    if write:
        FILE.write_text(f"{text}\n", encoding="utf-8")
    else:
        sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()

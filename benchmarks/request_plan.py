"""Counts what each probe asks of the reference endpoint, for `conformance plan` and the progress of a run.

python -m benchmarks.request_plan --write
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from conformance.api import operation_at
from conformance.auditing.counted import AFTER, BEFORE, FILE
from conformance.auditing.gentle import all_gentle
from conformance.auditing.preflight import begin_look, looked
from conformance.checks.index import checks
from conformance.cli.run import reference_target
from conformance.config import Depth
from conformance.contract import load_registry
from conformance.contract.packs import packs
from conformance.engine import CLEANUP, Engine
from conformance.engine.cost import output_bound
from conformance.judging.baseline import baseline
from conformance.wire import Exchange, Request

DEPTHS = (Depth.QUICK, Depth.STANDARD, Depth.DEEP)


def count(profile: str, depths: tuple[Depth, ...], say: Callable[[str], object] = sys.stderr.write) -> dict[str, Any]:
    """The requests of all probes of a profile at these depths: their tokens, and which ones each staging asks."""
    registry = load_registry()
    places: dict[str, int] = {}
    costs: list[tuple[int, int]] = []
    stagings: dict[str, dict[str, list[int]]] = {}
    deletes: dict[str, set[int]] = {}
    gentle: set[str] = set()

    def place(request: Request, key: str) -> int:
        if key not in places:
            places[key] = len(costs)
            costs.append((len(request.body) // 4, output_bound(request)))
        return places[key]

    for depth in depths:
        with reference_target(profile) as reference:
            target = replace(reference, depth=depth, deep=depth is Depth.DEEP)
            chosen = [check for check in checks() if check.applies(target, registry)]
            keys = [key for check in chosen for case in check.cases for key in check.keys(case)]
            keys += baseline((check.requirement for check in chosen if check.judges_the_run), target.profile)
            with Engine(target, lambda _: None) as engine:
                engine.target = looked(engine, begin_look(engine)).target
                first = list(engine.exchanges)
                engine.start(keys)
                engine.wait()
            shared = _shared([first, *engine.staged.values()], engine.exchanges)
            named = {BEFORE: first} | {str(key): names for key, names in engine.staged.items()}
            asked = {
                key: [
                    place(engine.exchanges[name].request, shared.get(name) or f"{key} {number}")
                    for number, name in enumerate(dict.fromkeys(names))
                ]
                for key, names in named.items()
            }
            for key, names in engine.staged.items():
                if all_gentle(engine.exchanges[name] for name in names):
                    gentle.add(str(key))
            deleted = [each for each in engine.exchanges.values() if each.probe == CLEANUP]
            after = [place(each.request, f"{AFTER} {number}") for number, each in enumerate(deleted)]
            placed = dict(zip((each.id for each in deleted), after, strict=True)) | {
                name: number
                for key, names in named.items()
                for name, number in zip(dict.fromkeys(names), asked[key], strict=True)
            }
            for name in _first_deletions(engine.exchanges) if depth is depths[0] else ():
                for key in _makers(engine, engine.exchanges[name]):
                    deletes.setdefault(key, set()).add(placed[name])
        known = {name: found for each in stagings.values() for name, found in each.items()}
        asked[AFTER] = after
        stagings[str(depth)] = {name: found for name, found in sorted(asked.items()) if known.get(name) != found}
        say(f"{profile} {depth}: {len(engine.exchanges)} requests, {len(asked)} stagings\n")
    return {
        "requests": costs,
        "stagings": stagings,
        "gentle": sorted(gentle),
        "deletes": {key: sorted(places) for key, places in sorted(deletes.items())},
    }


def _first_deletions(exchanges: Mapping[str, Exchange]) -> list[str]:
    """The first successful request that deletes each object, by a probe or at the end of the run.

    An item of a conversation counts with the conversation, as no run deletes it at its end.
    """
    first: dict[str, str] = {}
    for name, exchange in exchanges.items():
        request = exchange.request
        operation = operation_at(request.method, request.url.partition("?")[0])
        deletes = exchange.status == 200 and request.method == "DELETE"
        if deletes and operation is not None and operation.path.count("{") == 1:
            first.setdefault(request.path, name)
    return list(first.values())


def _makers(engine: Engine, deletion: Exchange) -> list[str]:
    """The stagings with the exchange that created the deleted object: the first one whose response has its id."""
    name = unquote(deletion.request.path.rpartition("/")[2])
    made = next((each.id for each in engine.exchanges.values() if each.probe != CLEANUP and name in each.text), None)
    return [str(key) for key, names in engine.staged.items() if made in names]


def _shared(stagings: Iterable[Iterable[str]], exchanges: Mapping[str, Exchange]) -> dict[str, str]:
    """The exchanges that more than one staging has, each with a name that is the same in every run.

    Requests that are equal but sent several times, such as those with the same seed, have different names.
    """
    used = Counter(name for names in stagings for name in set(names))
    equal: Counter[str] = Counter()
    named = {}
    for name in sorted(name for name, count in used.items() if count > 1):
        digest = _digest(exchanges[name].request)
        equal[digest] += 1
        named[name] = f"{digest} {equal[digest]}"
    return named


def _digest(request: Request) -> str:
    path = request.url.partition("://")[2].partition("/")[2]
    said = f"{request.method} {path} {sorted(request.headers)} ".encode() + request.body
    return hashlib.sha256(said).hexdigest()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    write = parser.parse_args().write
    names = ["openai", *(pack.name for pack in packs())]
    data = {name: count(name, DEPTHS if name == "openai" else DEPTHS[:2]) for name in names}
    text = json.dumps(data, separators=(",", ":")).replace('},"', '},\n"').replace('],"', '],\n"')
    if write:
        Path(FILE).write_text(f"{text}\n", encoding="utf-8")
    else:
        sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()

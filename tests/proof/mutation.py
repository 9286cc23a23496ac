"""Mutation testing of what judges: does a test fail when one operator, constant or condition of it is another?

python -m tests.proof.mutation                            a sample of each group, printed
python -m tests.proof.mutation --all --write docs/mutation.md   every mutant, into the page; an hour and more
python -m tests.proof.mutation --group wire --sample 50 --seed 7   one group, another sample
python -m tests.proof.mutation --only conformance/wire/sse.py --lines 80-95   every mutant of a file, or of a part
python -m tests.proof.mutation --all --log FILE           the same in slices: what is in FILE as killed is not tried again
python -m tests.proof.mutation --all --log FILE --dry     the page of what is in FILE, without trying any

Of the tools at hand mutmut 3 leaves every decorated function as it is, and each invariant is one; cosmic-ray changes
the checkout itself and starts the tests in a process of its own for each mutant, with no way to draw a sample. Here
each mutant is a fork of one process that has imported everything but what is mutated, and is served the mutated module
through the import system: no file is touched. The tests that run the line are tried first; only when they pass, all.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.proof.equivalent import Equivalent
from tests.proof.mutant_fork import AT_IMPORT, ROOT, Lines, Mutant, fate_of, lines_run, module_name, pass_unchanged
from tests.proof.mutation_groups import GROUPS, SEED, chosen, files_of, held_by
from tests.proof.mutation_log import Log
from tests.proof.mutators import Mutation, mutated

SAMPLE = 60

# Whatever the tests import that is not ours: imported once, not in each fork.
PRELOADED = ("pytest", "hypothesis", "httpx", "jinja2", "jsonschema_rs", "orjson", "rich.console", "yaml", "starlette.applications", "uvicorn")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant, what became of it (`killed`, `survived`, `timeout`), and the seconds that took."""

    file: str
    mutation: Mutation
    fate: str
    seconds: float = 0.0

    @property
    def survived(self) -> bool:
        """Whether no test noticed. One that never ends is noticed."""
        return self.fate == "survived"


def tried(file: Path, mutation: Mutation, tests: Sequence[str], lines: Lines) -> Tried:
    """Run the tests on one mutant: those that run its statement, and all of them when these pass."""
    began = time.monotonic()
    mutant = Mutant(file, mutated(file.read_text(encoding="utf-8"), mutation))
    name = str(file.relative_to(ROOT))
    names = {test for line in mutation.statement for test in lines.get(name, {}).get(line, ())}
    fate = fate_of(mutant, tests, names) if names and AT_IMPORT not in names else "survived"
    if fate == "survived":
        # What a test finds in a cache, or runs in another thread, is not seen to run there.
        fate = fate_of(mutant, tests)
    return Tried(name, mutation, fate, time.monotonic() - began)


def try_group(group: str, picked: Sequence[tuple[Path, Mutation]], log: Log) -> list[Tried]:
    """What becomes of some mutants of a group. Raises `RuntimeError` when its tests fail without any mutant."""
    done = [Tried(str(file.relative_to(ROOT)), each, log.killed(file, each)) for file, each in picked]
    if all(each.fate for each in done):
        return done
    GROUPS[group].warm()
    loaded = [file.name for file in files_of(group) if module_name(file) in sys.modules]
    if loaded:
        raise RuntimeError(f"{', '.join(loaded)}: imported already, so that no mutant of it could be served")
    gc.freeze()
    tests = held_by(group)
    if not pass_unchanged(tests):
        raise RuntimeError(f"{group}: the tests fail without any mutant; run pytest {' '.join(tests)}")
    lines = lines_run(tests)
    for place, (file, mutation) in enumerate(picked):
        if not done[place].fate:
            last = done[place] = tried(file, mutation, tests, lines)
            log.add(file, mutation, last.fate)
            said = f"{last.fate:9} {last.seconds:5.1f} s {last.file}:{mutation.line} {mutation.what}"
            print(said, file=sys.stderr, flush=True)  # noqa: T201 - progress of a command
    return done


def main() -> int:
    """Mutate, print or write."""
    from tests.proof.mutation_page import page

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--group", choices=sorted(GROUPS), action="append")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each group")
    parser.add_argument("--seed", type=int, default=SEED, help="of the sample")
    parser.add_argument("--all", action="store_true", help="every mutant; an hour and more")
    parser.add_argument("--only", action="append", help="a file, by its path: every mutant of it, and of no other")
    parser.add_argument("--lines", help="of that file, as 10-25")
    parser.add_argument("--log", type=Path, help="a file of what became of each; killed there is not tried again")
    parser.add_argument("--dry", action="store_true", help="try none: show what the log has")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if options.only and options.write:
        parser.error("--only looks at one file; the page is about whole groups")
    for name in PRELOADED:
        importlib.import_module(name)
    first, _, last = (options.lines or "1-1000000").partition("-")
    wanted = range(int(first), int(last or first) + 1)
    log = Log(options.log)
    done: dict[str, list[Tried]] = {}
    totals: dict[str, tuple[int, int]] = {}
    # What a group loads once is not unloaded: the invariants, who load most, come last.
    for group in (name for name in GROUPS if name in (options.group or GROUPS)):
        picked = chosen(group, None if options.all or options.only else options.sample, options.seed)
        if options.only:
            picked = [
                (f, each) for f, each in picked if str(f.relative_to(ROOT)) in options.only and each.line in wanted
            ]
        totals[group] = len(files_of(group)), len(chosen(group))
        if options.dry:
            known = [Tried(str(f.relative_to(ROOT)), each, log.fate(f, each)) for f, each in picked]
            done[group] = [each for each in known if each.fate]
        elif picked:
            done[group] = try_group(group, picked, log)
    text = page(done, totals, Equivalent.load(), slices=options.log is not None)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text)  # noqa: T201 - the command's own output
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

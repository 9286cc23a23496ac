"""The table of request parameters: which requirements show that a server honours a parameter, and what servers do.

`python -m tests.proof.coverage.parameters --write docs/parameters.md` writes the page from `parameters.yaml` and
`servers.json`. With `--judged FOLDER…`, the outcomes of judged runs are first stored in `servers.json`; the name of a
folder is the name of its server. A check may send other requests now than when the audit was recorded, and is then
inconclusive. `--recorded PARENT` gives the folder with the audits themselves: then the verdict of the audit counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import Registry, load_registry
from conformance.record import read_run

FILE = Path(__file__).with_name("parameters.yaml")
ACCEPTANCE = Path(__file__).with_name("acceptance.yaml")
SERVERS = Path(__file__).with_name("servers.json")
TITLES = {"chat": "Chat completions", "responses": "Responses"}
SCHEMAS = {"chat": "CreateChatCompletionRequest", "responses": "CreateResponse"}

HONOURED, REJECTED, PARTLY, IGNORED, NOT_SHOWN = "honoured", "rejected", "partly honoured", "**silently ignored**", ""
Outcomes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A request parameter, the requirements that show its effect or its acceptance, or the reason why none does."""

    api: str
    name: str
    effect: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    reason: str = ""

    def state(self, outcomes: Outcomes) -> str:
        """Return what a server does with the parameter, by the outcomes of the requirements.

        If every judged requirement about the effect is violated, the parameter was accepted and ignored.
        """
        effect = {outcomes.get(id, "") for id in self.effect}
        if effect & {"fail", "warn"}:
            return PARTLY if "pass" in effect else IGNORED
        if "pass" in effect:
            return HONOURED
        if "unsupported" in effect | {outcomes.get(id, "") for id in self.accepted}:
            return REJECTED
        return NOT_SHOWN


def load() -> list[Parameter]:
    """Return the rows of `parameters.yaml`, in its order."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [
        Parameter(api, name, tuple(row.get("effect", ())), tuple(row.get("accepted", ())), row.get("reason", ""))
        for api, rows in data.items()
        for name, row in rows.items()
    ]


def accepted_only() -> list[tuple[str, tuple[str, ...]]]:
    """Return the rows of `acceptance.yaml`: a reason, and the requirements that only expect acceptance for this reason."""
    rows = yaml.safe_load(ACCEPTANCE.read_text(encoding="utf-8"))
    return [(row["reason"].strip(), tuple(row["requirements"])) for row in rows]


def documented(schemas: Mapping[str, Any], name: str) -> set[str]:
    """Return the names of all properties of a request schema, including those of the schemas that it combines."""
    schema = schemas[name]
    found = set(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found |= documented(schemas, part["$ref"].rpartition("/")[2]) if "$ref" in part else set(part["properties"])
    return found


def outcomes_of(folder: Path, wanted: Iterable[str]) -> dict[str, str]:
    """Return the worst outcome of each wanted requirement in a judged run."""
    order = ("pass", "not-applicable", "unsupported", "inconclusive", "warn", "fail", "error")
    found: dict[str, str] = {}
    wanted = set(wanted)
    for verdict in read_run(folder / "run.ndjson").verdicts:
        if verdict.requirement in wanted:
            worst = max(found.get(verdict.requirement, "pass"), str(verdict.outcome), key=order.index)
            found[verdict.requirement] = worst
    return dict(sorted(found.items()))


def merged(judged: Outcomes, recorded: Outcomes) -> dict[str, str]:
    """Return the outcomes of a judged run, and those of the recorded audit where the judged run is inconclusive."""
    kept = {id: outcome for id, outcome in judged.items() if outcome != "inconclusive"}
    return dict(sorted({**recorded, **kept}.items()))


def page(parameters: Sequence[Parameter], servers: Mapping[str, Outcomes]) -> str:
    """Return the page as Markdown."""
    lines = [
        "# Parameters",
        "",
        "This page shows what the suite can say about each request parameter of chat completions and of the Responses API.",
        "A server that accepts a parameter and ignores it is worse than a server that rejects it: the caller gets wrong",
        "results without any error. `python -m tests.proof.coverage.parameters --write docs/parameters.md` writes this page.",
        "",
        "## What shows the effect",
        "",
        "A requirement in the column *effect* fails if the parameter is silently ignored. A requirement in the column",
        "*accepted* only tests whether the parameter is accepted, repeated in the response, or rejected if it is invalid.",
        "",
        "The last column of the table says what experiments with the parameter showed. *Both servers* are vLLM 0.32 and llama-server (xllamacpp 2026.10) with",
        "SmolLM2 135M: pairs of requests at temperature 0 that differ in one parameter, sent on 2026-12-01. *Recorded* are",
        "2,908 exchanges of public test suites with OpenAI and other vendors.",
    ]
    for api, title in TITLES.items():
        rows = [each for each in parameters if each.api == api]
        lines += ["", f"### {title}", "", "| parameter | effect | accepted | experiments without a visible effect |"]
        lines += ["|---|---|---|---|"]
        lines += [f"| `{p.name}` | {_ids(p.effect)} | {_ids(p.accepted)} | {p.reason} |" for p in rows]
    lines += [
        "",
        "### Other requirements that only expect acceptance",
        "",
        "| requirements | what experiments showed |",
        "|---|---|",
        *(f"| {_ids(names)} | {reason} |" for reason, names in accepted_only()),
        "",
        "## What servers do",
        "",
        "The tables show recorded audits of servers that were not changed for the audits. In the recorded audits,",
        "each server ran a small model. An",
        "empty cell means that the audit does not show whether the server honours the parameter. *Silently ignored* means",
        "that every judged requirement about the effect was violated, and *partly honoured* that some were violated.",
        "",
        "The recorded audits are judged by the checks of this version of the suite.",
        "If a check now sends other requests than the recorded audit did,",
        "the tables show the verdict that the audit itself gave.",
    ]
    for api, title in TITLES.items():
        rows = [each for each in parameters if each.api == api]
        shown = [each for each in rows if any(each.state(outcomes) for outcomes in servers.values())]
        lines += ["", f"### {title}: servers", "", f"| parameter | {' | '.join(servers)} |"]
        lines += [f"|---|{'---|' * len(servers)}"]
        lines += [f"| `{p.name}` | {' | '.join(p.state(each) for each in servers.values())} |" for p in shown]
    return "\n".join(lines) + "\n"


def _ids(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def servers() -> dict[str, Outcomes]:
    """Return the stored outcomes of each server."""
    found: dict[str, Outcomes] = json.loads(SERVERS.read_text(encoding="utf-8"))
    return found


def unknown(parameters: Iterable[Parameter], registry: Registry) -> list[str]:
    """Return the ids in the table that are not requirements."""
    return [id for each in parameters for id in (*each.effect, *each.accepted) if registry.get(id) is None]


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.coverage.parameters", description=__doc__)
    parser.add_argument("--judged", type=Path, nargs="+", metavar="FOLDER", help="store the outcomes of these runs")
    parser.add_argument("--recorded", type=Path, metavar="PARENT", help="folder with the recorded audits of these runs")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, not to the screen")
    options = parser.parse_args()
    parameters = load()
    if options.judged:
        wanted = [id for each in parameters for id in (*each.effect, *each.accepted)]
        found = {folder.name: outcomes_of(folder, wanted) for folder in options.judged}
        if options.recorded:
            audits = {name: outcomes_of(options.recorded / name, wanted) for name in found}
            found = {name: merged(outcomes, audits[name]) for name, outcomes in found.items()}
        SERVERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if problems := unknown(parameters, load_registry()):
        parser.error(f"no requirement is called {problems[0]!r}")
    text = page(parameters, servers())
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The flake rate of docs/stability.md: how many verdicts on the same target change from one audit to the next.

python -m tests.hostile.flakes                            20 audits, printed
python -m tests.hostile.flakes --write docs/stability.md  the page
python -m tests.hostile.flakes --audits 60                more of them

The target is the reference endpoint; what differs from audit to audit is what must not matter: how many requests are
under way at once, how long each answer and each token takes, and the order of the checks.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.auditing.runner import audit
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Verdict, combine
from conformance.wire import Limits
from tests.hostile.running import target_at
from tests.hostile.shuffle import shuffled

CONCURRENCY = (16, 4, 1)
LATENCIES_S = ((0.0, 0.0), (0.02, 0.0), (0.0, 0.001), (0.005, 0.0005))
"""Seconds before an answer, and before each of its tokens."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What differs between audits. `order` seeds the order of the checks; 0 is the suite's own."""

    concurrency: int
    latency_s: float
    token_latency_s: float
    order: int

    def __str__(self) -> str:
        """As a row of the table begins."""
        order = f"shuffled ({self.order})" if self.order else "as it is"
        return f"{self.concurrency} | {self.latency_s * 1000:g} | {self.token_latency_s * 1000:g} | {order}"


@dataclass(frozen=True, slots=True)
class Audited:
    """One audit: the verdict of each requirement, and how long it took."""

    setting: Setting
    verdicts: dict[str, Verdict]
    seconds: float


def settings(count: int) -> list[Setting]:
    """As many settings as audits: every concurrency with every latency in turn, every other one in another order."""
    pairs = itertools.cycle(itertools.product(LATENCIES_S, CONCURRENCY))
    return [
        Setting(concurrency, latency, token, number if number % 2 else 0)
        for number, ((latency, token), concurrency) in enumerate(itertools.islice(pairs, count))
    ]


def audited(setting: Setting, folder: Path) -> Audited:
    """Audit the reference endpoint. Raises `RuntimeError` when the audit itself did not work."""
    began = time.monotonic()
    latencies = {"latency_s": setting.latency_s, "token_latency_s": setting.token_latency_s}
    with ReferenceServer(**latencies) as server, shuffled(setting.order):
        target = target_at(server.url, limits=Limits(), concurrency=setting.concurrency, key=server.api_key)
        ended = audit(target, folder)
    if ended.trouble or ended.unusable:
        raise RuntimeError(ended.trouble or ended.unusable)
    return Audited(setting, combine(ended.verdicts), time.monotonic() - began)


def usual(audits: Sequence[Audited]) -> dict[str, str]:
    """The outcome that most audits came to, of each requirement."""
    names = dict.fromkeys(name for each in audits for name in each.verdicts)
    return {name: Counter(outcome(each, name) for each in audits).most_common(1)[0][0] for name in names}


def outcome(each: Audited, name: str) -> str:
    """The outcome of a requirement in an audit, "missing" when it has none there."""
    verdict = each.verdicts.get(name)
    return str(verdict.outcome) if verdict else "missing"


def changed(each: Audited, as_usual: dict[str, str]) -> list[str]:
    """The requirements whose outcome in this audit is not the usual one."""
    return [name for name, expected in as_usual.items() if outcome(each, name) != expected]


GATED = Path(__file__).with_name("gated.md")
"""Gated audits of real servers, which this command does not repeat, with their results."""


def page(audits: Sequence[Audited]) -> str:
    """The page, from audits that were done."""
    as_usual = usual(audits)
    flakes = [(each, name) for each in audits for name in changed(each, as_usual)]
    verdicts = len(as_usual) * len(audits)
    rows = [
        f"| {number} | {each.setting} | {each.seconds:.0f} | {len(changed(each, as_usual))} |"
        for number, each in enumerate(audits, 1)
    ]
    lines = [
        "# Stability",
        "",
        "Repeated audits of the same target give the same verdicts. `python -m tests.hostile.flakes --write",
        "docs/stability.md` writes this page. To measure how stable verdicts are, the reference endpoint is audited several times. The repeated audits differ in the number",
        "of concurrent requests, the latency of the endpoint, and the order of the checks. A verdict counts as changed if it differs",
        "from the verdict that most audits gave.",
        "",
        f"**{len(flakes)} of {verdicts:,} verdicts changed** ({len(audits)} audits of {len(as_usual)} requirements;"
        f" flake rate {len(flakes) / max(verdicts, 1):.4%}).",
        "",
        "| audit | concurrent requests | ms before a response | ms before a token | order | s | changed |",
        "|--:|--:|--:|--:|---|--:|--:|",
        *rows,
        "",
    ]
    if flakes:
        lines += ["| audit | requirement | usually | this time | because |", "|--:|---|---|---|---|"]
    for each, name in flakes:
        verdict = each.verdicts.get(name)
        why = (verdict.detail or next((f.observed for f in verdict.findings), "")) if verdict else ""
        said = why.replace("|", "\\|").replace("\n", " ")[:160]
        number = list(audits).index(each) + 1
        lines.append(f"| {number} | `{name}` | {as_usual[name]} | {outcome(each, name)} | {said} |")
    return "\n".join(lines).rstrip() + "\n\n" + GATED.read_text(encoding="utf-8")


def main() -> int:
    """Audit, print or write; 1 when a verdict changed."""
    parser = argparse.ArgumentParser(description="How many verdicts on the same target change.")
    parser.add_argument("--audits", type=int, default=20)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    done: list[Audited] = []
    for setting in settings(chosen.audits):
        with tempfile.TemporaryDirectory() as folder:
            done.append(audited(setting, Path(folder) / "run"))
        found = changed(done[-1], usual(done))
        print(f"{len(done):3} | {setting} | {done[-1].seconds:.0f} s | {found}", file=sys.stderr, flush=True)  # noqa: T201 - progress of a command
    text = page(done)
    if chosen.write:
        chosen.write.write_text(text, encoding="utf-8")
    else:
        print(text)  # noqa: T201 - the command's own output
    as_usual = usual(done)
    return int(any(changed(each, as_usual) for each in done))


if __name__ == "__main__":
    raise SystemExit(main())

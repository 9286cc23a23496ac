"""Judges recordings that other programs made: every exchange in a file is judged by every invariant, in one pass."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import conformance
from conformance.checks.invariants import all_invariants
from conformance.contract import Registry
from conformance.judging.tally import Documented, Judging
from conformance.record import Footer, Header, RedactedRun, Run, RunTarget, RunWriter, now, redacted_run
from conformance.recordings import Found, Rule, Skipped, read_recording
from conformance.verdict import Outcome, combine
from conformance.wire import REDACTED, Exchange, Redactor, events_in, recorded_secrets

MAX_NAMES = 5
MAX_SECRETS = 1_000
"""Maximum number of credentials of uncited exchanges to search for; those of cited exchanges are always searched for."""
_IN_ALL_SPELLINGS = 4  # each costs as much as all others together
_LONG_SECRET = 12  # shorter ones may be words that answers use; they are taken out of what was judged, not before


@dataclass(slots=True)
class _Facts:
    """What one pass over a file found, in addition to the tallies."""

    exchanges: int = 0
    header: Header | None = None
    footer: Footer | None = None
    first: str = ""
    last: str = ""
    hosts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    lost: Counter[Rule] = field(default_factory=Counter)
    secrets: dict[str, None] = field(default_factory=dict)

    def without_secrets(self, exchange: Exchange) -> Exchange:
        """Return the exchange with a redacted response for judging, and remember the credentials in it.

        A finding quotes the response, perhaps truncated in the middle of a secret, so an echoed secret is removed
        first. Here it is searched for literally; when the run is written, in all its forms.
        """
        found = list(recorded_secrets(exchange))
        if len(self.secrets) < MAX_SECRETS:
            self.secrets.update(dict.fromkeys(found))
        body = exchange.body
        for secret in {*found, *islice(self.secrets, _IN_ALL_SPELLINGS)}:
            raw = secret.encode("utf-8", "surrogatepass")
            # Digits alone may be a number of the answer, and JSON without it would be broken.
            if len(raw) >= _LONG_SECRET and not secret.isdigit() and raw in body:
                body = body.replace(raw, REDACTED.encode())
        if body is exchange.body:
            return exchange
        events = exchange.events and events_in(exchange.request, body, [event.at_ms for event in exchange.events])
        return replace(exchange, body=body, events=events)

    def notes(self) -> tuple[str, ...]:
        """Return notes about the recording that a reader of the verdicts needs."""
        return (
            *(f"{count} entries were not judged: {reason}" for reason, count in sorted(self.skipped.items())),
            *(
                f"{count} exchanges have lost {rule.fact} ({rule.name}): {rule.reason}"
                for rule, count in sorted(self.lost.items(), key=lambda item: item[0].name)
            ),
        )


def judge_file(
    path: Path,
    registry: Registry,
    *,
    contracts: Collection[str] = ("openai",),
    documented: Documented | None = None,
) -> RedactedRun:
    """Judge a run file, HAR file, VCR cassette or file of JSON lines by all invariants in the given contracts.

    The returned run has exactly one verdict for each invariant. For the run file of an audit, use `conformance judge`,
    which replays the probes and judges all checks, not only the invariants. `exchanges` of the returned run has only
    the exchanges that verdicts cite, at most ten per requirement. Exchanges are read one at a time to save memory, but
    HAR files and VCR cassettes are read whole. If a request contains a credential, the credential is removed everywhere
    in the recording. `documented` is a function that returns the profile's documented difference for a requirement and
    a cause, or None.

    Raises `RecordingError` if the file cannot be read or is damaged.
    """
    started, clock = now(), time.monotonic()
    wanted = {name for name in all_invariants() if name in registry and registry[name].contract in contracts}
    judging = Judging(registry, wanted, documented)
    facts = _Facts()
    cited: dict[str, Exchange] = {}
    for recorded in _exchanges(path, facts):
        exchange = facts.without_secrets(recorded)
        facts.exchanges += 1
        if judging.add(exchange):
            cited[exchange.id] = exchange
    verdicts = tuple(judging.verdicts())
    by_outcome = Counter(str(verdict.outcome) for verdict in combine(verdicts).values())
    run = Run(
        header=_header(path, facts, tuple(contracts), started),
        exchanges=cited,
        verdicts=verdicts,
        footer=Footer(
            ended=now(),
            complete=facts.footer.complete if facts.footer is not None else facts.header is None,
            interrupted=facts.footer.interrupted if facts.footer is not None else facts.header is not None,
            summary={
                "requests": 0,
                "exchanges": facts.exchanges,
                "output_tokens": 0,
                "seconds": round(time.monotonic() - clock, 3),
                "by_outcome": {str(outcome): by_outcome[str(outcome)] for outcome in Outcome},
            },
        ),
    )
    return redacted_run(run, _redactor(cited.values(), facts.secrets))


def _redactor(cited: Iterable[Exchange], recorded: Iterable[str]) -> Redactor:
    """Return a redactor for the credentials of cited exchanges in every form, and for others literally."""
    shown = dict.fromkeys(secret for exchange in cited for secret in recorded_secrets(exchange))
    return Redactor(islice(shown, _IN_ALL_SPELLINGS), (*shown, *recorded))


def judge_to(
    path: Path,
    registry: Registry,
    run_file: Path,
    *,
    contracts: Collection[str] = ("openai",),
    documented: Documented | None = None,
) -> RedactedRun:
    """Judge a recording as `judge_file` does, and write the result to a new run file.

    Raises `RecordingError` if the recording cannot be read; then no file is written. Raises `RunFileError` if the run
    file exists or cannot be written.
    """
    run = judge_file(path, registry, contracts=contracts, documented=documented)
    with RunWriter(run_file, Redactor()) as writer:
        writer.header(run.header)
        for exchange in run.exchanges.values():
            writer.exchange(exchange)
        for verdict in run.verdicts:
            writer.verdict(verdict)
        if run.footer is not None:
            writer.footer(run.footer)
    return run


def _exchanges(path: Path, facts: _Facts) -> Iterator[Exchange]:
    for item in read_recording(path):
        match item:
            case Found(exchange=exchange):
                facts.lost.update(item.rules)
                facts.hosts[_host(exchange.request.url)] += 1
                if item.recorded_at:
                    facts.first = min(facts.first or item.recorded_at, item.recorded_at)
                    facts.last = max(facts.last, item.recorded_at)
                yield exchange
            case Exchange():
                yield item
            case Skipped(reason=reason):
                facts.skipped[reason] += 1
            case Header():
                facts.header = item
            case Footer():
                facts.footer = item
            case _:
                pass


def _header(path: Path, facts: _Facts, contracts: tuple[str, ...], started: str) -> Header:
    version = conformance.__version__
    if facts.header is not None:
        notes = (*facts.header.notes, f"judged again from {path.name} with version {version}")
        return replace(facts.header, suite_version=version, notes=(*notes, *facts.notes()))
    hosts = [host for host, _ in facts.hosts.most_common(MAX_NAMES)]
    more = f" and {len(facts.hosts) - MAX_NAMES} more" if len(facts.hosts) > MAX_NAMES else ""
    span = f"recorded from {facts.first} to {facts.last}" if facts.first else "when it was recorded is not known"
    return Header(
        suite_name="openai-conformance",
        suite_version=version,
        target=RunTarget(url=", ".join(hosts) + more, model="", profile="openai", contracts=contracts),
        started=started,
        settings={"recording": path.name},
        notes=(f"judged from {path.name}; {span}", *facts.notes()),
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "unknown host"
    except ValueError:
        return "unknown host"

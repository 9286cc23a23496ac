"""Completes the run file of a run that was stopped before all records were written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from conformance.record.codec import footer_to_dict, header_to_dict
from conformance.record.records import Footer, Header
from conformance.record.redacted import redacted_footer, redacted_header, redacted_verdict
from conformance.verdict import Verdict, combine
from conformance.wire import Redactor


def finish_run(file: Path, header: Header, owed: Iterable[Verdict], footer: Footer, redactor: Redactor) -> None:
    """Add the missing parts of the run file: header, verdicts or footer. Raises `OSError`.

    A truncated last line is removed from the file. A run file that already has a footer is not changed.
    """
    kinds: Counter[str] = Counter()
    verdicts: list[Verdict] = []
    whole = 0
    if file.exists():
        with file.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                kind = line[:24].split(b'"')[3].decode()
                kinds[kind] += 1
                if kind == "verdict":
                    verdicts.append(Verdict.from_dict(json.loads(line)))
    if kinds["footer"]:
        return
    known = Counter((verdict.requirement, verdict.case) for verdict in verdicts)
    missing = []
    for verdict in owed:
        known[verdict.requirement, verdict.case] -= 1
        if known[verdict.requirement, verdict.case] < 0:
            missing.append(redacted_verdict(verdict, redactor))
    found = Counter(str(verdict.outcome) for verdict in combine([*verdicts, *missing]).values())
    counts = {"exchanges": kinds["exchange"], "by_outcome": dict(found)}
    ended = redacted_footer(replace(footer, summary={"requests": 0, **footer.summary, **counts}), redactor)
    records = [
        *([] if kinds["header"] else [("header", header_to_dict(redacted_header(header, redactor)))]),
        *(("verdict", verdict.to_dict()) for verdict in missing),
        ("footer", footer_to_dict(ended)),
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("r+b" if file.exists() else "xb") as run:
        run.truncate(whole)
        run.seek(whole)
        for kind, data in records:
            run.write(json.dumps({"kind": kind, **data}, allow_nan=False).encode("ascii") + b"\n")

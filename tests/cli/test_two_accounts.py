"""A run with the keys of two accounts: what it finds, that neither key is written, and that the run can be judged again."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import conformance

from conformance.cli.endpoints import endpoint_of, packs_of, url_of
from conformance.config import load_profile
from conformance.record import read_run
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine

ONLY = ("telnyx.conversations.other-account", "telnyx.responses.conversation-other-account")


@pytest.mark.parametrize(
    ("mutant", "second", "wanted"),
    [
        ((), True, (Outcome.PASS, Outcome.PASS)),
        (("telnyx-other-account-read",), True, (Outcome.WARN, Outcome.PASS)),
        ((), False, (Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE)),
    ],
)
def test_two_accounts(mutant: tuple[str, ...], second: bool, wanted: tuple[Outcome, ...], tmp_path: Path) -> None:
    """Without the second key, nothing is judged. Judging the run again gives the same verdicts."""
    contracts = load_profile("telnyx").contracts
    with ReferenceServer(endpoint_of(packs_of(contracts), mutant)) as server:
        words = ["run", url_of(server, contracts), "--profile", "telnyx", "-q", "--output", str(tmp_path / "run")]
        words += [word for name in ONLY for word in ("--only", name)]
        env = {"CONFORMANCE_API_KEY": server.api_key, "OTHER": server.second_key}
        done = conformance(*words, *(("--second-key-env", "OTHER") if second else ()), folder=tmp_path, **env)
        assert done.returncode == (0 if second else 4), done.stderr
    verdicts = combine(read_run(tmp_path / "run" / "run.ndjson").verdicts)
    assert tuple(verdicts[name].outcome for name in ONLY) == wanted
    keys = (server.api_key, server.second_key)
    for file in (each for each in (tmp_path / "run").rglob("*") if each.is_file()):
        text = file.read_text(encoding="utf-8")
        assert not [key for key in keys if f"Bearer {key}" in text or keys[1] in text], file
    verified = conformance("verify", str(tmp_path / "run"), folder=tmp_path)
    assert verified.returncode == 0, verified.stdout

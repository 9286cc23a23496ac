"""What is learned from recordings is their shape, all of it, and nothing of their content."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conformance.contract import SpecError
from conformance.recordings.observe import dumps, family_of, half_of, observe
from conformance.specs import SPECS
from tests.recordings import samples
from tests.recordings.observed import Presence, load_observed

URL_HOST = {"host": "api.openai.com"}


def learned(tmp_path: Path, *rows: dict[str, object]) -> Path:
    """A folder of specs with what was observed of these rows."""
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = tmp_path / "openai"
    folder.mkdir(exist_ok=True)
    (folder / "observed.json").write_text(dumps(observe([file])))
    return tmp_path


def test_presence_types_and_words_are_counted(tmp_path: Path) -> None:
    """A key is always, sometimes or never there, told by family and half-year; words of the API are kept."""
    old = {**samples.COMPLETION, "model": "gpt-4-0613"}
    new = {**samples.COMPLETION, "model": "gpt-4o-2024-08-06", "service_tier": "default"}
    observed = load_observed(
        learned(
            tmp_path,
            samples.row(old, recorded_at="2024-02-01T00:00:00Z", **URL_HOST),
            samples.row(new, recorded_at="2025-09-01T00:00:00Z", **URL_HOST),
            samples.row(samples.STREAM, response_headers=samples.SSE_HEADERS, **URL_HOST),
            samples.row(samples.REFUSAL, status=400, **URL_HOST),
            samples.row(new, host="api.example.com"),
        )
    )
    assert observed.exchanges == 4
    shape = observed.shapes["chat json chat.completion"]
    assert shape.seen == {"gpt-4": {"2024H1": 1}, "gpt-4o": {"2025H2": 1}}
    tier = shape.paths["/service_tier"]
    assert tier.presence is Presence.SOMETIMES
    assert tier.presence_in("gpt-4o", "2025H2") is Presence.ALWAYS
    assert tier.presence_in("gpt-4", "2024H1") is Presence.NEVER
    assert tier.values == ("default",)
    assert "/choices/*/message/content" in shape.always()
    assert shape.paths["/choices/*/logprobs"].types == {"null"}
    assert shape.paths["/choices/*/finish_reason"].values == ("stop",)
    assert "chat sse chat.completion.chunk" in observed.shapes
    assert observed.shapes["chat json error"].paths["/error/param"].types == {"null"}
    assert observed.headers["chat json success"].always == {"content-type", "date", "x-request-id"}


def test_no_content_is_kept(tmp_path: Path) -> None:
    """Neither text, ids, arguments nor keys that callers chose get into the file."""
    secret = "Zebra7"
    body = {
        **samples.COMPLETION,
        "id": secret,
        "system_fingerprint": secret,
        "metadata": {secret: secret},
        "tools": [{"type": "function", "name": secret, "parameters": {"properties": {secret: {"type": "string"}}}}],
        "object": "chat.completion",
        "status": f"Very {secret}",
    }
    folder = learned(tmp_path, samples.row(body, **URL_HOST))
    text = (folder / "openai" / "observed.json").read_text()
    assert secret not in text
    assert "/tools/*[function]/parameters" in text
    assert "Hello" not in text


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o"),
        ("gpt-4o-audio-preview", "audio"),
        ("gpt-4o-search-preview", "search"),
        ("gpt-4.1-nano", "gpt-4.1"),
        ("gpt-4-turbo", "gpt-4"),
        ("gpt-3.5-turbo", "gpt-3.5"),
        ("gpt-5.2", "gpt-5"),
        ("o3-mini", "o-series"),
        ("o1", "o-series"),
        ("text-embedding-3-small", "embedding"),
        ("davinci-002", "other"),
        (None, "none"),
    ],
)
def test_models_have_families(model: str | None, family: str) -> None:
    """A model's name tells its family."""
    assert family_of(model) == family


def test_dates_have_halves() -> None:
    """Half-years begin in January and July."""
    assert [half_of(day) for day in ("2025-06-30", "2025-07-01", "", "x")] == ["2025H1", "2025H2", "unknown", "unknown"]


def test_the_committed_file_can_be_read_and_is_small() -> None:
    """What comes with the suite has the kinds of objects that matter, in less than 300 kB."""
    observed = load_observed()
    assert observed.exchanges > 1500
    assert {"/id", "/choices", "/usage/total_tokens"} <= observed.shapes["chat json chat.completion"].always()
    assert observed.shapes["responses sse response.output_text.delta"].paths["/delta"].types == {"string"}
    assert (SPECS / "openai" / "observed.json").stat().st_size < 300_000


def test_the_committed_file_is_what_the_recordings_show() -> None:
    """Observing again gives the same file."""
    shared = os.environ.get("CONFORMANCE_SHARED")
    if not shared:
        pytest.skip("CONFORMANCE_SHARED is not set: no recorded traffic to observe")
    again = dumps(observe([Path(shared) / "corpus" / "openai.jsonl.gz"])) + "\n"
    assert again == (SPECS / "openai" / "observed.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"format": 9}', '{"format": 1, "exchanges": 1, "headers": {}, "shapes": {"a": 1}}']
)
def test_a_wrong_file_is_said(tmp_path: Path, text: str) -> None:
    """A file that `observe` did not write is one sentence."""
    (tmp_path / "openai").mkdir()
    (tmp_path / "openai" / "observed.json").write_text(text)
    with pytest.raises(SpecError, match="observe the recordings again"):
        load_observed(tmp_path)

"""The command that a report prints repeats the run: it names the packs, and one requirement if it is about one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample

from conformance.report import wording
from conformance.report.model import build_model
from conformance.report.safe_text import markdown_text
from conformance.report.wording import command, repeating


def test_a_command_names_the_packs_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "given_packs", lambda: ("/packs/acme", "/packs/two words"))
    assert " --pack /packs/acme --pack '/packs/two words' " in command(build_model(sample.run(), sample.registry()))


def test_a_command_about_one_requirement_has_one_selection() -> None:
    run = sample.run()
    chosen = replace(run.header, settings={**run.header.settings, "only": ["chat", "level:MUST"]})
    model = build_model(replace(run, header=chosen), sample.registry())
    assert command(model).count("--only") == 1
    assert "--level must" in command(model)
    assert command(model, "chat.stop.array").endswith(" --only chat.stop.array")
    assert command(model, "chat.stop.array").count("--only") == 1
    assert "--only" not in repeating(model)
    assert repeating(model) in command(model)


def test_a_bracket_after_a_link_is_not_part_of_the_link() -> None:
    said = markdown_text("known (owner core, https://tracker.example/ENG-1234).")
    assert said == "known (owner core, `https://tracker.example/ENG-1234`)."

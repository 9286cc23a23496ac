"""An image under Telnyx's contract is the URL itself; OpenAI's object is optional there, and nothing else is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.packs.telnyx.reference import REFERENCE
from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.endpoint import Endpoint
from conformance.reference.part import Kind
from conformance.reference.prompt import Json
from conformance.reference.serve import ReferenceServer
from conformance.verdict import combine

ASKED = ["chat.messages.image", "telnyx.chat.image-object"]


def endpoint(*replaced: Kind) -> Endpoint:
    """An endpoint of Telnyx's contract with these parts."""
    return Endpoint(replaced=replaced, added=REFERENCE.parts)


def reads(*forms: str) -> Endpoint:
    """An endpoint that reads images in these forms, whatever the contract says."""

    class Reads(ChatRequests):
        def check_messages(self, body: Json, dialect: Dialect) -> None:
            super().check_messages(body, replace(dialect, image_url=forms))

    return endpoint(Reads)


@pytest.mark.parametrize(
    ("served", "wanted"),
    [
        (endpoint(), ["pass", "unsupported"]),
        (reads("string"), ["pass", "unsupported"]),
        (reads("string", "object"), ["pass", "pass"]),
        (reads("object"), ["warn", "inconclusive"]),
    ],
    ids=["reference", "the contract to the letter", "both", "OpenAI's alone"],
)
def test_the_documented_form_is_the_one_that_is_asked_for(
    served: Endpoint, wanted: Sequence[str], tmp_path: Path
) -> None:
    with ReferenceServer(served) as server:
        url = server.origin + REFERENCE.base_path
        target = Target(url=url, profile=load_profile("telnyx"), key=server.api_key, model="reference-1")
        audited = audit(target, tmp_path / "run", only=ASKED)
    verdicts = combine(audited.verdicts)
    assert [str(verdicts[name].outcome) for name in ASKED] == wanted

"""What is attached to Allure's results has no credential, also where a long body is cut."""

from __future__ import annotations

import pytest

from conformance.plugin import allure as ours
from conformance.verdict import Level, Outcome, Verdict
from conformance.wire import Exchange, Redactor, Request

KEY = "sk-Proj-Ab3xY9z0123456789"


@pytest.mark.parametrize("length", [5, 12, len(KEY) - 1])
def test_an_attachment_is_cut_after_it_is_cleaned(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the middle of which the attachment ends leaves no beginning; URL and headers are cleaned, too."""
    attached: list[str] = []
    monkeypatch.setattr(ours.allure, "attach", lambda text, *_: attached.append(text))
    monkeypatch.setattr(ours.allure.dynamic, "label", lambda *_: None)
    body = b"a" * (ours.MAX_BODY - length) + KEY.encode() + b"bbbb"
    headers = (("authorization", f"Bearer {KEY}"), ("helicone-auth", "Bearer other"))
    request = Request("POST", "https://user:password@h/v1?key=value", headers, body)
    verdict = Verdict("chat.stop", Level.MUST, Outcome.UNSUPPORTED, exchanges=("x1",))
    exchange = Exchange("x1", request, status=200, headers=(("set-cookie", "a=session"),), body=body)
    ours.attach(verdict, {"x1": exchange}, Redactor([KEY]), "KEY_ENV")
    assert len(attached) == 3
    for text in attached:
        assert not any(secret in text for secret in (KEY[:5], "other", "password", "=value", "session")), text[-200:]

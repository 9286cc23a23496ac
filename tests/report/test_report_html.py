"""report.html is one safe file: no outside request, nothing of a target is markup, bounded, readable."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import sample

from conformance.record import Run
from conformance.report.evidence import curl_text, exchange_view
from conformance.report.formats.html_report import render_html
from conformance.report.model import build_model
from conformance.report.palette import DARK, LIGHT, Theme
from conformance.verdict import Level, Outcome, Verdict
from conformance.wire import Exchange, Request

RUNS = {"sample": sample.run(), "hostile": sample.hostile_run(), "empty": Run(sample.header(), {}, (), None)}


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts and style."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.text = ""
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.raw.append((self._open, data))
        else:
            self.text += data


def page(run: Run) -> Page:
    return Page(render_html(build_model(run, sample.registry())))


def data_of(parsed: Page) -> dict:
    return json.loads(next(data for tag, data in parsed.raw if tag == "script"))


def evidence(parsed: Page) -> dict:
    return data_of(parsed)["evidence"]["exchanges"]


def pointed_to(parsed: Page) -> set[str]:
    """The exchanges that the page has a place for: in its requirements, or in its causes."""
    of_rows = {name for row in data_of(parsed)["rows"] for name in row.get("exchanges", ())}
    return of_rows | {name for _, a in parsed.elements for name in (a.get("data-exchanges") or "").split()}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_nothing_is_asked_from_outside(run: Run) -> None:
    """No element loads anything, and the policy would forbid it."""
    for tag, attributes in page(run).elements:
        assert tag not in ("img", "iframe", "object", "embed", "video", "audio", "base", "form", "source")
        assert "src" not in attributes
        assert not (tag == "link" and attributes != {"rel": "icon", "href": "data:,"})
        if tag == "a":
            assert str(attributes["href"]).startswith("#")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_policy_allows_our_script_and_style_by_hash_and_nothing_else(run: Run) -> None:
    """The hashes in the policy are those of what stands in the page; there is no unsafe word."""
    parsed = page(run)
    policy = next(a["content"] for tag, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy

    def said(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    style, _, script = (data for _, data in parsed.raw)
    assert [tag for tag, _ in parsed.raw] == ["style", "script", "script"]
    assert f"style-src {said(style)};" in policy
    assert f"script-src {said(script)};" in policy


def test_a_hostile_run_changes_no_element_of_the_page() -> None:
    """Every tag is one the template writes; the hostile text is only ever text."""
    hostile = page(sample.hostile_run())
    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in page(sample.run()).elements}
    assert "<script>alert(1)</script>" in hostile.text
    assert "{{ 7*7 }}" in hostile.text
    assert "49" not in re.findall(r"\b49\b", hostile.text)
    assert "onerror" in json.dumps(evidence(hostile))


def test_no_character_that_fools_the_eye_is_in_the_page() -> None:
    """Controls and overrides are written out, in text and in evidence."""
    text = render_html(build_model(sample.hostile_run(), sample.registry()))
    text.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", text)
    assert "⟨U+202E⟩" in text


def test_each_exchange_is_embedded_once_and_only_when_a_row_points_to_it() -> None:
    """Thirty rows that point to one exchange cost one copy."""
    parsed = page(sample.run())
    found = evidence(parsed)
    assert pointed_to(parsed) == set(found) <= set(sample.exchanges())
    text = render_html(build_model(sample.run(), sample.registry()))
    assert text.count('"id\\": \\"chatcmpl-1\\"') == 1


def test_a_big_run_stays_below_a_megabyte() -> None:
    """150 exchanges of 100 KB each fit, because bodies are cut, and say so."""
    big = {}
    for at in range(1, 151):
        made = sample.exchange(at, sample.completion(at, "word " * 20_000))
        big[made.id] = made
    cited = tuple(replace(verdict, exchanges=tuple(big)) for verdict in sample.verdicts())
    text = render_html(build_model(Run(sample.header(), big, cited, sample.footer()), sample.registry()))
    assert 500_000 < len(text.encode()) <= 1_000_000
    found = evidence(Page(text))
    assert len(found) == 60
    assert re.fullmatch(
        r"Only the first [\d,]+ of 100,\d+ bytes are shown; all are in run.ndjson.", found["x0001"]["cut"]
    )


def test_a_clean_run_stays_below_700_kilobytes() -> None:
    """Its exchanges are examples, which may be shorter than evidence."""
    big = {made.id: made for made in (sample.exchange(at, sample.completion(at, "word " * 5_000)) for at in range(300))}
    passes = tuple(
        Verdict(name, Level.MUST, Outcome.PASS, exchanges=(f"x{at:04}",))
        for at, name in enumerate([*sample.registry(), *(f"a.b{n}" for n in range(250))])
    )
    text = render_html(build_model(Run(sample.header(), big, passes, sample.footer()), sample.registry()))
    assert 500_000 < len(text.encode()) <= 700_000


def test_a_long_stream_keeps_its_beginning_and_its_end() -> None:
    """The last events tell most: finish reason, usage, [DONE]."""
    made = sample.exchange(1, sample.stream(1, ("word",) * 2_000), sse=True)
    view = exchange_view(made, 20_000, "KEY")
    numbers = [event[0] for event in view["events"]]
    assert numbers[0] == 0
    assert numbers[-1] == len(made.events) - 1
    assert view["events"][-1][3] == "[DONE]"
    assert view["cut"].startswith(f"{len(made.events) - len(numbers):,} of {len(made.events):,} events are left out")
    assert sum(len(event[3]) for event in view["events"]) < 20_000


def test_a_cut_splits_no_character() -> None:
    """A body of three-byte characters is cut between them."""
    view = exchange_view(sample.exchange(1, "漢".encode() * 1_000), 1_000, "KEY")
    assert view["body"] == "漢" * 333
    binary = exchange_view(sample.exchange(1, b"\xff\xfe\x00ok"), 1_000, "KEY")
    assert binary["body"] == "\\xff\\xfe␀ok"


def test_curl_with_overrides_is_the_same_json_in_plain_characters() -> None:
    """The copied command sends the same value and shows no hidden character."""
    body = json.dumps({"text": "a\u202eb 🎉\u200d"}, ensure_ascii=False).encode()
    said = curl_text(Request("POST", sample.URL, (("content-type", "application/json"),), body), "not a name")
    sent = re.search(r"--data-raw '(.*)'", said)
    assert sent is not None
    assert sent[1].isascii()
    assert json.loads(sent[1]) == json.loads(body)


def test_a_missing_response_is_shown_with_its_failure_and_its_earlier_tries() -> None:
    """A timeout is evidence too."""
    view = evidence(page(sample.run()))["x0030"]
    assert view["status"] is None
    assert view["failure"] == "timeout-read: no byte for 30 seconds"
    assert view["attempts"] == ["503, waited 1.5 s", "connect, waited 3.0 s"]


def test_an_exchange_that_the_run_does_not_have_is_no_link() -> None:
    """A truncated run file still makes a report."""
    few: dict[str, Exchange] = {"x0001": sample.exchanges()["x0001"]}
    parsed = page(replace(sample.run(), exchanges=few))
    assert set(evidence(parsed)) == {"x0001"}
    assert "x0030" not in pointed_to(parsed)


def test_every_link_within_the_page_has_its_target() -> None:
    """Deep links lead somewhere, and no id is given twice."""
    parsed = page(sample.run())
    ids = [a["id"] for _, a in parsed.elements if a.get("id")]
    assert len(ids) == len(set(ids))
    links = {str(a["href"])[1:] for tag, a in parsed.elements if tag == "a"}
    data = data_of(parsed)
    rows = {row["id"] for row in data["rows"]}
    assert {link for link in links if "=" not in link} <= {*ids, *rows}
    assert {anchor for found in data["causes"].values() for anchor in found} <= set(ids) & set(data["anchors"])
    assert "chat.stop.excluded" in rows
    assert not rows & set(ids)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_asks_for(theme: Theme) -> None:
    """At least 4.5 for text on each ground it stands on; outcome text also on a card."""
    grounds = (theme.page, theme.card, theme.sunken)
    pairs = [(colour, ground) for colour in (theme.text, theme.muted, theme.link) for ground in grounds]
    for outcome in Outcome:
        text, back, _ = theme.outcomes[outcome]
        pairs += [(text, back), (text, theme.card)]
    poor = {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5}
    assert poor == {}


def test_names_in_our_sentences_are_code_and_nothing_else_is_markup() -> None:
    """`names` in backticks become code; a lone backtick and any tag stay text."""
    from conformance.report.html_page import _prose

    assert str(_prose("With `max_tokens` <b>1</b>.")) == "With <code>max_tokens</code> &lt;b&gt;1&lt;/b&gt;."
    assert str(_prose("a ` lone <i>")) == "a ` lone &lt;i&gt;"

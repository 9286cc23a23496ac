"""In a real browser the page works under its own policy: it opens, filters, moves and prints; nothing of a target runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sample
from chromium import AXE, BROWSER, LOOKS, Tab

from conformance.contract import load_registry
from conformance.record import Run
from conformance.report import write_all
from conformance.verdict import Finding, Level, Outcome, Verdict

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no chromium found; install it to check report.html in a browser"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_all(sample.run(), tmp_path_factory.mktemp("sample"), sample.registry(), only=["html"])["html"]


@pytest.fixture(autouse=True)
def silent(tab: Tab) -> Iterator[None]:
    """A window of a desk; after each test, the console has said nothing."""
    tab.view(1400)
    tab.log.clear()
    yield
    assert tab.log == []


def rows(tab: Tab, more: str = "") -> list[str]:
    """The ids of the requirements that are to be seen."""
    found: list[str] = tab.js(
        f"[...document.querySelectorAll('.row{more}')].filter(e => e.checkVisibility()).map(e => e.id)"
    )
    return found


def test_it_opens_on_causes_then_what_is_broken_and_passes_are_folded(tab: Tab, page: Path) -> None:
    """The first thing to read is what to fix, not a list of passes."""
    tab.open(page)
    places = tab.js("['.cause', '.row', '.board'].map(s => document.querySelector(s).getBoundingClientRect().top)")
    assert places == sorted(places)
    assert set(tab.js("[...document.querySelectorAll('.row')].map(e => e.dataset.outcome)")) == {"fail"}
    assert tab.js("document.querySelectorAll('.cause[open]').length") == 3


def test_a_link_to_a_requirement_opens_its_row_also_after_a_reload(tab: Tab, page: Path) -> None:
    """`#chat.stop.excluded` leads to the open row with its evidence."""
    tab.open(page, "#chat.stop.excluded")
    for _ in range(2):
        assert rows(tab, "[open]") == ["chat.stop.excluded"]
        assert "x0012" in tab.js("document.getElementById('chat.stop.excluded').textContent")
        assert 0 <= tab.js("document.getElementById('chat.stop.excluded').getBoundingClientRect().top") < 300
        assert tab.js("document.activeElement.parentElement.id") == "chat.stop.excluded"
        tab.js("scrollTo(0, 0)")
        tab.reload()


def test_a_link_to_a_pass_opens_its_group(tab: Tab, page: Path) -> None:
    """A pass is folded away, and is found all the same."""
    tab.open(page, "#chat.stop.array")
    assert rows(tab, "[open]") == ["chat.stop.array"]


def test_a_cause_that_is_opened_is_in_the_address_and_open_after_a_reload(tab: Tab, page: Path) -> None:
    """What somebody looks at can be sent to a colleague."""
    tab.open(page)
    last = tab.js("[...document.querySelectorAll('.cause')].filter(e => e.checkVisibility()).at(-1).id")
    tab.click(f"#{last} > summary")
    tab.settle()
    assert tab.js("location.hash") == f"#{last}"
    tab.reload()
    assert tab.js(f"document.getElementById('{last}').open") is True
    assert tab.js(f"document.querySelectorAll('#{last} .pairs').length") == 1
    assert tab.js(f"document.getElementById('{last}').getBoundingClientRect().top") < 850


def test_filters_and_theme_come_from_the_address(tab: Tab, page: Path) -> None:
    """A view that was sent to a colleague is the view the colleague sees."""
    tab.open(page, "#outcome=fail,warn&level=MUST&q=stop+sequence&theme=dark")
    assert rows(tab) == ["chat.stop.excluded", "chat.stop.split-over-chunks"]
    assert tab.js("document.documentElement.dataset.theme") == "dark"
    assert tab.js("document.getElementById('shown').textContent") == "2 of 42 shown"


def test_each_filter_leaves_what_it_says(tab: Tab, page: Path) -> None:
    """By outcome, level, area and status class; the address has each, and Clear takes them back."""
    tab.open(page)
    tab.click(".chip[data-outcome=warn]")
    assert set(
        tab.js("[...document.querySelectorAll('.row')].filter(e => e.checkVisibility()).map(e => e.dataset.outcome)")
    ) == {"warn"}
    assert tab.js("location.hash") == "#outcome=warn"
    tab.click("#clear")
    tab.click("button[data-level=SHOULD]")
    assert tab.js(
        "[...document.querySelectorAll('.row .level')].filter(e => e.checkVisibility()).every(e => e.textContent === 'SHOULD')"
    )
    tab.click("#clear")
    for name, value, shown in (("area", "errors", "errors.envelope"), ("status", "4xx", "errors.wrong-type")):
        tab.js(
            f"(e => {{ e.value = '{value}'; e.dispatchEvent(new Event('change')); }})(document.getElementById('{name}'))"
        )
        assert shown in rows(tab)
        assert "chat.stream.done" not in rows(tab)
        assert tab.js("location.hash") == f"#{name}={value}"
        tab.click("#clear")
    assert tab.js("location.hash") == ""


def test_keys_move_from_failure_to_failure_and_to_the_search(tab: Tab, page: Path) -> None:
    """The key n goes on, p goes back, / searches, Escape ends that."""
    tab.open(page)
    seen = []
    for key in "nnp":
        tab.key(key)
        seen.append(tab.js("document.activeElement.parentElement.id"))
    assert seen[0] == seen[2] != seen[1]
    for _ in range(40):
        tab.key("n")
    assert tab.js("document.activeElement.parentElement.dataset.outcome") == "fail"
    tab.key("/")
    assert tab.js("document.activeElement.id") == "q"
    tab.key("n")
    assert tab.js("document.getElementById('q').value") == "n"
    tab.key("Escape")
    assert tab.js("document.getElementById('q').value") == ""


def test_the_place_of_a_finding_is_marked_in_its_exchange(tab: Tab, page: Path) -> None:
    """In a body by its pointer, in a stream by its event, in the status line."""
    marks = {"chat.completion.finish-reason": '"eos_token"', "chat.stop.excluded": '"5"', "errors.wrong-type": "422"}
    for name, marked in marks.items():
        tab.open(page, f"#{name}")
        tab.click(f"[id='{name}'] .x > summary")
        tab.settle()
        assert marked in tab.js(f"document.getElementById('{name}').querySelector('mark').textContent")


def test_marks_find_keys_in_arrays_nested_objects_and_escaped_names(tab: Tab, tmp_path: Path) -> None:
    """The pretty printer counts array items, passes empty containers, and falls back to the nearest value around."""
    body = b'{"a":[{},[],{"x":[1,2,{"y/z":"here"}]}],"b":{"a":1}, "a~": 3.50}'
    wanted = {"/a/2/x/2/y~1z": '"here"', "/a/2/x/1": "2", "/b/a": "1", "/a~0": "3.50", "/b/none": '{\n    "a": 1\n  }'}
    for place, marked in wanted.items():
        said = sample.broken("chat.stop.array", Level.MUST, Finding("this", "that", place, "x0001"))
        run = Run(sample.header(), {"x0001": sample.exchange(1, body)}, (said,), sample.footer())
        tab.open(write_all(run, tmp_path, sample.registry(), only=["html"])["html"], "#chat.stop.array")
        tab.click("[id='chat.stop.array'] .x > summary")
        tab.settle()
        assert tab.js("document.getElementById('chat.stop.array').querySelector('mark').textContent") == marked
        shown = tab.js("document.getElementById('chat.stop.array').querySelectorAll('.xin pre')[1].textContent")
        assert json.loads(shown) == json.loads(body)
        assert "3.50" in shown


def test_the_curl_of_an_exchange_is_the_one_that_other_reports_have(tab: Tab, page: Path) -> None:
    """The page says each body once and puts it back into its command."""
    from conformance.report.evidence import curl_text

    tab.open(page, "#chat.stop.excluded")
    tab.click("[id='chat.stop.excluded'] .x > summary")
    tab.settle()
    shown = tab.js("[...document.querySelectorAll('[id=\"chat.stop.excluded\"] .xin pre')].at(-1).textContent")
    assert shown == curl_text(sample.exchanges()["x0012"].request, "SAMPLE_KEY")


def test_nothing_a_hostile_target_wrote_runs_or_breaks_the_page(tab: Tab, tmp_path: Path) -> None:
    """The script of the page works to its end, and no policy violation is logged."""
    hostile = write_all(sample.hostile_run(), tmp_path, sample.registry(), only=["html"])["html"]
    tab.open(hostile, "#chat.stop.array")
    assert tab.js("document.getElementById('shown').textContent") == "5 requirements"
    assert "x0003" in tab.js("document.getElementById('chat.stop.array').textContent")
    for _ in range(3):
        tab.js("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        tab.settle()
    assert tab.js("document.querySelectorAll('img, script:not(#data, :last-of-type)').length") == 0


def test_the_policy_of_the_page_stops_any_other_script(tab: Tab, page: Path, tmp_path: Path) -> None:
    """A script that somebody slips into the page does not run, and the browser says why."""
    slipped = "<script>document.title = 'slipped in'</script></body>"
    other = tmp_path / "report.html"
    other.write_text(page.read_text("utf-8").replace("</body>", slipped), encoding="utf-8")
    tab.open(other)
    assert tab.js("document.title") != "slipped in"
    assert "Content Security Policy directive" in " ".join(tab.log)
    tab.log.clear()


def whole_registry(outcome: Outcome) -> Run:
    """Every requirement of every contract with one outcome."""
    found = Finding("this", "that", "/choices/0", "x0001")
    said = tuple(
        sample.broken(each.id, each.level, Finding(*found.to_dict().values()))
        if outcome is Outcome.FAIL
        else Verdict(each.id, each.level, outcome, exchanges=("x0001",), seen=1)
        for each in load_registry().values()
    )
    return Run(sample.header(), sample.exchanges(), said, sample.footer())


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.PASS])
def test_the_whole_registry_is_a_small_page(tab: Tab, tmp_path: Path, outcome: Outcome) -> None:
    """All broken or all right: at most a megabyte and 3,000 elements before anything is opened; one or two sheets of paper."""
    file = write_all(whole_registry(outcome), tmp_path, load_registry(), only=["html"])["html"]
    assert file.stat().st_size <= 1_000_000
    tab.open(file)
    assert tab.js("document.querySelectorAll('*').length") <= 3_000
    tab.call("Emulation.setEmulatedMedia", media="")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", tab.pdf())) <= 2


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_nothing_is_wider_than_the_window(tab: Tab, page: Path, width: int, dark: bool) -> None:
    """Nobody scrolls sideways on a phone, with everything open."""
    tab.view(width, dark=dark)
    tab.open(page)
    for _ in range(2):
        tab.js("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        tab.settle()
    assert tab.js("document.documentElement.scrollWidth") <= width


@pytest.mark.skipif(not AXE, reason="AXE_CORE is not set; `nox -s browser` fetches axe-core and sets it")
@pytest.mark.parametrize("opened", [False, True], ids=["as it opens", "all open"])
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_axe_finds_nothing(tab: Tab, page: Path, width: int, dark: bool, opened: bool) -> None:
    """No rule of axe-core is broken, contrast included."""
    tab.view(width, dark=dark)
    tab.open(page)
    for _ in range(3 * opened):
        tab.js("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        tab.settle()
    tab.js(Path(AXE).read_text("utf-8"))
    found = tab.js(
        "axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.html.slice(0, 200))]))"
    )
    assert found == []

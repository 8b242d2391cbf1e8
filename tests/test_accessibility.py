"""The pages under axe-core: whoever cannot see, point or hold a large screen can use them.

``tests/axe`` holds axe-core as its publisher gives it out (npm, MPL-2.0); it is used by
these tests only and is no part of the package.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import browser
from servicemap.outputs.reports import write_report
from servicemap.outputs.summary import summary
from servicemap.outputs.web_map import write_map
from small_result import small_result

if TYPE_CHECKING:
    from collections.abc import Iterator

AXE = Path(__file__).parent / "axe"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        browser.chromium() is None,
        reason=f"none of {', '.join(browser.NAMES)} is installed",
    ),
]
# Everything that axe knows, its habits beyond the letter of WCAG included.
RUN = """
    axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(one =>
      one.id + ": " + one.nodes.map(node => node.html.slice(0, 120)).join(" | ")))
"""


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Page]:
    """One browser for all tests of this file."""
    with browser.page() as opened:
        yield opened


def faults(page: browser.Page) -> list[str]:
    """What axe finds in the page as it is now, once its fading is over."""
    if not page.run("!!window.axe"):
        page.run((AXE / "axe.min.js").read_text("utf-8") + ";0")
    page.run("new Promise(done => setTimeout(done, 300))")
    found: list[str] = page.run(RUN)
    return found


def test_axe_is_the_one_that_was_published() -> None:
    """The vendored files are those of the package, byte for byte."""
    recorded = json.loads((AXE / "hashes.json").read_text("utf-8"))
    for name, digest in recorded["files"].items():
        assert hashlib.sha256((AXE / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize(
    ("language", "width", "height", "phone"),
    [("zh", 1400, 900, False), ("en", 390, 844, True)],
)
def test_the_map_has_no_accessibility_findings(
    tab: browser.Page,
    tmp_path: Path,
    language: str,
    width: int,
    height: int,
    *,
    phone: bool,
) -> None:
    """At the start, with each card, each list, a township alone, a search, an upward panel."""
    write_map(small_result(language), tmp_path / "map.html")
    tab.size(width, height, phone=phone)
    tab.open(tmp_path / "map.html")
    assert faults(tab) == []
    for table in ("villages", "points"):
        tab.run(f"SM.select('{table}', 0)")
        assert faults(tab) == [], table
    tab.run("SM.closeCard(); SM.filter(0)")
    for at in range(tab.run("document.querySelectorAll('[role=tab]').length")):
        tab.run(f"document.querySelectorAll('[role=tab]')[{at}].click()")
        assert faults(tab) == [], at
    if phone:
        tab.run("document.querySelector('.sm-grip').click()")
        assert faults(tab) == []
    for text in ("a", "qqqq"):
        tab.run(
            "(box => { box.focus(); box.value = '" + text + "';"
            " box.dispatchEvent(new Event('input')); })(document.getElementById('sm-search'))"
        )
        assert faults(tab) == [], text
    assert tab.complaints() == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_reports_have_no_accessibility_findings(
    tab: browser.Page, tmp_path: Path, language: str
) -> None:
    """The report and the brief as pages, wide and on a phone."""
    result = small_result(language)
    write_report(result, summary(result), tmp_path, kinds=("html",))
    for name in ("report.html", "brief.html"):
        for width in (1200, 390) if language == "zh" else (390,):
            tab.size(width, 800)
            tab.call("Page.navigate", url="about:blank")
            tab.call("Page.navigate", url=(tmp_path / name).resolve().as_uri())
            tab.wait("document.readyState === 'complete' && !!document.querySelector('h1')")
            assert tab.run("document.documentElement.scrollWidth") <= width
            assert faults(tab) == [], name


def test_the_map_is_used_without_a_pointer(tab: browser.Page, tmp_path: Path) -> None:
    """Search, card, nearest point, close, slider and lists by keys alone."""
    write_map(small_result(), tmp_path / "map.html")
    tab.size(1400, 900)
    tab.open(tmp_path / "map.html")
    tab.press("/", "/")
    for letter in "gpc":
        tab.press(letter, letter)
    tab.press("Enter")
    tab.wait("!!document.querySelector('.sm-popup .sm-card')")
    assert tab.run("document.activeElement.className") == "sm-card-close"
    tab.press("Tab")
    assert tab.run("document.activeElement.closest('.sm-nearest') !== null")
    tab.press("Enter", "\r")
    tab.wait("SM.state.selected.table === 'points'")
    tab.press("Escape")
    tab.wait("SM.state.selected === null && !document.querySelector('.sm-popup')")
    tab.run("document.getElementById('sm-minutes').focus()")
    before = tab.run("SM.state.minutes")
    tab.press("ArrowRight")
    assert tab.run("SM.state.minutes") == before + 1
    tab.run("document.querySelector('[role=tab]').focus()")
    tab.press("ArrowRight")
    assert tab.run("document.activeElement.id") == "sm-tab-gaps"
    tab.press("Tab")
    tab.press("Tab")
    tab.press("Enter", "\r")
    tab.wait("SM.state.selected && SM.state.selected.table === 'villages'")
    tab.press("Escape")
    assert tab.run("document.activeElement.closest('.sm-gaps') !== null")
    assert tab.complaints() == []

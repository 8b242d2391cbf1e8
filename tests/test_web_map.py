"""The interactive map: what is in the file, and what it does in a real browser."""

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from importlib import resources
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import browser
from page_numbers import unpacked
from servicemap import table_columns, tables
from servicemap.hours import in_words
from servicemap.outputs import map_layers, map_packing
from servicemap.outputs.map_data import map_data
from servicemap.outputs.map_search import search_keys
from servicemap.outputs.map_shapes import areas_within, lines_within, pack_numbers
from servicemap.outputs.safe_text import safe, script_json
from servicemap.outputs.web_map import SCRIPTS, map_html, write_map
from servicemap.shares import percent, percent_text
from servicemap.study import Tiles
from servicemap.words import LANGUAGES, table
from small_result import FORMULA, HOSTILE, IMG, small_result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servicemap.result import Result

ASSETS = resources.files("servicemap.outputs").joinpath("assets")
needs_browser = pytest.mark.skipif(
    browser.chromium() is None, reason=f"none of {', '.join(browser.NAMES)} is installed"
)


def shuffled(result: Result) -> Result:
    """The same county with the rows of its tables in another order."""

    def mix(frame: Any) -> Any:
        return frame.sample(frac=1, random_state=3).reset_index(drop=True)

    names = ("facilities", "villages", "demand", "travel_times", "nearest", "coverage")
    names += ("townships", "snaps", "isochrones")
    return dataclasses.replace(
        result, **{name: mix(getattr(result, name)) for name in names}
    )


class Addresses(HTMLParser):
    """Collects everything in a page that a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.handlers: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data", "action", "poster"):
                self.fetched.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}={value}")
        given = dict(attrs)
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same file, whatever the order of the rows."""
    write_map(small_result(), tmp_path / "a.html")
    write_map(shuffled(small_result()), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_result_is_not_changed() -> None:
    """Drawing a result leaves its tables as they were."""
    result, fresh = small_result(), small_result()
    map_html(result)
    for name in table_columns.TABLES.keys() & vars(result).keys():
        assert getattr(result, name).equals(getattr(fresh, name)), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_names_nothing_to_fetch(language: str) -> None:
    """No source, link, import or picture address; only the page's own scripts may run."""
    page = map_html(small_result(language))
    found = Addresses()
    found.feed(page)
    assert found.fetched == []
    assert found.handlers == []
    assert "default-src 'none'" in found.policy
    assert "unsafe" not in found.policy
    styles = " ".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert "@import" not in styles
    assert re.findall(r"url\((?!#)[^)]*\)", styles) == []


def test_a_page_has_what_old_and_new_engines_need() -> None:
    """Browsers with two engines are told to take the newer one; the language is named."""
    page = map_html(small_result())
    assert '<html lang="zh-CN">' in page
    assert '<meta name="renderer" content="webkit">' in page
    assert "user-scalable=no" not in page


def test_vendored_files_are_the_published_ones() -> None:
    """Leaflet is as npm has it: the recorded hashes are those of the files."""
    folder = ASSETS.joinpath("leaflet")
    recorded = json.loads(folder.joinpath("hashes.json").read_text("utf-8"))
    for name, digest in recorded["files"].items():
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_name_only_words_that_exist(language: str) -> None:
    """Every text that a script asks for is there, and none is left over."""
    scripts = "".join(ASSETS.joinpath(f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    asked = set(re.findall(r'"(map\.[a-z_.]+)"', scripts))
    whole = {key for key in asked if not key.endswith(".")}
    begun = {key for key in asked if key.endswith(".")}
    known = {key for key in table(language) if key.startswith("map.")}
    by_python = {"map.old_engine"}
    assert whole <= known
    left = {key for key in known - whole - by_python if not key.startswith(tuple(begun))}
    assert left == set()


@given(st.recursive(st.text() | st.integers(), lambda one: st.lists(one, max_size=4)))
def test_json_in_a_script_is_the_same_value(value: Any) -> None:
    """What stands between script tags cannot end them and reads back unchanged."""
    text = script_json(value)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value


@given(st.text() | st.sampled_from(HOSTILE))
def test_safe_text_shows_as_it_is(text: str) -> None:
    """Escaped text has no sign that HTML or a template reads, and unescapes to itself."""
    escaped = safe(text)
    assert not set(escaped) & set("<>\"'`$\\{}\r\n\u2028\u2029")
    # html.unescape, like browsers, reads a carriage return entity and NUL in its own way
    assert re.sub(
        r"&#(\d+);", lambda m: chr(int(m[1])), html.unescape(escaped)
    ) == text or ("\r" in text)


@given(st.lists(st.integers(-(2**31), 2**31)))
def test_numbers_survive_packing(values: list[int]) -> None:
    """Packed numbers read back as they were."""
    assert unpacked(pack_numbers(values)) == values


@given(
    st.lists(
        st.tuples(st.floats(120, 121, width=32), st.floats(28, 29, width=32)),
        min_size=2,
        max_size=20,
        unique=True,
    )
)
def test_lines_stay_within_a_few_metres(points: list[tuple[float, float]]) -> None:
    """A packed line is nowhere farther from its original than tolerance and rounding."""
    line = shapely.LineString(points)
    packed = lines_within([line], 10**6)
    parts = unpacked(packed.parts)
    whole = np.cumsum(np.array(unpacked(packed.xy)).reshape(-1, 2), axis=0) * 1e-5
    pieces = np.split(whole, np.cumsum(parts)[:-1])
    drawn = shapely.multilinestrings(
        [shapely.linestrings(one) for one in pieces if len(one) > 1]
    )
    if drawn.is_empty:
        return
    assert shapely.hausdorff_distance(drawn, line) < 2 / 111_195 + 2e-5


def test_water_that_is_drawn_twice_stays_water() -> None:
    """A bay beside the sea of the same ground: one area, not a hole."""
    bay, sea = shapely.box(121.2, 28.8, 121.5, 29.0), shapely.box(121.1, 28.7, 121.5, 29.1)
    layer = geopandas.GeoDataFrame(geometry=[bay, sea], crs="EPSG:4326")
    polygons = map_layers.basemap({"water": layer}, set())["water"][0]
    assert unpacked(polygons) == [1]


def test_a_budget_is_kept() -> None:
    """A layer that is too long for its budget is simplified until it fits."""
    turn = np.linspace(0, 2 * np.pi, 5_000)
    wavy = shapely.Polygon(
        np.column_stack([np.cos(turn), np.sin(turn)]) * 0.1 + [121, 28.8]
    )
    assert areas_within([wavy], 10**6).size > 800
    assert areas_within([wavy], 300).size <= 300


@pytest.mark.parametrize(
    ("hours", "language", "said"),
    [
        (
            "Mo-Fr 09:00-17:00; Sa 09:00-12:00",
            "zh",
            "周一至周五09:00–17:00；周六09:00–12:00",
        ),
        ("Mo,We 08:00-12:00,14:00-17:00", "en", "Mon, Wed 08:00–12:00, 14:00–17:00"),
        ("24/7", "zh", "24小时"),
        ("PH off", "en", "public holidays closed"),
        ("sunrise-sunset", "zh", "sunrise-sunset"),
        (None, "zh", ""),
    ],
)
def test_hours_are_said_in_words(hours: str | None, language: Any, said: str) -> None:
    """Hours that offices have are translated; what is not understood stays as it is."""
    assert in_words(hours, language) == said


def test_names_are_found_by_pinyin_and_initials() -> None:
    """A Chinese name has its characters, pinyin and initials as keys."""
    assert search_keys(["石岭乡"]) == ["石岭乡|shilingxiang|slx"]
    assert search_keys(["Sant Julià"]) == ["sant julià|sant julia"]


def test_figures_are_those_of_the_coverage_table() -> None:
    """Each view carries the printed figures of its question and group."""
    result = small_result()
    coverage = result.coverage
    for view in map_data(result)["views"]:
        rows = coverage[
            (coverage["question_id"] == view["question"])
            & (coverage["group"] == view["group"])
        ]
        city = rows[rows["level"] == "city"].iloc[0]
        assert view["printed"]["people"] == [
            city["n_people"],
            city["n_covered"],
            city["n_undetermined"],
        ]
        status = rows.loc[rows["level"] == "village", "status"]
        counts = [int((status == one).sum()) for one in table_columns.COVERAGE_STATUSES]
        assert view["printed"]["villages"] == counts


def test_a_mode_without_a_question_is_still_on_the_map() -> None:
    """A mode of [travel] that no question asks for gets a view of all open points."""
    result = small_result()
    study = dataclasses.replace(result.study, questions=result.study.questions[:2])
    kept = result.coverage[result.coverage["question_id"] != "by_car"]
    views = map_data(dataclasses.replace(result, study=study, coverage=kept))["views"]
    assert [(view["mode"], view["question"]) for view in views][-1] == ("drive", None)


def test_a_study_with_little_in_it_still_makes_a_map() -> None:
    """No population, townships, items, areas or basemap: a page all the same."""
    result = small_result()
    demand = result.demand[["demand_id", "village_id", "lon", "lat"]]
    coverage = result.coverage[result.coverage["group"] == "people"].copy()
    coverage[["n_people", "n_covered", "n_undetermined"]] = None
    bare = dataclasses.replace(
        result,
        demand=tables.check(demand, "demand"),
        coverage=tables.check(coverage, "coverage"),
        townships=tables.empty("townships", "EPSG:4326"),
        villages=tables.check(
            result.villages.assign(township_id=None).astype({"township_id": "str"}),
            "villages",
        ),
        items=tables.empty("items"),
        services=tables.empty("services"),
        isochrones=result.isochrones.iloc[:0],
        basemap={},
        network={},
    )
    views = map_data(bare)["views"]
    assert views[0]["printed"]["people"] is None
    assert "sm-data" in map_html(bare)


@needs_browser
@pytest.mark.browser
def test_more_places_than_a_page_carries_are_told_and_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The page then has the coverage table's figures, no slider, and a way out."""
    result = small_result()
    whole = map_data(result)
    monkeypatch.setattr(map_packing, "MOST_LETTERS", 10)
    data = map_data(result)
    assert data["isLarge"]
    assert not whole["isLarge"]
    assert data["demand"]["n"] == 0
    write_map(result, tmp_path / "large.html")
    with browser.page() as opened:
        opened.open(tmp_path / "large.html")
        assert opened.run("document.documentElement.getAttribute('data-agrees')") == "true"
        for at, view in enumerate(data["views"]):
            counted = opened.run(f"SM.recount({at}, {view['minutes']}).all")
            people, covered, open_ = view["printed"]["people"]
            assert counted["people"] == [covered, people - covered - open_, open_]
            assert counted["villages"] == view["printed"]["villages"]
        assert opened.run("document.querySelectorAll('#sm-minutes').length") == 0
        assert "servicemap serve" in opened.run("document.body.textContent")
        opened.run("SM.ask(1); SM.filter(0); SM.select('villages', 0)")
        assert opened.complaints() == []


# In a real browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    """The small county, opened with the network out of reach."""
    path = tmp_path_factory.mktemp("map") / "map.html"
    write_map(small_result(), path)
    with browser.page() as opened:
        opened.size(1400, 900)
        opened.open(path)
        opened.run(f"window.fileAddress = {json.dumps(path.resolve().as_uri())}")
        yield opened


@pytest.fixture
def fresh(page: browser.Page) -> browser.Page:
    """The same page as it was when it opened."""
    page.run(
        "SM.map.closePopup(); SM.change({hidden: {}, township: -1}); SM.ask(0); SM.home()"
    )
    page.settle()
    return page


def at(seconds: Any, minutes: float) -> bool:
    return bool(tables.to_ms(seconds) <= tables.cutoff_ms(minutes))


@needs_browser
@pytest.mark.browser
def test_the_map_opens_without_a_network(fresh: browser.Page) -> None:
    """Nothing is asked for, nothing goes wrong, and something is drawn."""
    assert fresh.requests() == []
    assert fresh.complaints() == []
    drawn = """
        Array.from(document.querySelectorAll("canvas.sm-sheet")).map(canvas => {
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let i = 0; i < data.length; i += 404) seen.add(data.slice(i, i + 4).join());
          return seen.size;
        })
    """
    assert min(fresh.run(drawn)) > 20
    assert (
        fresh.run("getComputedStyle(document.getElementById('sm-old')).display") == "none"
    )


@needs_browser
@pytest.mark.browser
def test_the_pages_own_count_gives_the_printed_figures(fresh: browser.Page) -> None:
    """At each question's own cutoff the slider's count is the coverage table's."""
    assert fresh.run("document.documentElement.getAttribute('data-agrees')") == "true"
    result = small_result()
    coverage = result.coverage
    for number, view in enumerate(map_data(result)["views"]):
        counted = fresh.run(
            f"(r => ({{all: r.all, villages: Array.from(r.villages), towns: r.townships}}))"
            f"(SM.recount({number}, {view['minutes']}))"
        )
        rows = coverage[
            (coverage["question_id"] == view["question"])
            & (coverage["group"] == view["group"])
        ]
        village = rows[rows["level"] == "village"].sort_values("id")
        codes = [table_columns.COVERAGE_STATUSES.index(one) for one in village["status"]]
        assert counted["villages"] == codes
        for level, sums in (("city", [counted["all"]]), ("township", counted["towns"])):
            of_level = rows[rows["level"] == level].sort_values("id")
            for row, mine in zip(of_level.itertuples(), sums, strict=True):
                uncovered = row.n_people - row.n_covered - row.n_undetermined
                assert mine["people"] == [row.n_covered, uncovered, row.n_undetermined]


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize("minutes", [1, 9, 14, 21, 60])
def test_the_slider_counts_again(fresh: browser.Page, minutes: int) -> None:
    """For other minutes the count is that of a plain loop over the demand points."""
    rows = small_result().coverage
    rows = rows[(rows["question_id"] == "headline") & (rows["group"] == "people")]
    points = rows[rows["level"] == "demand"]
    covered = sum(
        int(row.n_people)
        for row in points.itertuples()
        if row.status != "undetermined" and at(row.travel_time_s, minutes)
    )
    fresh.run(f"SM.change({{minutes: {minutes}}})")
    assert fresh.run("SM.counted.all.people[0]") == covered
    shown = fresh.run("document.querySelector('.sm-figure strong').textContent")
    whole = int(points["n_people"].sum() - points["n_undetermined"].sum())
    assert shown == f"{(2000 * covered + whole) // (2 * whole) / 10:.1f}%"


@needs_browser
@pytest.mark.browser
def test_hostile_names_are_text_everywhere(fresh: browser.Page) -> None:
    """Every card, list and note shows names as they are; nothing of them runs."""
    data = map_data(small_result())
    for kind in ("villages", "points"):
        for index, name in enumerate(data[kind]["names"]):
            fresh.run(f"SM.select('{kind}', {index})")
            assert fresh.run("document.querySelector('.sm-card h2').textContent") == name
    for name in data["villages"]["names"]:
        fresh.run(
            "(i => { i.value = " + json.dumps(name[:3]) + "; "
            "i.dispatchEvent(new Event('input')); i.value = ''; })"
            "(document.getElementById('sm-search'))"
        )
    fresh.settle()
    assert fresh.run("document.querySelectorAll('img, #sm-panel script').length") == 0
    assert fresh.run("document.getElementById('sm-panel').textContent").count(IMG) >= 1
    assert fresh.run("document.body.textContent").count(FORMULA) >= 1
    assert fresh.complaints() == []


@needs_browser
@pytest.mark.browser
def test_hostile_names_are_text_under_the_pointer_and_in_the_legend(tmp_path: Path) -> None:
    """Every tooltip shows its name as it is, and so does the layer of a hostile study."""
    result = small_result()
    address = "http://127.0.0.1:9/{z}/{x}/{y}"
    tiles = tuple(Tiles(one, url=address, source=one) for one in HOSTILE)
    study = dataclasses.replace(result.study, tiles=tiles)
    write_map(dataclasses.replace(result, study=study), tmp_path / "map.html")
    data = map_data(result)
    with browser.page() as opened:
        opened.size(1400, 900)
        opened.open(tmp_path / "map.html")
        hits = opened.run("SM.hits.map(one => [one.table, one.index])")
        told = opened.run("SM.hits.map(one => SM.note(one)[0])")
        assert told == [data[table]["names"][at] for table, at in hits]
        for number in range(len(hits)):
            opened.run(
                "(hit => { const at = SM.lonlat(hit.xy[hit.at], hit.xy[hit.at + 1]);"
                " const place = L.latLng(at[1], at[0]);"
                " SM.map.fire('mousemove', {latlng: place,"
                " containerPoint: SM.map.latLngToContainerPoint(place)}); })"
                f"(SM.hits[{number}])"
            )
            shown = opened.run("document.querySelector('.sm-note strong').textContent")
            assert shown in {
                name for kind in ("villages", "points") for name in data[kind]["names"]
            }
        legend = opened.run("document.getElementById('sm-legend').textContent")
        assert all(one in legend for one in HOSTILE)
        assert opened.run("document.querySelectorAll('img').length") == 0
        assert opened.requests() == []
        assert opened.complaints() == []


@needs_browser
@pytest.mark.browser
def test_a_sign_on_the_map_can_be_clicked(fresh: browser.Page) -> None:
    """A click on a village opens its card, and Escape closes it."""
    place = fresh.run("""
        (hit => { const at = SM.lonlat(hit.xy[hit.at], hit.xy[hit.at + 1]);
          const to = SM.map.latLngToContainerPoint([at[1], at[0]]);
          const box = SM.map.getContainer().getBoundingClientRect();
          return [to.x + box.left, to.y + box.top]; })
        (SM.hits.filter(one => one.table === "villages" && one.index === 7)[0])
    """)
    fresh.click(*place)
    fresh.wait("!!document.querySelector('.sm-card')")
    assert fresh.run("document.querySelector('.sm-card h2').textContent") == "屿心村"
    fresh.press("Escape")
    fresh.wait("SM.state.selected === null")


@needs_browser
@pytest.mark.browser
def test_search_works_from_the_keyboard(fresh: browser.Page) -> None:
    """Slash, initials, Enter: the first match is shown."""
    fresh.run("document.activeElement.blur()")
    fresh.press("/", "/")
    for letter in "gpc":
        fresh.press(letter, letter)
    fresh.press("Enter")
    fresh.wait("SM.state.selected !== null")
    assert fresh.run("document.querySelector('.sm-card h2').textContent") == "高坪村"


@needs_browser
@pytest.mark.browser
def test_a_township_filters_figures_and_lists(fresh: browser.Page) -> None:
    """A click on a township's row leaves only its own people and gaps."""
    fresh.run("document.querySelectorAll('.sm-table tbody button')[1].click()")
    figures = fresh.run("SM.counted.townships[1].people")
    shown = fresh.run("document.querySelector('.sm-of').textContent")
    assert str(figures[0]) in shown
    names = fresh.run(
        "Array.from(document.querySelectorAll('.sm-gaps strong'), e => e.textContent)"
    )
    assert len(names) == 3


@needs_browser
@pytest.mark.browser
def test_a_link_brings_back_what_was_seen(fresh: browser.Page) -> None:
    """View, minutes, layers, township and selection are in the link."""
    fresh.run(
        "SM.ask(4); SM.change({minutes: 7, hidden: {bands: true, 'tier.bank': true}})"
    )
    fresh.run("SM.map.setView([28.86, 121.07], 13, {animate: false}); SM.filter(0)")
    fresh.run("SM.select('points', 0)")
    link = fresh.run("SM.link()")
    state = fresh.run(
        "JSON.stringify([SM.state.view, SM.state.minutes, SM.state.hidden, SM.state.township])"
    )
    address = fresh.run("window.fileAddress")
    fresh.call("Page.navigate", url="about:blank")
    fresh.call("Page.navigate", url=address + link)
    fresh.wait("!!document.querySelector('html.sm-ready')")
    again = fresh.run(
        "JSON.stringify([SM.state.view, SM.state.minutes, SM.state.hidden, SM.state.township])"
    )
    assert again == state
    assert (
        fresh.run("document.querySelector('.sm-card h2').textContent")
        == "临川市政务服务中心"
    )
    fresh.run(f"window.fileAddress = {json.dumps(address)}")
    fresh.run("history.replaceState(null, '', '#')")


@needs_browser
@pytest.mark.browser
def test_a_senseless_link_is_passed_over(fresh: browser.Page) -> None:
    """What a link says that does not fit this map changes nothing."""
    odd = "#map=99/x/y&ask=77&min=-3&hide=__proto__,%E0%A4%A&town=none&at=villages.none"
    assert fresh.run(f"JSON.stringify(SM.fromLink({json.dumps(odd)}))") == '{"hidden":{}}'


@needs_browser
@pytest.mark.browser
def test_controls_have_names(fresh: browser.Page) -> None:
    """Every button, field and tab says what it is to those who do not see it."""
    nameless = fresh.run("""
        Array.from(document.querySelectorAll("button, input, select, [role=tab]")).filter(one => {
          const label = one.closest("label") || (one.id && document.querySelector("label[for=" + one.id + "]"));
          const text = (one.getAttribute("aria-label") || "") + one.textContent + (label ? label.textContent : "");
          return !text.trim();
        }).map(one => one.outerHTML.slice(0, 120))
    """)
    assert nameless == []


@needs_browser
@pytest.mark.browser
def test_a_phone_shows_the_figures_and_the_map(fresh: browser.Page) -> None:
    """On a narrow screen nothing sticks out and the panel opens upwards."""
    fresh.size(390, 844, phone=True)
    fresh.settle()
    try:
        assert fresh.run("document.documentElement.scrollWidth") <= 390
        assert (
            fresh.run("document.getElementById('sm-panel').getBoundingClientRect().top")
            > 500
        )
        fresh.run("document.querySelector('.sm-grip').click()")
        fresh.wait("document.getElementById('sm-panel').getBoundingClientRect().top < 200")
        fresh.run("document.querySelector('.sm-grip').click()")
        fresh.run("SM.select('villages', 0)")
        assert (
            fresh.run("document.querySelector('.sm-card-sheet h2').textContent")
            == "城关社区"
        )
        fresh.run("document.querySelector('.sm-card-close').click()")
        assert fresh.run("document.querySelector('.sm-card-sheet').hidden") is True
    finally:
        fresh.size(1400, 900)


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 900, 1400])
def test_the_line_of_sources_covers_neither_scale_nor_north(
    tmp_path: Path, width: int
) -> None:
    """In English it takes two lines on a phone; with tiles of others it is longer yet."""
    write_map(small_result("en"), tmp_path / "map.html")
    corner = (
        "(s => { const b = document.querySelector(s).getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]; })"
    )
    with browser.page() as opened:
        opened.size(width, 844, phone=width < 500)
        opened.open(tmp_path / "map.html")
        source = shapely.box(*opened.run(f"{corner}('.sm-source')"))
        panel = shapely.box(*opened.run(f"{corner}('#sm-panel')"))
        for sign in (".leaflet-control-scale", ".sm-north"):
            drawn = shapely.box(*opened.run(f"{corner}('{sign}')"))
            assert drawn.area > 0
            assert drawn.intersection(source).area == 0, sign
            assert drawn.intersection(panel).area == 0, sign


@needs_browser
@pytest.mark.browser
def test_a_legend_does_not_cover_most_of_a_tablets_map(tmp_path: Path) -> None:
    """It waits as a button, and the map takes the room; on a desk it stands open."""
    write_map(small_result("en"), tmp_path / "map.html")
    with browser.page() as opened:
        for width, is_open in ((820, False), (1400, True)):
            opened.size(width, 700)
            opened.open(tmp_path / "map.html")
            legend = "document.getElementById('sm-legend')"
            assert opened.run(f"{legend}.classList.contains('sm-open-legend')") is is_open
            toggle = f"{legend}.querySelector('.sm-legend-toggle')"
            assert (
                opened.run(f"{toggle}.getAttribute('aria-expanded')")
                == str(is_open).lower()
            )
            opened.run(f"{toggle}.click()")
            assert (
                opened.run(f"{legend}.classList.contains('sm-open-legend')") is not is_open
            )


def test_the_page_names_each_file_once() -> None:
    """A workbook is an input for each of its sheets."""
    result = small_result()
    twice = dataclasses.replace(result, inputs=(*result.inputs, result.inputs[-1]))
    assert map_data(twice)["about"]["inputs"] == map_data(result)["about"]["inputs"]


def test_where_an_extract_ends_is_no_border_of_the_study() -> None:
    """Only an outline that is known is drawn: of the townships, or named in the toml."""
    result = small_result()
    assert map_data(result)["basemap"]["boundary"][0]
    bare = dataclasses.replace(result, townships=result.townships.assign(geometry=None))
    assert not map_data(bare)["basemap"]["boundary"][0]
    roads = dataclasses.replace(bare.study.roads, within="outline.geojson")
    named = dataclasses.replace(bare, study=dataclasses.replace(bare.study, roads=roads))
    assert map_data(named)["basemap"]["boundary"][0]


@needs_browser
@pytest.mark.browser
def test_a_village_without_a_name_has_no_label(tmp_path: Path) -> None:
    """An id says nothing on a map; it stays in the list and on the card."""
    result = small_result("en", counted=False)
    bare = dataclasses.replace(
        result, villages=result.villages.assign(name=result.villages["village_id"])
    )
    drawn = (
        "(() => { const said = []; const old = CanvasRenderingContext2D.prototype.fillText;"
        " CanvasRenderingContext2D.prototype.fillText = function (t, ...at) {"
        " said.push(t); return old.call(this, t, ...at); };"
        " SM.symbolSheet.redraw(); CanvasRenderingContext2D.prototype.fillText = old;"
        " return said; })()"
    )
    with browser.page() as opened:
        for one, is_named in ((result, True), (bare, False)):
            write_map(one, tmp_path / "map.html")
            opened.open(tmp_path / "map.html")
            opened.run("void SM.map.setZoom(12)")
            opened.settle()
            said = opened.run(drawn)
            names = set(one.villages["name"])
            assert bool(names & set(said)) is is_named, said
        listed = opened.run(
            "[...document.querySelectorAll('.sm-gaps strong')].map(s => s.textContent)"
        )
        assert set(listed) <= names
        times = [
            opened.run(f"SM.villageAnswer(SM.data.villages.names.indexOf('{one}')).time")
            for one in listed
        ]
        left_out = [one for one in times if one >= 0]
        assert len(left_out) > 1
        assert left_out == sorted(left_out, reverse=True)


@needs_browser
@pytest.mark.browser
def test_numbers_have_their_thousands_apart_in_chinese_too(fresh: browser.Page) -> None:
    """As in the workbook and the report, which a reader lays beside the map."""
    assert fresh.run("SM.data.language") == "zh"
    said = fresh.run("[999, 1000, 664625, 1234567].map(SM.number)")
    assert said == ["999", "1,000", "664,625", "1,234,567"]


@needs_browser
@pytest.mark.browser
def test_shares_in_the_page_follow_the_rule_of_all_files(fresh: browser.Page) -> None:
    """The page counts again for any minutes, with a rule of its own language."""
    pairs = [(1999, 1), (1, 99_999), (5, 3), (1, 7), (7, 0), (0, 7), (199_999, 1)]
    said = fresh.run(
        f"{[list(one) for one in pairs]}.map(a => SM.percent(a[0], a[0] + a[1]))"
    )
    assert said == [percent_text(percent(*one)) for one in pairs]
    assert said[:2] == ["99.9", "0.1"]


@needs_browser
@pytest.mark.browser
def test_a_page_that_opens_on_a_phone_takes_its_width(tmp_path: Path) -> None:
    """The picture for old engines is wider than a phone and must not widen the page."""
    write_map(small_result(), tmp_path / "map.html")
    with browser.page() as opened:
        opened.size(390, 844, phone=True)
        opened.open(tmp_path / "map.html")
        assert opened.run("SM.map.getSize().x") == 390
        legend = opened.run("document.getElementById('sm-legend').className")
        assert "sm-open-legend" not in legend


@needs_browser
@pytest.mark.browser
def test_a_print_has_one_page_and_the_map(fresh: browser.Page, tmp_path: Path) -> None:
    """Printing gives one A4 sheet with title, figures, map and legend."""
    fresh.pdf(tmp_path / "map.pdf")
    text = (tmp_path / "map.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", text)) == 1
    assert fresh.run("document.documentElement.classList.contains('sm-printing')") is False

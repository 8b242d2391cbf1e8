"""`servicemap find` and its slip as somebody at a counter meets them."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import small_study
from browser import chromium, page
from servicemap import cli
from servicemap.cli import app
from servicemap.errors import InputError
from servicemap.hours.days import DayCalendar
from servicemap.locator.as_json import answer_json
from servicemap.locator.engine import Locator
from servicemap.locator.moments import moment
from servicemap.locator.slip import slip_page
from servicemap.locator.telling import lines

pytestmark = pytest.mark.usefixtures("own_cache")
HOSTILE = "<img src=x onerror=alert(1)>${1}`"


@pytest.fixture(scope="module")
def small(tmp_path_factory, own_cache):
    """The small study with a hostile name."""
    folder = small_study.write(tmp_path_factory.mktemp("small") / "study")
    file = folder / "points.csv"
    text = file.read_text(encoding="utf-8").replace("Point P1", HOSTILE)
    file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def find(small, monkeypatch, capsys):
    """``find(WHERE, ...)`` in this process: code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr(
            "sys.argv", ["servicemap", "find", str(small), *map(str, arguments)]
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


def test_the_answer_is_told_in_both_languages(find):
    code, out, _ = find("Village V01", "--k", 1)
    assert code == 0
    assert out.startswith("From: Village V01 (village or community; Town)")
    assert "5.0 min" in out
    code, out, _ = find("Village V01", "--k", 1, "--language", "zh")
    assert code == 0
    assert "5.0分钟" in out
    assert "步行" in out


def test_the_same_answer_as_json_has_milliseconds_geometry_and_no_nan(find, small):
    _, out, _ = find("V02", "--json", "--k", 2)
    answer = json.loads(out, parse_constant=pytest.fail)
    expected = Locator(small).locate("V02", k=2)
    assert [one["travel_time_s"] for one in answer["points"]] == [
        one.travel_ms / 1000 for one in expected.points
    ]
    assert answer["points"][0]["route"]["type"] == "LineString"


def test_several_places_are_listed_and_none_is_answered_for(find):
    code, out, err = find("Village")
    assert (code, out) == (1, "")
    assert len(re.findall(r"^V0\d  Village", err, re.MULTILINE)) == 8
    code, out, _ = find("Village", "--json")
    assert code == 1
    assert {one["township"] for one in json.loads(out)["matches"]} == {"Town"}


def test_no_point_ends_with_one_and_says_what_else_would_do(find):
    code, out, _ = find("V07", "--minutes", 15)
    assert code == 1
    assert "too far" in out
    assert "if more time were allowed" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--at", "tomorrow"], "2026-12-05 10:00"),
        (["--at", "2026-13-05 10:00"], "2026-12-05 10:00"),
        (["--mode", "fly"], "walk"),
        (["--k", "0"], "--k"),
        (["--minutes", "nan"], "--minutes"),
        (["--home", "V99"], "V99"),
        (["--item", "x"], "no catalogue"),
    ],
)
def test_what_cannot_be_is_refused_in_words(find, options, said):
    code, out, err = find("V01", *options)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-05 10:30",
        "2026-12-5T10:30:00",
        "2026/12/05 10:30",
        "2026.12.5  10:30",
        "２０２６－１２－０５　１０：３０",
        "2026-12-05 10：30",
        "2026年12月5日10时30分",
        "2026年12月5日 10点30分",
        "2026年12月05日10:30",
    ],
)
def test_a_moment_may_be_typed_as_offices_do(text):
    assert moment(text, "Asia/Shanghai").isoformat() == "2026-12-05T10:30:00"
    hour = moment("2026年12月5日10时", "Asia/Shanghai")
    assert hour.isoformat() == "2026-12-05T10:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow 8 am", "明天上午8点", "2026-12-05", "10:00", "2026-02-30 10:00",
        "2026-12-05 25:00", "05/12/2026 10:00", "2026-12/05 10:00", "2026-12-0510:00",
        "2026-12-05 10:00+08:00", "1" * 10_000, "😀", "",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(InputError) as caught:
        moment(text, "Asia/Shanghai")
    assert caught.value.kind == "bad_moment"


@pytest.mark.parametrize(
    ("at", "kind", "said"),
    [
        ("2026-10-10 09:00", "makeup_workday", "worked in place of a day off"),
        ("2026-10-01 09:00", "holiday", "a public holiday"),
        ("2026-12-05 09:00", "weekend", None),
        ("2026-12-07 09:00", "workday", None),
        ("2090-12-07 09:00", "workday", "No list of holidays knows 2090"),
    ],
)
def test_a_day_that_is_not_what_its_weekday_says_is_told(small, at, kind, said):
    made = Locator(small)
    own = made.state.service("walk")
    # the small study is in no country with a list
    made.state._services["walk"] = replace(own, calendar=DayCalendar(country="CN"))
    answer = made.locate("V01", at=moment(at, "Asia/Shanghai"))
    assert answer_json(answer, "en")["day"]["kind"] == kind
    for language in ("en", "zh"):
        told = "\n".join(lines(answer, language))
        assert ("调休上班日" in told) == (language == "zh" and kind == "makeup_workday")
    told = "\n".join(lines(answer, "en"))
    words = ("in place of a day off", "public holiday", "list of holidays")
    assert any(one in told for one in words) == (said is not None)
    assert said is None or said in told


def test_now_is_a_moment(find):
    code, out, _ = find("V01", "--at", "now")
    assert code == 1
    assert "hours of the nearest are not known" in out


def test_a_slip_that_is_there_is_kept_unless_told(find, tmp_path):
    slip = tmp_path / "slip.html"
    assert find("V01", "--slip", slip)[0] == 0
    assert find("V01", "--slip", slip)[0] == 2
    assert find("V01", "--slip", slip, "--overwrite")[0] == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_slip_is_the_same_twice_well_formed_and_asks_for_nothing(small, language):
    locator = Locator(small)
    network = locator.state.networks["walk"]
    answer = locator.locate("V02")
    text = slip_page(answer, network, "Small", language)
    assert text == slip_page(answer, network, "Small", language)
    svg = re.search(r"<svg.*?</svg>", text, re.DOTALL)[0]
    assert ET.fromstring(svg) is not None
    assert not re.search(
        r"(?:src|href)=(?!\"#)|@import|url\(", text.replace("&lt;img src=", "")
    )
    assert HOSTILE not in text


def test_a_slip_without_a_point_says_why(small):
    locator = Locator(small)
    network = locator.state.networks["walk"]
    for where, said in (("V06", "no road near"), ("V05", "not joined")):
        assert said in slip_page(locator.locate(where), network, "Small", "en")


@pytest.mark.browser
@pytest.mark.skipif(chromium() is None, reason="no Chromium")
def test_a_slip_opens_without_a_network_and_runs_no_name(small, tmp_path):
    locator = Locator(small)
    slip = tmp_path / "slip.html"
    text = slip_page(locator.locate("V02"), locator.state.networks["walk"], "Small", "en")
    slip.write_text(text, encoding="utf-8")
    with page() as opened:
        opened.call("Page.navigate", url=slip.as_uri())
        opened.wait("document.readyState == 'complete' && !!document.querySelector('svg')")
        assert opened.run("document.querySelectorAll('img').length") == 0
        assert (
            opened.run("document.querySelector('svg').getBoundingClientRect().width") > 300
        )
        assert [one for one in opened.requests() if not one.endswith("slip.html")] == []
        assert opened.complaints() == []


def test_a_longitude_west_of_greenwich_is_no_option() -> None:
    """The place is looked at, and lies outside; a mistyped option is still refused."""
    run = CliRunner()
    for arguments in (
        ["find", "no-such-study", "-8.6668692,41.1883144"],
        ["network", "explain", "no-such-file", "-8.6668692", "41.1883144"],
    ):
        found = run.invoke(app, arguments)
        assert "No such option" not in found.output
        assert isinstance(found.exception, InputError), found.output
    mistyped = run.invoke(app, ["find", "no-such-study", "V01", "--itm", "x"])
    assert mistyped.exit_code == 2
    assert "--itm" in mistyped.output

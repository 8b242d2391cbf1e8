"""Where do I go, and how: equal to the batch run, and to a plain loop over all rules."""

import datetime as dt
import json
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import small_study
from servicemap import kept, new_study, pipeline, preparation, study, synthetic
from servicemap.analysis.reasons import WAIVERS
from servicemap.errors import InputError, ServicemapError
from servicemap.hours.days import DayCalendar
from servicemap.hours.opening import open_for
from servicemap.locator import study_data, watched
from servicemap.locator.as_json import answer_json
from servicemap.locator.covered import covered
from servicemap.locator.engine import Locator
from servicemap.locator.offers import Offers
from servicemap.locator.state import State
from servicemap.locator.telling import lines
from servicemap.locator.where import Place, WhereError
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs
from servicemap.table_columns import HANDLINGS, REASONS
from servicemap.web import replies

COUNTY = Path(__file__).parents[1] / "data" / "demo-county"
HOURS = [
    None,
    "24/7",
    "Mo-Fr 08:30-12:00,13:30-17:00; PH off",
    "Sa 09:00-12:00",
    "Mo-Su 10:00-10:10",
]
MOMENTS = [
    None,
    *map(dt.datetime.fromisoformat, ("2026-12-05T10:00", "2026-12-07T11:40")),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory, own_cache):
    """Six villages within 20 minutes of two points at A; F, G an island; x off the roads."""
    return small_study.write(tmp_path_factory.mktemp("small") / "study")


@pytest.fixture
def changing(tmp_path, own_cache):
    """The same study, to be changed while it is open."""
    return small_study.write(tmp_path / "study")


def with_rules(asked, say):
    """The made-up county with a catalogue, hours and statuses drawn with a seed."""
    extract, found = READ(asked, say)
    random = np.random.default_rng(8)
    points = found.facilities.sample(110, random_state=1).reset_index(drop=True)
    points = points.assign(
        status=random.choice(["open", "open", "open", "planned", "closed"], len(points)),
        hours=pd.array(
            random.choice(np.array(HOURS, dtype=object), len(points)), dtype="str"
        ),
    )
    items = pd.DataFrame(
        {
            "item_id": [f"I{one}" for one in range(8)],
            "name": [f"事项{one}" for one in range(8)],
            "item_group": ["甲", "甲", "乙", "乙", "乙", "丙", "丁", "丁"],
            "scope": [
                "city",
                "township",
                "city",
                "village",
                "township",
                "city",
                "village",
                "city",
            ],
            "tied_to": None,
        }
    )
    who = ["anyone", "city", "township", "village", None]
    rows = []
    for one in points["facility_id"]:
        for group, item in [
            ("甲", None),
            ("乙", None),
            (None, "I0"),
            (None, "I3"),
            (None, "I5"),
            (None, "I6"),
            (None, "I7"),
            ("戊", None),
        ]:
            for handling in random.permutation(HANDLINGS)[
                : int(random.choice([0, 0, 1, 1]))
            ]:
                rule = random.choice(np.array(who, dtype=object))
                listed = "; ".join(
                    random.choice(found.townships["township_id"], 3, replace=False)
                )
                rows.append(
                    (
                        one,
                        group,
                        item,
                        handling,
                        random.choice(np.array(HOURS, dtype=object))
                        if random.random() < 0.3
                        else None,
                        bool(random.random() < 0.2),
                        rule or listed,
                    )
                )
    columns = [
        "facility_id",
        "item_group",
        "item_id",
        "handling",
        "hours",
        "by_appointment",
        "who_may",
    ]
    services = pd.DataFrame(rows, columns=columns)
    return extract, replace(found, facilities=points, items=items, services=services)


READ = preparation.read


@pytest.fixture(scope="module")
def county(own_cache):
    """The made-up county with drawn rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "read", with_rules)
        patch.setattr(study_data, "KIND", "drawn")  # not to be found as the county itself
        locator = Locator(COUNTY)
    return locator, with_rules(study.read(COUNTY), lambda *a, **k: None)[1]


LISTED = {}


def listed(found):
    """Points, and the rows of services of each; made once."""
    if id(found) not in LISTED:
        by_point = {}
        for row in found.services.itertuples():
            by_point.setdefault(row.facility_id, []).append(row)
        LISTED[id(found)] = [*found.facilities.itertuples()], by_point
    return LISTED[id(found)]


def plain(  # noqa: C901, PLR0912
    found, times, home, item, at, k, minutes, service_min, finish, walk_in
):
    """The answer by plain loops over all points, all items, all rows of services."""
    calendar = DayCalendar(country="CN")
    items = found.items
    members = [
        one.Index for one in items.itertuples() if item in (one.item_id, one.item_group)
    ]
    cases = [
        (items.loc[i, "item_id"], items.loc[i, "item_group"], items.loc[i, "scope"])
        for i in members
    ]
    if item is not None and not cases:
        cases = [(item, item, "city")]
    judged = []
    facilities, by_point = listed(found)
    for point in facilities:
        if times[point.Index] is None:
            continue
        ms = times[point.Index]
        faults = set()
        if minutes is not None and ms > minutes * 60_000:
            faults.add("too_far")
        if point.status != "open":
            faults.add("closed")
        needs = cases if item is not None else [None]
        handlings = []
        for need in needs:
            offers = []
            if need is None:
                offers.append((point.hours, False, "finish", True))
            for row in by_point.get(point.facility_id, []) if need else []:
                if not (
                    row.item_id == need[0]
                    or (pd.isna(row.item_id) and row.item_group == need[1])
                ):
                    continue
                same_township = (
                    home.township_id is not None and point.township_id == home.township_id
                )
                same_village = (
                    home.village_id is not None and point.village_id == home.village_id
                )
                allowed = {
                    "city": True,
                    "anyone": True,
                    "township": same_township,
                    "village": same_village,
                }
                served = (
                    allowed[row.who_may]
                    if row.who_may in allowed
                    else home.township_id in row.who_may.split("; ")
                )
                hours = point.hours if pd.isna(row.hours) else row.hours
                offers.append(
                    (
                        hours,
                        row.by_appointment,
                        row.handling,
                        bool(served and allowed[need[2]]),
                    )
                )
            if not offers:
                faults.add("not_offered")
                offers.append((point.hours, False, "finish", True))
            options = []
            for hours, by_appointment, handling, allowed in offers:
                own = set()
                if not allowed:
                    own.add("not_entitled")
                if by_appointment and walk_in:
                    own.add("by_appointment")
                if finish and handling in ("accept", "agent"):
                    own.add("accept_only")
                if at is not None:
                    text = None if pd.isna(hours) else hours
                    state = open_for(
                        text, at + dt.timedelta(milliseconds=ms), service_min, calendar
                    )
                    if state is None:
                        own.add("hours_unknown")
                    elif not state:
                        own.add("closed")
                options.append(
                    (
                        len(own),
                        ["finish", "self", "remote", "agent", "accept"].index(handling),
                        own,
                    )
                )
            fewest = min(option[:2] for option in options)
            if "not_offered" not in faults:
                handlings.append(fewest[1])
            faults |= next(option[2] for option in options if option[:2] == fewest)
        judged.append(
            (
                ms,
                point.facility_id,
                [one for one in REASONS if one in faults],
                max(handlings, default=None),
            )
        )
    judged.sort(key=lambda one: one[:2])
    good = [one for one in judged if not one[2]]
    if good:
        reason = None
    elif judged:
        alone = [(name, one[:2]) for *one, (name, *more), _ in judged if not more]
        for name in [name for name, _ in WAIVERS] + ["too_far"]:
            if any(own == name for own, _ in alone):
                reason = name
                break
        else:
            reason = min(judged, key=lambda one: (len(one[2]), *one[:2]))[2][0]
    else:
        reason = "unreached"
    nearer = [one for one in judged if not good or one[:2] < good[0][:2]]
    singles = {}
    for _, one, faults, _ in nearer:
        if len(faults) == 1:
            singles.setdefault(faults[0], []).append(one)
    return good[:k], reason, singles


def test_two_thousand_random_questions_equal_plain_loops_over_all_points_and_rules(county):
    locator, found = county
    state = locator.state
    random = np.random.default_rng(20)
    demand = found.demand.sample(90, random_state=2)
    places = [*zip(demand["lon"], demand["lat"], strict=True)]
    places += [
        (x + random.normal(0, 0.004), y + random.normal(0, 0.004)) for x, y in places[:30]
    ]
    lon, lat = np.array(places).T
    items = [None, *found.items["item_id"], "甲", "乙", "丁", "戊"]
    of_mode = {}
    for mode in state.networks:
        network = state.networks[mode]
        frame = found.facilities
        goal = snap(
            network, frame["lon"].to_numpy(), frame["lat"].to_numpy(), 500.0, "destination"
        )
        table = pairs(network, snap(network, lon, lat, 500.0, "origin"), goal)
        times = [[None] * len(frame) for _ in places]
        for i, j, ms in zip(table.origin, table.destination, table.travel_ms, strict=True):
            times[i][j] = int(ms)
        of_mode[mode] = times
    villages = list(found.villages["village_id"])
    answered = instead = 0
    for _ in range(2_000):
        place = int(random.integers(len(places)))
        mode = str(random.choice(list(of_mode)))
        options = {
            "item": items[random.integers(len(items))],
            "at": MOMENTS[random.integers(len(MOMENTS))],
            "k": int(random.integers(1, 5)),
            "minutes": [None, None, 7.5, 30.0][random.integers(4)],
            "service_min": float(random.choice([0.0, 15.0, 45.0])),
            "finish": bool(random.random() < 0.2),
            "walk_in": bool(random.random() < 0.5),
        }
        home = str(random.choice(villages)) if random.random() < 0.3 else None
        answer = locator.locate(places[place], mode=mode, home=home, **options)
        good, reason, singles = plain(
            found, of_mode[mode][place], answer.place.home, **options
        )
        told = [(one.travel_ms, one.facility["facility_id"]) for one in answer.points]
        assert told == [one[:2] for one in good], options
        if options["item"] is not None:
            order = ["finish", "self", "remote", "agent", "accept"]
            assert [order.index(one.verdict.handling) for one in answer.points] == [
                one[3] for one in good
            ]
        assert (answer.reason == reason) or (
            reason == "unreached" and answer.reason is not None
        )
        for fault, one in answer.instead:
            assert one.facility["facility_id"] in singles[fault]
            assert one.verdict.faults == (fault,)
        assert {fault for fault, _ in answer.instead} == set(singles)
        answered += bool(told)
        instead += bool(answer.instead)
    # the questions were worth asking
    assert 600 < answered < 1_900
    assert instead > 500


def test_the_home_of_a_place_decides_who_may_serve_it(county):
    locator, found = county
    village = found.villages.iloc[7]
    start = (float(village["lon"]), float(village["lat"]))
    own = locator.locate(start, item="I3", home=village["village_id"])
    assert own.place.home.known_by == "said"
    for one in own.points:
        assert one.facility["village_id"] == village["village_id"]


def test_the_words_tell_where_one_starts_from_whose_rules_count(county):
    locator, found = county
    located = found.villages[found.villages["lon"].notna()]
    here, home = located.iloc[7], located.iloc[200]
    assert here["township_id"] != home["township_id"]
    names = found.townships.set_index("township_id")["name"]
    there = (float(here["lon"]), float(here["lat"]))
    for place in (there, here["village_id"]):
        answer = locator.locate(place, item="I0", home=home["village_id"])
        told = lines(answer, "en")
        start, rules = told[0], next(one for one in told if one.startswith("Rules"))
        assert here["name"] in start
        assert names[here["township_id"]] in start
        assert f"{home['name']}, {names[home['township_id']]} (as named)" in rules


def _small_run(folder, mode):
    """A batch run of one mode and one question."""
    asked = study.read(folder)
    travel = replace(asked.travel, modes=(mode,), minutes=(1.0,))
    questions = (study.Question("headline", mode=mode),)
    return pipeline.run(replace(asked, travel=travel, questions=questions))


@pytest.mark.parametrize(
    ("name", "mode"), [("county", "ebike"), ("andorra", "walk"), ("andorra", "drive")]
)
def test_every_answer_equals_the_batch_run_to_the_millisecond(
    name, mode, own_cache, shared, tmp_path
):
    folder = COUNTY
    if name == "andorra":
        folder = tmp_path / "andorra"
        new_study.init(folder, shared("data/andorra/andorra-2025.osm.pbf"))
    result = _small_run(folder, mode)
    locator = Locator(folder)
    table = result.travel_times.set_index(["demand_id", "facility_id"])
    demand = result.demand.sample(min(40, len(result.demand)), random_state=3)
    places = [*zip(demand["lon"], demand["lat"], strict=True)]
    horizon = result.study.horizon_min
    there = locator.matrix(places, mode=mode, minutes=horizon).pairs
    ids = [one["facility_id"] for one in locator.state.facilities]
    for row, one in enumerate(demand.itertuples()):
        batch = result.travel_times[result.travel_times["demand_id"] == one.demand_id]
        expected = dict(
            zip(batch["facility_id"], np.rint(batch["travel_time_s"] * 1000), strict=True)
        )
        asked = there.origin == row
        got = {
            ids[j]: ms
            for j, ms in zip(there.destination[asked], there.travel_ms[asked], strict=True)
        }
        assert got == expected
        answer = locator.locate((one.lon, one.lat), mode=mode, k=6, minutes=horizon)
        still_open = {
            f
            for f, s in zip(
                result.facilities["facility_id"], result.facilities["status"], strict=True
            )
            if s == "open"
        }
        nearest = sorted((ms, f) for f, ms in expected.items() if f in still_open)[:6]
        assert [(p.travel_ms, p.facility["facility_id"]) for p in answer.points] == nearest
        for point in answer.points:
            batch_m = table.loc[
                (one.demand_id, point.facility["facility_id"]), "distance_m"
            ]
            assert round(point.distance_m, 2) == pytest.approx(batch_m, abs=0.011)


def test_answers_for_an_item_at_a_moment_are_those_of_the_coverage(
    tmp_path, own_cache, monkeypatch
):
    """Where a run names the nearest point that does it and is open, so does the locator."""
    folder = tmp_path / "county"
    synthetic.make_county(folder, townships=6, villages=80, seed=3)
    toml = folder / "servicemap.toml"
    text = toml.read_text(encoding="utf-8")
    if "\n[items]" not in text:
        text = text.replace("# [items]", "[items]").replace(
            '# source = "items', 'source = "items'
        )
        toml.write_text(text, encoding="utf-8")
    asked = study.read(folder)
    question = study.Question(
        "medical",
        mode="ebike",
        items=("医疗保障",),
        when="2026-12-05 10:00",
        service_min=20.0,
    )
    travel = replace(asked.travel, modes=("ebike",), minutes=(1.0,))
    monkeypatch.setattr(pipeline, "annex", lambda *_, **__: {})  # long, not needed here
    result = pipeline.run(replace(asked, travel=travel, questions=(question,)))
    table = result.coverage[
        (result.coverage["level"] == "demand")
        & (result.coverage["group"] == "people")
        & result.coverage["travel_time_s"].notna()
    ]
    demand = result.demand.set_index("demand_id")
    locator = Locator(folder)
    assert len(table) > 200
    for row in table.sample(200, random_state=4).itertuples():
        home = demand.loc[row.id]
        answer = locator.locate(
            (home["lon"], home["lat"]),
            item="医疗保障",
            at=MOMENTS[1],
            mode="ebike",
            k=1,
            service_min=20.0,
            home=home["village_id"],
        )
        nearest = answer.points[0]
        assert nearest.facility["facility_id"] == row.nearest_facility_id
        assert nearest.travel_ms == round(row.travel_time_s * 1000)
    # the service's figures: from the kept tables, without areas, lengths and the annex
    first = locator.state
    roads = {"ebike": first.networks["ebike"]}
    asked = replace(asked, travel=travel, questions=(question,))
    kept_state = Locator(folder).state
    assert kept_state.data is not first.data
    for data in (first.data, kept_state.data):
        found = covered(State(asked, first.version, data, roads))
        pd.testing.assert_frame_equal(
            found.coverage.drop(columns="distance_m"),
            result.coverage.drop(columns="distance_m"),
        )
        assert len(found.annex["meanings"])


def test_an_answer_says_where_what_how_long_and_why(small):
    locator = Locator(small)
    answer = locator.locate("Village V01", k=5)
    assert [one.facility["facility_id"] for one in answer.points] == ["P1", "P2"]
    assert abs(answer.points[0].travel_ms - 300_000) < 1_000
    told = answer_json(answer, "en")
    assert told["points"][0]["travel_time_s"] == answer.points[0].travel_ms / 1000
    assert told["place"]["township"] == "Town"
    assert told["points"][0]["route"]["coordinates"][0] == [
        told["snap"]["lon"],
        told["snap"]["lat"],
    ]
    text = "\n".join(lines(answer, "en", "Village V01"))
    assert "Point P1" in text
    assert "5.0 min" in text
    assert "hours not asked" in text
    assert "步行" in "\n".join(lines(answer, "zh"))


def test_a_place_on_an_island_off_the_roads_or_too_far_gets_its_reason(small):
    locator = Locator(small)
    assert locator.locate("V05").reason == "island"
    assert locator.locate("V06").reason == "off_network"
    far = locator.locate("V07", minutes=15)
    assert (far.reason, far.points) == ("too_far", ())
    assert [(why, one.facility["facility_id"]) for why, one in far.instead] == [
        ("too_far", "P1")
    ]
    for language in ("en", "zh"):
        assert "\n".join(lines(far, language))


def test_hours_that_are_unknown_are_no_answer_but_are_told(small):
    answer = Locator(small).locate("V01", at=MOMENTS[2])
    assert answer.reason == "hours_unknown"
    assert [(why, one.facility["facility_id"]) for why, one in answer.instead] == [
        ("hours_unknown", "P1")
    ]


def test_an_item_without_a_catalogue_is_an_error_that_says_so(small):
    with pytest.raises(InputError, match="no catalogue"):
        Locator(small).locate("V01", item="x")


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("", "where_empty"),
        (" \n", "where_empty"),
        ("x" * 1_000_000, "where_too_long"),
        ("nan,nan", "where_coordinates"),
        ("inf, 3", "where_coordinates"),
        ("1e1,2e1", "where_coordinates"),
        ("1_0,2", "where_coordinates"),
        ("500,3", "coordinates_absurd"),
        ("100,-80", "coordinates_outside"),
        ("Village", "where_several"),
        ("zzzzzz", "where_unknown"),
    ],
)
def test_a_place_that_cannot_be_is_refused_in_words(small, where, kind):
    with pytest.raises(ServicemapError) as caught:
        Locator(small).place(where)
    assert caught.value.kind == kind
    for language in ("en", "zh"):
        assert len(caught.value.text(language)) < 2_000


def test_swapped_coordinates_are_called_swapped(small):
    place = Locator(small).place("V01")
    with pytest.raises(InputError) as caught:
        Locator(small).place(f"{place.lat},{place.lon}")
    assert caught.value.kind == "coordinates_swapped"


def test_several_places_are_listed_with_their_township(small):
    with pytest.raises(WhereError) as caught:
        Locator(small).place("Village")
    assert "V03  Village V03 (village or community; Town)" in caught.value.text()


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.text(max_size=220) | st.tuples(st.floats(), st.floats()).map("{0[0]},{0[1]}".format)
)
def test_any_text_is_a_place_or_an_error_in_words(small, where):
    locator = (
        OPEN.setdefault(small, None) or OPEN.update({small: Locator(small)}) or OPEN[small]
    )
    try:
        assert isinstance(locator.place(where), Place)
    except ServicemapError as error:
        assert [error.text(one) for one in ("en", "zh")]  # noqa: PT017


OPEN: dict = {}


def test_an_area_is_that_of_the_run_and_ends_at_the_outline_as_that_does(changing):
    at = {one: Locator(changing).place(one) for one in ("V00", "V01", "V07")}
    east = (at["V00"].lon + at["V01"].lon) / 2
    outline = shapely.box(east - 1.0, at["V00"].lat - 1.0, east, at["V00"].lat + 1.0)
    gpd.GeoDataFrame(geometry=[outline], crs="EPSG:4326").to_file(
        changing / "outline.geojson"
    )
    toml = (changing / "servicemap.toml").read_text(encoding="utf-8")
    source = 'source = "world.osm"\n'
    assert source in toml
    (changing / "servicemap.toml").write_text(
        toml.replace(source, source + 'within = "outline.geojson"\n'), encoding="utf-8"
    )
    locator = Locator(changing)
    run = pipeline.run(locator.state.asked)
    own = run.isochrones[run.isochrones["facility_id"] == "P1"]
    point = run.facilities.set_index("facility_id").loc["P1"]
    assert len(own) >= 2
    for area in own.itertuples():
        (found,), _, reason = locator.isochrone(
            point.lon, point.lat, [area.cutoff_min], mode=area.mode
        )
        assert reason is None
        assert shapely.equals_exact(found.geometry, area.geometry, 0.0)
        assert found.geometry.bounds[2] == pytest.approx(east)
        whole = gpd.GeoSeries([area.geometry], crs="EPSG:4326")
        metres = whole.to_crs(locator.state.network(area.mode).crs)
        assert found.area_km2 == pytest.approx(float(metres.area.iloc[0]) / 1e6)
    (beyond,), _, _ = locator.isochrone(at["V07"].lon, at["V07"].lat, [2.0])
    assert beyond.geometry.is_empty
    assert beyond.area_km2 == 0.0
    answer = json.loads(
        replies.isochrone(locator, (at["V07"].lon, at["V07"].lat), [2.0], None, "to")
    )
    assert answer["features"][0]["geometry"] is None
    assert answer["features"][0]["properties"]["area_km2"] == 0.0


def test_a_changed_study_is_noticed_at_the_next_question(changing):
    locator = Locator(changing)
    before = locator.locate("V01", k=1)
    file = changing / "points.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("P1,", "P0,"), encoding="utf-8")
    after = locator.locate("V01", k=1)
    assert (
        before.points[0].facility["facility_id"],
        after.points[0].facility["facility_id"],
    ) == ("P1", "P0")
    assert before.version != after.version
    file.write_text(text, encoding="utf-8")
    assert locator.locate("V01", k=1).version == before.version


def test_a_study_that_cannot_be_read_any_more_keeps_its_last_state_and_says_so(changing):
    locator = Locator(changing)
    before = locator.locate("V01", k=1).version
    file = changing / "points.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text("", encoding="utf-8")
    assert locator.locate("V01", k=1).version == before
    assert locator.trouble is not None
    file.write_text(text.replace("P1,", "P0,"), encoding="utf-8")
    assert locator.locate("V01", k=1).points[0].facility["facility_id"] == "P0"
    assert locator.trouble is None


def test_a_file_that_is_away_for_a_moment_is_read_again_when_it_is_back(changing):
    locator = Locator(changing)
    file = changing / "points.csv"
    away = file.rename(changing / "points.away")
    assert locator.locate("V01", k=1).points[0].facility["facility_id"] == "P1"
    assert locator.trouble is not None
    text = away.read_text(encoding="utf-8")
    file.write_text(text.replace("P1,", "P0,"), encoding="utf-8")
    assert locator.locate("V01", k=1).points[0].facility["facility_id"] == "P0"
    assert locator.trouble is None


def test_a_file_that_comes_into_a_folder_of_the_study_changes_it(changing):
    (changing / "heights").mkdir()
    os.utime(changing / "heights", (0, 0))
    toml = changing / "servicemap.toml"
    text = toml.read_text(encoding="utf-8")
    text = text.replace('world.osm"', 'world.osm"\nelevation = "heights"')
    # a title that no system takes for the name of a file
    toml.write_text(text.replace("Small", "a\\u0000b.c"), encoding="utf-8")
    asked = study.read(changing)
    before = watched.stamp(watched.files_of(asked))
    (changing / "heights" / "tile.tif").write_bytes(b"a tile")
    assert watched.stamp(watched.files_of(asked)) != before
    stale = tuple(Path(one[0]) for one in before)
    assert watched.stamp(stale) != before


@pytest.mark.parametrize("name", ["roads/profiles.toml", "hours/spoken.py"])
def test_what_was_kept_is_not_found_by_another_version_of_our_source(tmp_path, name):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        shutil.copytree(Path(kept.__file__).parent / Path(name).parent, folder / "own")
    assert kept.own_code(first) == kept.own_code(second)
    kept.own_code.cache_clear()
    next((second / "own").glob(f"*{Path(name).suffix}")).write_text("", encoding="utf-8")
    assert kept.own_code(first) != kept.own_code(second)


def test_threads_that_ask_while_a_study_changes_get_the_old_answer_or_the_new_one(changing):
    locator = Locator(changing)
    file = changing / "points.csv"
    text = file.read_text(encoding="utf-8")
    versions = {}
    faults = []

    def ask():
        while not done.is_set():
            try:
                answer = locator.locate("V01", k=2)
            except Exception as error:  # noqa: BLE001
                faults.append(error)
                return
            ids = tuple(one.facility["facility_id"] for one in answer.points)
            versions.setdefault(answer.version, set()).add(ids)

    done = threading.Event()
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for new in ("P3,", "P4,", "P1,"):
        temporary = changing / "points.new"
        temporary.write_text(text.replace("P1,", new), encoding="utf-8")
        temporary.replace(file)
        locator.locate("V01")
    done.set()
    for one in threads:
        one.join()
    assert faults == []
    assert all(len(answers) == 1 for answers in versions.values())
    assert len(versions) >= 2


def test_an_unknown_item_is_told_what_comes_near_and_else_the_groups() -> None:
    items = {
        "item_id": ["YB1", "SB1"],
        "name": ["医疗费用报销", "养老保险登记"],
        "item_group": ["医疗保障", "社会保障"],
        "scope": ["city", "city"],
    }
    columns = "facility_id item_id item_group handling hours by_appointment who_may"
    offers = Offers(items, {one: [] for one in columns.split()}, [])
    with pytest.raises(InputError, match="What comes near: 医疗保障, 医疗费用报销\\."):
        offers.wanted("医疗")
    with pytest.raises(InputError, match="The groups are: 医疗保障, 社会保障\\."):
        offers.wanted("新生儿")

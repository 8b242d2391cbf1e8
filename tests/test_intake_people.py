"""People spread over places: every sum kept, nobody lost, nobody made up."""

from dataclasses import dataclass, field
from itertools import product

import geopandas
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from servicemap import study
from servicemap.intake import load, spread
from servicemap.intake.shares import gather, largest_remainder
from servicemap.intake.within import nearest
from servicemap.study import People, Source, Study


@given(
    st.integers(0, 100_000),
    st.lists(st.floats(0, 1e6), min_size=1, max_size=30).filter(lambda w: sum(w) > 1e-3),
)
def test_shares_are_whole_and_sum_up_and_are_within_one_of_the_quota(total, weights):
    weights = np.array(weights)

    shares = largest_remainder(total, weights)

    assert shares.sum() == total
    assert (np.abs(shares - total * weights / weights.sum()) < 1 + 1e-6).all()


def test_ties_go_to_the_earlier_one():
    assert largest_remainder(4, np.ones(3)).tolist() == [2, 1, 1]
    assert largest_remainder(5, np.full(3, 0.1)).tolist() == [2, 2, 1]


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=12))
def test_the_nearest_target_is_the_one_that_a_plain_loop_finds(places):
    to_lon = np.array([9 + x / 100 for x, _ in places])
    to_lat = np.array([47 + y / 100 for _, y in places])
    lon, lat = np.array([9.003]), np.array([47.004])
    scale = np.cos(np.radians(to_lat.mean()))

    found = nearest(lon, lat, to_lon, to_lat)[0]

    metres = np.hypot((to_lon - lon) * scale, to_lat - lat)
    assert metres[found] == pytest.approx(metres.min(), abs=1e-12)
    assert all(place != places[found] for place in places[:found])


def test_gathering_keeps_people_and_their_mean_place():
    points = pd.DataFrame(
        {
            "village": [0, 0, 1],
            "lon": [9.0, 9.0001, 9.0],
            "lat": [47.0, 47.0, 47.0],
            "people": [3, 1, 5],
        }
    )

    done = gather(points, ["people"], 10_000)

    assert done["people"].tolist() == [4, 5]
    assert done.loc[0, "lon"] == pytest.approx(9.000025)


@dataclass
class Extract:
    """Two townships, 0.1 degrees wide; five buildings in the western one."""

    bounds: tuple = (9.0, 47.0, 9.4, 47.2)
    buildings: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            [
                ("w1", 9.021, 47.05, 100.0, np.nan, "house", ""),
                ("w2", 9.022, 47.05, 100.0, 3.0, "apartments", "cafe"),
                ("w3", 9.079, 47.05, 200.0, np.nan, "yes", ""),
                ("w4", 9.023, 47.05, 900.0, np.nan, "church", ""),
                ("w5", 9.024, 47.05, 900.0, np.nan, "yes", "school"),
                ("w6", 9.025, 47.05, 5.0, np.nan, "yes", ""),
            ],
            columns=["osm_id", "lon", "lat", "area_m2", "levels", "building", "use"],
        )
    )
    layers: dict = field(
        default_factory=lambda: {
            "built_up": geopandas.GeoDataFrame(
                {"kind": ["residential", "industrial"]},
                geometry=[box(9.12, 47.05, 9.13, 47.06), box(9.16, 47.05, 9.19, 47.06)],
                crs=4326,
            )
        }
    )


@pytest.fixture
def folder(tmp_path):
    areas = geopandas.GeoDataFrame(
        {"id": ["T1", "T2", "T3"], "name": ["West", "East", "Far"]},
        geometry=[
            box(9.0, 47, 9.1, 47.1),
            box(9.1, 47, 9.2, 47.1),
            box(9.2, 47, 9.3, 47.1),
        ],
        crs=4326,
    )
    areas.to_file(tmp_path / "townships.geojson")
    (tmp_path / "villages.csv").write_text(
        "id,name,lon,lat\nA,Alp,9.02,47.05\nB,Berg,9.08,47.05\nC,Cham,9.15,47.05\n"
        "D,Dorf,9.25,47.05\nE,Egg,9.26,47.05\n"
    )
    (tmp_path / "points.csv").write_text(
        "id,name,tier,lon,lat\nP,Hall,township,9.02,47.05\n"
    )
    return tmp_path


def inputs(folder, figures=None, extract=None, **people):
    setting = study.People(kind="resident", **people)
    if figures is not None:
        (folder / "people.csv").write_text(figures)
        setting = People(source="people.csv", kind="resident", **people)
    read = Study(
        folder=folder,
        townships=Source(source="townships.geojson"),
        villages=Source(source="villages.csv"),
        facilities=Source(source="points.csv"),
        people=setting,
    )
    return load(read, extract)


def by_village(demand):
    return demand.groupby("village_id")["people"].sum().to_dict()


def kinds(done):
    return [problem.kind for problem in done.problems if problem.kind.startswith("people")]


def test_villages_without_figures_are_points_with_people_unknown(folder):
    done = inputs(folder, extract=Extract())

    assert done.demand["demand_id"].tolist() == ["A", "B", "C", "D", "E"]
    assert done.demand["people"].isna().all()
    assert done.people.empty


def test_a_township_figure_goes_to_its_homes_by_footprint_and_storeys(folder):
    done = inputs(folder, "municipality,people\nWest,600\n", Extract())

    homes = done.demand.set_index("demand_id")["people"]
    assert homes[["A:w1", "A:w2", "B:w3"]].tolist() == [100, 300, 200]
    assert homes.drop(["A:w1", "A:w2", "B:w3"]).isna().all()
    assert by_village(done.people.rename(columns={"count": "people"})) == {
        "A": 400,
        "B": 200,
    }
    assert done.people["source"].unique().tolist() == [
        "people.csv, spread over homes on the map"
    ]


def test_a_village_figure_stays_in_its_village(folder):
    done = inputs(folder, "village,people\nA,401\nB,64\n", Extract())

    assert by_village(done.demand)["A"] == 401
    assert by_village(done.demand)["B"] == 64
    assert done.people[["village_id", "count"]].to_numpy().tolist() == [
        ["A", 401],
        ["B", 64],
    ]


def test_without_a_mapped_home_people_go_to_built_up_ground_that_is_not_industrial(folder):
    done = inputs(folder, "municipality,people\nEast,1000\n", Extract())

    ground = done.demand[done.demand["demand_id"].str.startswith("C:g")]
    assert ground["people"].sum() == 1000
    assert ground["lon"].between(9.12, 9.13).all()
    assert "people_on_ground" in kinds(done)


def test_without_ground_the_villages_share_equally_the_smaller_id_first(folder):
    done = inputs(folder, "municipality,people\nFar,7\n", Extract())

    assert by_village(done.demand)["D"] == 4
    assert by_village(done.demand)["E"] == 3
    assert "people_on_points" in kinds(done)


def test_spread_by_point_leaves_buildings_alone(folder):
    done = inputs(folder, "village,people\nA,401\n", Extract(), spread="point")

    assert done.demand.set_index("demand_id").loc["A", "people"] == 401


def test_figures_beside_the_villages_are_read_with_groups_that_fit_into_people(folder):
    (folder / "villages.csv").write_text(
        "id,name,lon,lat,常住人口（2023年）,户籍人口,60岁以上\n"
        "A,Alp,9.02,47.05,101,150,50\nB,Berg,9.08,47.05,7,9,7\n"
    )

    done = inputs(folder, extract=Extract())

    assert (done.demand["elderly"] <= done.demand["people"]).all()
    sums = done.demand.groupby("village_id")[["people", "elderly"]].sum()
    assert sums.to_numpy().tolist() == [[101, 50], [7, 7]]
    people = done.people[done.people["group"] == "people"]
    assert sorted(people["kind"].unique()) == ["hukou", "resident"]
    assert people.loc[people["kind"] == "resident", "year"].unique().tolist() == [2023]


def test_kinds_are_never_mixed_in_one_sum(folder):
    done = inputs(folder, "village,常住人口,户籍人口\nA,100,\nB,,50\n", None)

    assert by_village(done.demand) == {"A": 100, "B": 0, "C": 0, "D": 0, "E": 0}
    assert done.demand.set_index("demand_id")["people"].isna().tolist() == [
        False,
        True,
        True,
        True,
        True,
    ]
    assert sorted(done.people["kind"]) == ["hukou", "resident"]


def test_villages_of_a_counted_township_without_homes_have_zero_people_not_unknown(folder):
    only = Extract()
    only.buildings = only.buildings.iloc[:2]

    done = inputs(folder, "municipality,people\nWest,10\n", only)

    assert done.demand.set_index("demand_id").loc["B", "people"] == 0


def test_many_homes_are_gathered_and_sums_stay(folder, monkeypatch):
    monkeypatch.setattr(spread, "MAX_POINTS", 1)

    done = inputs(folder, "municipality,people\nWest,600\n", Extract())

    assert by_village(done.demand)["A"] == 400
    assert "people_gathered" in kinds(done)
    assert done.demand["demand_id"].str.startswith("A:c").sum() == 2


def test_powers_of_two_say_exactly_who_came_through(folder):
    figures = "village,people\n" + "".join(f"{v},{2**n}\n" for n, v in enumerate("ABCDE"))

    done = inputs(folder, figures, Extract())

    assert by_village(done.demand) == {v: 2**n for n, v in enumerate("ABCDE")}


def test_townships_without_areas_take_homes_near_their_villages(folder):
    read = Study(
        folder=folder,
        villages=Source(source="villages.csv"),
        facilities=Source(source="points.csv"),
        people=People(source="people.csv", kind="resident"),
    )
    (folder / "people.csv").write_text("village,people\nA,40\nC,8\n")

    done = load(read, Extract())

    assert done.townships.empty
    assert by_village(done.demand)["A"] == 40
    assert done.demand.set_index("demand_id").loc["C", "people"] == 8
    assert done.demand["demand_id"].str.startswith("A:w").sum() == 2


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=5, max_size=5), st.integers(0, 999))
def test_the_order_of_rows_changes_nothing(tmp_path_factory, counts, seed):
    villages = pd.DataFrame(
        {
            "village_id": list("ABCDE"),
            "township_id": ["T"] * 5,
            "lon": np.linspace(9, 9.1, 5),
            "lat": 47.0,
            "geometry": [None] * 5,
        }
    )
    townships = pd.DataFrame({"township_id": ["T"], "name": ["T"], "geometry": [None]})
    rows = [
        ("village", v, "people", "resident", None, c, "s")
        for v, c in zip("ABCDE", counts, strict=True)
    ]
    figures = pd.DataFrame(
        rows, columns=["level", "place_id", "group", "kind", "year", "count", "source"]
    )
    mixed = figures.sample(frac=1, random_state=seed)

    one, two = (
        spread.demand(
            villages, townships, f, Extract(), spread="auto", source="s", language="en"
        )[0]
        for f in (figures, mixed)
    )

    pd.testing.assert_frame_equal(one, two)


def test_inputs_are_not_changed(folder):
    extract = Extract()
    before = extract.buildings.copy(deep=True)

    inputs(folder, "municipality,people\nWest,600\n", extract)

    pd.testing.assert_frame_equal(extract.buildings, before)


def test_every_combination_of_figures_keeps_every_sum(folder):
    for west, east, far in product((None, 0, 999), repeat=3):
        given_ = {"West": west, "East": east, "Far": far}
        lines = [f"{name},{count}" for name, count in given_.items() if count is not None]
        if not lines:
            continue
        done = inputs(folder, "municipality,people\n" + "\n".join(lines) + "\n", Extract())
        total = sum(count for count in given_.values() if count)

        assert done.demand["people"].sum() == total
        assert done.people["count"].sum() == total

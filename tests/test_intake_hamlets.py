"""Hamlets, grids and rasters: where in a village people are, every sum kept."""

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from servicemap.intake import grids, load, sheets
from servicemap.intake.columns import match
from servicemap.intake.map_evidence import MapEvidence
from servicemap.intake.positions import positions
from servicemap.study import Hamlets, People, Source, Study

VILLAGES = (
    "编号,村名,乡镇,经度,纬度{more}\n"
    "V1,一村,甲镇,121.10,28.10{a}\nV2,二村,甲镇,121.20,28.10{b}\n"
)
POINTS = "编号,名称,层级,经度,纬度\nP1,甲镇中心,乡镇,121.1,28.1\n"
HAMLETS = (
    "自然村编号,自然村,所属村,户数,常住人口,经度,纬度\n"
    "H1,上屋,一村,10,{a},121.101,28.101\nH2,下屋,一村,30,{b},121.102,28.102\n"
)


class Homes:
    """Two homes in each village, the second twice as large."""

    bounds = (121.0, 28.0, 121.4, 28.2)
    layers = {}  # noqa: RUF012 - as an extract has it
    buildings = pd.DataFrame(
        {
            "osm_id": ["w1", "w2", "w3", "w4"],
            "lon": [121.10, 121.101, 121.20, 121.201],
            "lat": [28.1] * 4,
            "area_m2": [100.0, 200.0, 100.0, 200.0],
            "levels": [np.nan] * 4,
            "building": ["house"] * 4,
            "use": [""] * 4,
        }
    )


def read(
    folder,
    *,
    people=("", ""),
    hamlets=None,
    grid=None,
    extract=None,
    areas=False,
    townships=None,
    text=VILLAGES,
    **how,
):
    more, a, b = (
        (",常住人口", *(f",{one}" for one in people)) if any(people) else ("", "", "")
    )
    (folder / "v.csv").write_text(text.format(more=more, a=a, b=b), encoding="utf-8")
    (folder / "p.csv").write_text(POINTS, encoding="utf-8")
    villages = Source(source="v.csv", datum="wgs84")
    if areas:
        frame = geopandas.GeoDataFrame(
            {"编号": ["V1", "V2"], "村名": ["一村", "二村"]},
            geometry=[box(121.0, 28.0, 121.15, 28.2), box(121.15, 28.0, 121.3, 28.2)],
            crs=4326,
        )
        frame.to_file(folder / "v.geojson")
        villages = Source(source="v.geojson")
    if hamlets is not None:
        (folder / "h.csv").write_text(hamlets, encoding="utf-8")
    return load(
        Study(
            folder=folder,
            villages=villages,
            townships=Source(source=townships),
            facilities=Source(source="p.csv", datum="wgs84"),
            people=People(**how),
            hamlets=Hamlets(source="h.csv" if hamlets is not None else None, datum="wgs84"),
            grid=Source(source=grid),
        ),
        extract,
    )


def people_at(inputs):
    return dict(zip(inputs.demand["demand_id"], inputs.demand["people"], strict=True))


def kinds(inputs):
    return {one.kind for one in inputs.problems}


def test_a_village_with_hamlets_is_its_hamlets_and_its_sum_is_kept(tmp_path):
    inputs = read(tmp_path, people=(101, 50), hamlets=HAMLETS.format(a=20, b=60))

    assert people_at(inputs) == {"V1:H1": 25, "V1:H2": 76, "V2": 50}
    at = inputs.demand.set_index("demand_id").loc["V1:H2"]
    assert (at["lon"], at["lat"], at["village_id"]) == (121.102, 28.102, "V1")


def test_without_people_of_hamlets_households_tell_the_shares(tmp_path):
    inputs = read(tmp_path, people=(100, 50), hamlets=HAMLETS.format(a="", b=60))

    assert people_at(inputs) == {"V1:H1": 25, "V1:H2": 75, "V2": 50}


def test_sums_of_hamlets_are_figures_where_the_village_has_none(tmp_path):
    inputs = read(tmp_path, hamlets=HAMLETS.format(a=20, b=60))

    assert people_at(inputs)["V1:H2"] == 60
    figures = inputs.people.set_index(["village_id", "kind"])["count"]
    assert figures["V1", "resident"] == 80
    assert "hamlets_differ" not in kinds(inputs)


def test_sums_that_differ_from_the_village_are_told(tmp_path):
    inputs = read(tmp_path, people=(100, 50), hamlets=HAMLETS.format(a=20, b=60))

    (found,) = [one for one in inputs.problems if one.kind == "hamlets_differ"]
    assert found.values["which"] == "V1 people: 80/100"


def test_hamlets_come_before_homes_and_other_villages_keep_their_homes(tmp_path):
    inputs = read(
        tmp_path, people=(100, 30), hamlets=HAMLETS.format(a=25, b=75), extract=Homes()
    )

    assert people_at(inputs) == {"V1:H1": 25, "V1:H2": 75, "V2:w3": 10, "V2:w4": 20}


@pytest.mark.parametrize(
    ("spread", "there"),
    [
        ("point", {"V1", "V2"}),
        ("buildings", {"V1:w1", "V1:w2", "V2:w3", "V2:w4"}),
        ("hamlets", {"V1:H1", "V1:H2", "V2"}),
    ],
)
def test_spread_says_which_of_them_is_taken(tmp_path, spread, there):
    inputs = read(
        tmp_path,
        people=(100, 30),
        hamlets=HAMLETS.format(a=25, b=75),
        extract=Homes(),
        spread=spread,
    )

    assert set(people_at(inputs)) == there


def test_hamlets_of_no_village_and_without_place_are_told_and_no_one_is_lost(tmp_path):
    text = HAMLETS.format(a=20, b=60) + "H3,远屋,九村,1,5,121.1,28.1\nH4,新屋,一村,1,20,,\n"

    inputs = read(tmp_path, people=(100, 50), hamlets=text)

    rows = {one.kind: one.row for one in inputs.problems if one.source == "h.csv"}
    assert rows["hamlet_village_unknown"] == 4
    assert rows["hamlet_not_located"] == 5
    assert sum(people_at(inputs).values()) == 150
    (entry,) = [one for one in inputs.files if one["name"] == "h.csv"]
    assert (entry["rows"], entry["rows_used"], entry["rows_dropped"]) == (4, 3, 1)


def test_a_grid_table_spreads_the_figures_of_villages(tmp_path):
    (tmp_path / "g.csv").write_text(
        "经度,纬度,人口\n121.10,28.10,1.5\n121.11,28.10,4.5\n121.20,28.10,3\n121.9,28.1,7\n",
        encoding="utf-8",
    )

    inputs = read(tmp_path, people=(100, 30), grid="g.csv", extract=Homes())

    assert sorted(people_at(inputs).values()) == [25, 30, 75]
    assert "people_in_places" in kinds(inputs)
    (found,) = [one for one in inputs.problems if one.kind == "grid_cells_left_out"]
    assert found.values == {"count": 1, "people": 7}
    # the cell at 121.9 lies far off the map: it is counted, and told once
    assert "outside_map" not in kinds(inputs)


def test_cells_of_a_grid_in_a_bay_are_no_findings(tmp_path):
    (tmp_path / "g.csv").write_text(
        "经度,纬度,人口\n121.10,28.10,1\n121.11,28.10,3\n121.20,28.10,3\n",
        encoding="utf-8",
    )
    (tmp_path / "p.csv").write_text("编号,经度,纬度\nA,121.11,28.10\n", encoding="utf-8")
    bay = MapEvidence(in_water=lambda lon, _: lon == 121.11)
    columns = match(sheets.read(tmp_path / "p.csv", "points"), "points", {})
    grid = match(sheets.read(tmp_path / "g.csv", "grid"), "grid", {})
    inputs = read(tmp_path, people=(100, 30))

    points, _, problems = grids.of_table(
        grid, Source("g.csv"), inputs.villages, inputs.townships, on_map=bay
    )

    assert [one.kind for one in positions(columns, datum="wgs84", on_map=bay).problems] == [
        "in_water"
    ]
    assert "in_water" not in [one.kind for one in problems]
    assert points["weight"].tolist() == [1, 3, 3]


def test_an_absurd_count_of_a_cell_is_a_finding_and_nobody(tmp_path):
    (tmp_path / "g.csv").write_text(
        "经度,纬度,人口\n121.10,28.10,1e308\n121.11,28.10,1e308\n121.12,28.10,4\n",
        encoding="utf-8",
    )

    inputs = read(tmp_path, people=(100, 30), grid="g.csv")

    assert people_at(inputs) == {"V1:g0000002": 100, "V2": 30}
    assert [one.row for one in inputs.problems if one.kind == "not_a_count"] == [2, 3]


def test_without_any_figure_the_grid_is_the_figure_and_says_so(tmp_path):
    (tmp_path / "g.csv").write_text(
        "经度,纬度,人口\n121.10,28.10,10\n121.11,28.10,30\n121.20,28.10,8\n",
        encoding="utf-8",
    )

    inputs = read(tmp_path, grid="g.csv")

    assert sorted(people_at(inputs).values()) == [8, 10, 30]
    assert set(inputs.people["source"]) == {"g.csv"}
    (told,) = [one for one in inputs.problems if one.kind == "people_of_grid"]
    assert "口径按 常住 resident" in told.line("zh")


def raster(path, values, *, crs=4326, west=121.0, north=28.2, cell=0.1):
    rasterio = pytest.importorskip("rasterio")
    pytest.importorskip("exactextract")
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype="float32",
        crs=f"EPSG:{crs}",
        transform=rasterio.Affine(cell, 0, west, 0, -cell, north),
        nodata=-99.0,
    ) as file:
        file.write(values.astype("float32"), 1)


def test_cells_of_a_raster_are_cut_along_the_areas_of_villages(tmp_path):
    # V1 is 121.00-121.15, V2 121.15-121.30: the middle column is half and half
    raster(tmp_path / "pop.tif", np.array([[1.0, 4.0, 2.0], [-99.0, 8.0, 16.0]]))

    inputs = read(tmp_path, grid="pop.tif", areas=True)

    by_village = inputs.demand.groupby("village_id")["people"].sum()
    assert by_village["V1"] == 1 + 2 + 4
    assert by_village["V2"] == 2 + 4 + 2 + 16
    inside = inputs.demand[inputs.demand["village_id"] == "V1"]
    assert (inside["lon"] <= 121.15 + 1e-9).all()
    (entry,) = [one for one in inputs.files if one["name"] == "pop.tif"]
    assert entry["rows"] == entry["rows_used"] + entry["rows_dropped"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_cells_on_the_border_of_two_townships_are_shared_by_both(tmp_path, order):
    """Only townships have areas; either may come first in their file."""
    both = (
        ("T1", "甲镇", box(121.0, 28.0, 121.15, 28.2)),
        (
            *("T2", "乙镇"),
            box(121.15, 28.0, 121.3, 28.2),
        ),
    )
    ids, names, shapes = zip(*(both[one] for one in order), strict=True)
    frame = geopandas.GeoDataFrame(
        {"编号": ids, "名称": names}, geometry=[*shapes], crs=4326
    )
    frame.to_file(tmp_path / "t.geojson")
    raster(tmp_path / "pop.tif", np.array([[1.0, 4.0, 2.0], [-99.0, 8.0, 16.0]]))

    text = VILLAGES.replace("V2,二村,甲镇", "V2,二村,乙镇")
    inputs = read(tmp_path, grid="pop.tif", townships="t.geojson", text=text)

    by_village = inputs.demand.groupby("village_id")["people"].sum()
    assert by_village.to_dict() == {"V1": 1 + 2 + 4, "V2": 2 + 4 + 2 + 16}


@pytest.mark.parametrize("nobody", [-99.0, np.nan, 3.4e38])
@pytest.mark.parametrize("areas", [True, False])
def test_a_raster_without_anybody_gives_no_points(tmp_path, nobody, areas):
    """No data: as declared, as no number, or as the largest there is."""
    raster(tmp_path / "pop.tif", np.full((2, 3), nobody))

    inputs = read(tmp_path, people=(10, 20), grid="pop.tif", areas=areas)

    assert set(inputs.demand["demand_id"]) == {"V1", "V2"}


def test_a_raster_without_areas_goes_to_the_nearest_village(tmp_path):
    raster(
        tmp_path / "pop.tif",
        np.array([[1.0, 0.0, 2.0]]),
        west=121.095,
        north=28.105,
        cell=0.01,
    )

    inputs = read(tmp_path, people=(10, 20), grid="pop.tif")

    assert inputs.demand["people"].sum() == 30
    at = inputs.demand[inputs.demand["village_id"] == "V1"]
    assert at["lon"].tolist() == pytest.approx([121.10, 121.12], abs=1e-6)
    assert sorted(at["people"]) == [3, 7]


def test_a_projected_raster_lies_where_it_should(tmp_path):
    from pyproj import Transformer

    x, y = Transformer.from_crs(4326, 32651, always_xy=True).transform(121.1, 28.1)
    raster(
        tmp_path / "pop.tif",
        np.array([[5.0]]),
        crs=32651,
        west=x - 50,
        north=y + 50,
        cell=100,
    )

    inputs = read(tmp_path, people=(10, 20), grid="pop.tif")

    at = inputs.demand.set_index("village_id").loc["V1"]
    assert (at["lon"], at["lat"]) == pytest.approx((121.1, 28.1), abs=1e-6)


def test_a_file_that_is_no_raster_is_told(tmp_path):
    from servicemap.errors import InputError

    (tmp_path / "pop.tif").write_bytes(b"<VRTDataset/>")

    with pytest.raises(InputError) as caught:
        read(tmp_path, grid="pop.tif")

    assert [one.kind for one in caught.value.problems] == ["not_its_format"]

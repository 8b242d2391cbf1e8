"""A study drafted from an extract alone reads back as the tables that were drafted."""

import dataclasses
import hashlib
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from shapely.geometry import box

from servicemap import osm_file, study
from servicemap.errors import InputError
from servicemap.hours import to_osm
from servicemap.intake import (
    blank_books,
    draft,
    draft_places,
    draft_points,
    load,
    sheets,
    templates,
)
from servicemap.intake.columns import match
from servicemap.intake.synonyms import headers
from servicemap.words import say

DATA = Path(__file__).parents[2] / "shared" / "data"
COUNTRIES = {
    "liechtenstein": "liechtenstein/liechtenstein-2013-08-03.osm.pbf",
    "andorra": "andorra/andorra-2025.osm.pbf",
}


@pytest.fixture(scope="module", params=sorted(COUNTRIES))
def country(request):
    path = DATA / COUNTRIES[request.param]
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return request.param, path, osm_file.read(path)


def drafted(country, folder, language="zh", **options):
    name, path, extract = country
    return draft(folder / name, extract, roads=path, language=language, **options)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_drafted_reads_back_as_the_same_tables(country, tmp_path, language):
    _, _, extract = country
    townships = draft_places.townships(extract.boundaries, extract.places)
    villages, _ = draft_places.villages(extract.places, townships, source="x")
    facilities, _ = draft_points.facilities(
        extract.offices, townships, source="x", language=language
    )

    summary = drafted(country, tmp_path, language)

    read = study.read(summary.folder)
    assert read.language == language
    inputs = load(read, extract)
    # hours are drafted as the map writes them; read, they are in one spelling
    written = facilities["hours"]
    facilities = facilities.assign(
        hours=written.map(to_osm, na_action="ignore").astype("str"), hours_written=written
    )
    pd.testing.assert_frame_equal(inputs.facilities, facilities)
    plain = [column for column in villages.columns if column != "geometry"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(inputs.villages[plain]), pd.DataFrame(villages[plain])
    )
    assert inputs.townships["name"].tolist() == townships["name"].tolist()
    assert [p for p in inputs.problems if p.severity == "error"] == []
    # The CSV beside the workbook holds the same.
    toml = summary.folder / study.FILE_NAME
    toml.write_text(
        toml.read_text(encoding="utf-8").replace('.xlsx"', '.csv"'), encoding="utf-8"
    )
    again = load(study.read(summary.folder), extract)
    pd.testing.assert_frame_equal(again.facilities, facilities)


def test_the_places_that_one_can_count_on_the_map_are_there(country, tmp_path):
    name, _, _ = country
    counts = drafted(country, tmp_path).counts

    expected = {
        "liechtenstein": {"villages": 17, "townships": 11, "township": 2, "bank": 10},
        "andorra": {"villages": 73, "townships": 7},
    }[name]
    assert {key: counts[key] for key in expected} == expected
    assert name != "andorra" or counts["township"] >= 8


def test_a_study_is_called_as_its_place_is_on_the_map(country, tmp_path):
    """The country, which holds all roads: no district of it, nor the folder."""
    name, _, extract = country
    own = extract.boundaries[extract.boundaries["admin_level"] == 2].iloc[0]
    assert own["name"] == name.capitalize()
    for language in ("en", "zh"):
        summary = drafted(country, tmp_path, language, overwrite=True)
        title = own["tags"].get(f"name:{language}") or own["name"]
        assert study.read(summary.folder).name == title
    assert study.read(drafted(country, tmp_path / "b", name="Mine").folder).name == "Mine"


def test_a_study_of_a_part_is_called_as_that_part():
    """Most roads say which area; of two that hold as many the finer one has the name."""
    areas = geopandas.GeoDataFrame(
        {
            "osm_id": ["a1", "a2", "a3"],
            "name": ["Province", "Town", "Corner"],
            "admin_level": [4, 8, 9],
            "tags": [{}, {"name:zh": "镇"}, {}],
        },
        geometry=[box(0, 0, 9, 9), box(0, 0, 2, 2), box(0, 0, 0.5, 2)],
        crs=4326,
    )
    lon, lat = np.linspace(0.1, 1.9, 50), np.full(50, 1.0)
    assert draft_places.place_name(areas, lon, lat, "en") == "Town"
    assert draft_places.place_name(areas, lon, lat, "zh") == "镇"
    assert draft_places.place_name(areas, lon + 4, lat, "en") == "Province"
    assert draft_places.place_name(areas, lon + 40, lat, "en") is None
    assert draft_places.place_name(areas[:0], lon, lat, "en") is None


def test_a_second_draft_has_the_same_bytes(country, tmp_path):
    one = drafted(country, tmp_path / "one")
    two = drafted(country, tmp_path / "two")

    def sums(summary):
        return {
            name: hashlib.sha256((summary.folder / name).read_bytes()).hexdigest()
            for name in summary.files
        }

    assert sums(one) == sums(two)


def test_an_existing_study_is_not_overwritten_unasked(country, tmp_path):
    summary = drafted(country, tmp_path)
    toml = summary.folder / study.FILE_NAME
    toml.write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match="already"):
        drafted(country, tmp_path)

    assert toml.read_text(encoding="utf-8") == "mine"
    drafted(country, tmp_path, overwrite=True)
    assert toml.read_text(encoding="utf-8") != "mine"
    there = [path for path in summary.folder.rglob("*") if path.is_file()]
    names = [path.relative_to(summary.folder).as_posix() for path in there]
    assert sorted(names) == sorted(summary.files)


def test_what_lies_outside_the_given_boundary_is_left_out(country, tmp_path):
    _, _, extract = country
    west, south, east, north = extract.bounds
    middle = box((west * 2 + east) / 3, (south * 2 + north) / 3, east, north)
    area = geopandas.GeoDataFrame(geometry=[middle], crs=4326)
    area.to_file(tmp_path / "area.geojson")

    clipped = drafted(country, tmp_path, within=tmp_path / "area.geojson")

    assert study.read(clipped.folder).roads.within == "../area.geojson"
    villages = load(study.read(clipped.folder), extract).villages
    assert 0 < len(villages) < len(draft_places.inhabited(extract.places))
    assert all(
        middle.contains(p) for p in geopandas.points_from_xy(villages.lon, villages.lat)
    )


def test_people_per_municipality_fill_the_homes_of_the_real_study(tmp_path):
    folder = DATA / "liechtenstein"
    if not folder.exists():
        pytest.skip("the real data are not here")
    path = DATA / COUNTRIES["liechtenstein"]
    extract = osm_file.read(path)
    summary = draft(tmp_path / "li", extract, roads=path)
    figures = folder / "populations_2014.csv"
    toml = summary.folder / study.FILE_NAME
    people = f'[people]\nsource = "{figures.as_posix()}"\nkind = "resident"\nyear = 2014\n'
    toml.write_text(toml.read_text(encoding="utf-8") + people, encoding="utf-8")

    inputs = load(study.read(summary.folder), extract)

    known = pd.read_csv(figures).set_index("municipality")["people"]
    place = inputs.villages.merge(inputs.townships, on="township_id", suffixes=("", "_of"))
    name = place.set_index("village_id")["name_of"]
    sums = inputs.demand.groupby(inputs.demand["village_id"].map(name))["people"].sum()
    assert sums.to_dict() == known.to_dict()
    assert inputs.demand["people"].sum() == 37_370
    assert len(inputs.demand) > 3_000


def offices(*rows):
    columns = ["osm_id", "name", "lon", "lat", "tags"]
    return pd.DataFrame(rows, columns=columns)


def drafted_points(*rows, language="en"):
    areas = geopandas.GeoDataFrame(
        {"township_id": ["T"], "name": ["T"]}, geometry=[box(9, 47, 10, 48)], crs=4326
    )
    return draft_points.facilities(offices(*rows), areas, source="x", language=language)


def test_a_node_and_an_area_of_one_office_are_one_point():
    hall = {"amenity": "townhall"}

    points, problems = drafted_points(
        ("n1", "Rathaus", 9.5, 47.1, hall),
        ("w1", "Rathaus", 9.5001, 47.1, {**hall, "phone": "1"}),
        ("n2", "Rathaus", 9.51, 47.1, hall),
    )

    assert points["facility_id"].tolist() == ["n2", "w1"]
    assert [problem.kind for problem in problems] == ["offices_merged"]


def test_only_offices_that_say_residents_have_business_there_are_taken():
    points, problems = drafted_points(
        ("n1", "Gemeindeverwaltung", 9.5, 47.1, {"amenity": "public_building"}),
        ("n2", "Pfarreizentrum", 9.51, 47.1, {"amenity": "public_building"}),
        ("n3", "", 9.52, 47.1, {"office": "government", "government": "register_office"}),
        (
            "n4",
            "Zollamt",
            9.53,
            47.1,
            {"office": "government", "government": "administrative"},
        ),
        ("n5", "某镇便民服务中心", 9.54, 47.1, {"office": "government"}),
        ("n6", "某派出所", 9.55, 47.1, {"office": "government"}),
    )

    assert points["facility_id"].tolist() == ["n1", "n3", "n5"]
    assert points["township_id"].tolist() == ["T", "T", "T"]
    assert problems[0].values["count"] == 3


def test_banks_and_post_offices_carry_their_partner_and_hours():
    tags = {"amenity": "bank", "operator": "LLB AG", "opening_hours": "Mo-Fr 08:00-12:00"}

    points, _ = drafted_points(("n1", "", 9.5, 47.1, tags), language="zh")

    row = points.iloc[0]
    assert (row["tier"], row["partner"], row["name"]) == ("bank", "LLB AG", "银行（n1）")
    assert row["hours"] == "Mo-Fr 08:00-12:00"
    assert not row["one_stop"]


def test_hostile_names_survive_the_way_through_workbook_and_csv(tmp_path):
    from dataclasses import dataclass

    names = [
        "=1+1",
        "<img onerror=x>",
        "${x}",
        "+376",
        "\u202e站",
        "'quoted",
        "../../x",
        '"a";b',
    ]

    @dataclass(frozen=True)
    class Extract:
        name: str = "x.osm.pbf"
        sha256: str = "0"
        date: str | None = None
        bounds: tuple = (9, 47, 10, 48)
        boundaries: object = None
        places: object = None
        offices: object = None
        buildings: tuple = ()

    extract = Extract(
        boundaries=geopandas.GeoDataFrame(
            {"osm_id": [], "name": [], "admin_level": []}, geometry=[], crs=4326
        ),
        places=pd.DataFrame(
            [
                (f"n{i}", name, "village", 9.5 + i / 100, 47.1, {})
                for i, name in enumerate(names)
            ],
            columns=["osm_id", "name", "place", "lon", "lat", "tags"],
        ),
        offices=offices(("n9", "=cmd", 9.5, 47.1, {"amenity": "bank"})),
    )
    summary = draft(tmp_path / "s", extract, roads=tmp_path / "x.osm.pbf", name='a"b\\c')
    toml = summary.folder / study.FILE_NAME

    for ending in (".xlsx", ".csv"):
        toml.write_text(toml.read_text().replace('.xlsx"', f'{ending}"'))
        read = study.read(summary.folder)
        inputs = load(read, extract)

        assert inputs.villages["name"].tolist() == names
        assert inputs.facilities["name"].tolist() == ["=cmd"]
        assert read.name == 'a"b\\c'
    assert inputs.townships.empty
    assert inputs.villages["township_id"].isna().all()


def test_a_study_in_china_gets_names_of_townships_and_no_borders(tmp_path):
    """Official borders come from the user there, never from OpenStreetMap."""
    path = Path(__file__).parents[1] / "data" / "demo-county" / "roads.osm.pbf"
    extract = osm_file.read(path)
    square = box(121.0, 28.0, 121.3, 29.0), box(121.3, 28.0, 122.0, 29.0)
    boundaries = geopandas.GeoDataFrame(
        {
            "osm_id": ["r1", "r2"],
            "name": ["东镇", "西镇"],
            "admin_level": [8, 8],
            "tags": [{}, {}],
        },
        geometry=list(square),
        crs="EPSG:4326",
    )
    extract = dataclasses.replace(extract, boundaries=boundaries)
    found = draft(tmp_path / "a", extract, roads=path, language="zh")
    assert "draft_no_borders" in [one.kind for one in found.problems]
    drawn = geopandas.read_file(tmp_path / "a" / "townships.geojson")
    assert sorted(drawn["name"]) == ["东镇", "西镇"]
    assert drawn.geometry.isna().all()
    given = load(study.read(tmp_path / "a"), extract)
    assert set(given.villages["township_id"].dropna()) == set(drawn["township_id"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_templates_have_an_example_row_that_is_never_read(tmp_path, language):
    """Below it a row like it, without the mark, is read with every cell understood."""
    blank_books.write(tmp_path, language)

    for name, tables in blank_books.BOOKS.items():
        book = load_workbook(tmp_path / name)
        for page, (kind, columns) in zip(book, tables, strict=True):
            table = blank_books.TABLES.get(kind, kind)
            with pytest.raises(InputError) as alone:
                sheets.read(tmp_path / name, table, sheet=page.title)
            assert [one.kind for one in alone.value.problems] == ["no_rows"]
            example = [cell.value for cell in page[2]]
            mark = say("intake.example.row", language, value="")
            assert str(example[0]).startswith(mark)
            assert all(page.cell(1, place + 1).comment for place in range(len(columns)))
            page.append([str(example[0]).removeprefix(mark), *example[1:]])
        book.save(tmp_path / f"filled_{name}")
        for page, (kind, columns) in zip(book, tables, strict=True):
            table = blank_books.TABLES.get(kind, kind)
            sheet = sheets.read(tmp_path / f"filled_{name}", table, sheet=page.title)
            found = match(sheet, table, {})
            own = [one for one in columns if one in headers(table)]
            assert set(own) <= set(found.headers), table
            assert [one.kind for one in sheet.problems] == ["example_row"]
            assert not found.problems
            for column in own:
                words = templates.choices(table, column, language)
                assert not words or found.strings(column)[0] in words


def test_filled_templates_of_totals_and_homesteads_are_read_with_their_example_left(
    tmp_path,
):
    blank_books.write(tmp_path, "zh")
    for name, row in (
        ("published", ["1", "甲镇", 200, "常住", 2025, "年鉴"]),
        ("homesteads", ["101", "东村", "甲镇", 1, 5, 9.011, 47.051, "WGS84"]),
    ):
        book = load_workbook(tmp_path / f"{name}.xlsx")
        book.active.append(row)
        book.save(tmp_path / f"{name}.xlsx")
    (tmp_path / "v.csv").write_text(
        "代码,名称,乡镇,乡镇代码,经度,纬度,常住人口\n101,东村,甲镇,1,9.01,47.05,192\n",
        encoding="utf-8",
    )
    (tmp_path / "p.csv").write_text(
        "编号,名称,层级,经度,纬度\nP1,甲站,村,9.01,47.05\n", encoding="utf-8"
    )

    found = load(
        study.Study(
            tmp_path,
            facilities=study.Source("p.csv", datum="wgs84"),
            villages=study.Source("v.csv", datum="wgs84"),
            homesteads=study.Source("homesteads.xlsx"),
            published=study.Published("published.xlsx"),
        ),
        None,
    )

    assert found.demand[["lon", "lat", "people"]].to_numpy().tolist() == [
        [9.011, 47.051, 192]
    ]
    (one,) = [one for one in found.problems if one.kind == "published_differs"]
    assert (one.values["published"], one.values["sum"]) == (200, 192)


def test_notes_of_kinds_are_those_of_their_sheet(tmp_path):
    blank_books.write(tmp_path, "zh")

    notes = {
        page.title: cell.comment.text
        for name in ("villages.xlsx", "published.xlsx")
        for page in load_workbook(tmp_path / name)
        for cell in page[1]
        if cell.value in ("类型", "人口口径", "调整类型")
    }

    assert notes == {
        "村社区名录": "村或社区。",
        "区划调整对照": "调整类型：合并、拆分、更名、改码或划转。",
        "公布总数": "人口口径：常住、户籍、七普或实有，不同口径不相加。",
    }


@pytest.mark.parametrize("name", ["示例村", "例湾村", "Examplewood", "示例社区"])
def test_a_place_called_example_is_a_place(tmp_path, name):
    (tmp_path / "v.csv").write_text(
        f"名称,乡镇\n{name},甲\n（示例）李村,甲\n", encoding="utf-8"
    )

    sheet = sheets.read(tmp_path / "v.csv", "villages")

    assert sheet.cells["名称"].tolist() == [name]


def test_templates_are_the_same_bytes_twice(tmp_path):
    for folder in ("a", "b"):
        blank_books.write(tmp_path / folder, "zh")

    for name in blank_books.BOOKS:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()

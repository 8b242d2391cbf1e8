"""Rows without coordinates are placed by name and address, with a score, and never silently."""

import geopandas
import numpy as np
import pandas as pd
import pytest
from rapidfuzz import fuzz
from shapely.geometry import box

from servicemap.intake import load
from servicemap.intake.gazetteer import TAKEN, Entry, Gazetteer, sound, stem
from servicemap.study import People, Source, Study

PLACES = ("place",)


class Named:
    """A map with named places, an office with an address, and a street."""

    bounds = (121.0, 28.0, 121.4, 28.2)
    buildings = ()
    layers = {}  # noqa: RUF012 - as an extract has it
    roads = None
    places = pd.DataFrame(
        {
            "osm_id": ["n1", "n2", "n3", "n4"],
            "name": ["白石", "白石", "青峰村", "龙溪村"],
            "lon": [121.1, 121.3, 121.12, 121.32],
            "lat": [28.1, 28.1, 28.12, 28.12],
        }
    )
    offices = pd.DataFrame(
        {
            "osm_id": ["n9"],
            "name": ["甲镇便民服务中心"],
            "lon": [121.11],
            "lat": [28.11],
            "tags": [{"addr:street": "解放路", "addr:housenumber": "12"}],
        }
    )


def read(folder, villages, points="P1,甲站,村,甲镇,,,121.1,28.1\n", *, areas=True):
    (folder / "v.csv").write_text("编号,村名,乡镇,经度,纬度\n" + villages, encoding="utf-8")
    (folder / "p.csv").write_text(
        "编号,名称,层级,乡镇,村,地址,经度,纬度\n" + points, encoding="utf-8"
    )
    townships = Source()
    if areas:
        geopandas.GeoDataFrame(
            {"编号": ["T1", "T2"], "名称": ["甲镇", "乙街道"]},
            geometry=[box(121, 28, 121.2, 28.2), box(121.2, 28, 121.4, 28.2)],
            crs=4326,
        ).to_file(folder / "t.geojson")
        townships = Source(source="t.geojson")
    return load(
        Study(
            folder=folder,
            villages=Source(source="v.csv", datum="wgs84"),
            facilities=Source(source="p.csv", datum="wgs84"),
            townships=townships,
            people=People(spread="point"),
        ),
        Named(),
    )


def at(table, key, one):
    row = table.set_index(key).loc[one]
    return row["lon"], row["lat"], row["located_by"]


def kinds(inputs, row=None):
    return [one.kind for one in inputs.problems if row is None or one.row == row]


def test_a_village_is_found_by_its_name_in_its_own_township(tmp_path):
    inputs = read(tmp_path, "V1,白石村,甲镇,,\nV2,白石社区,乙街道,,\n")

    assert at(inputs.villages, "village_id", "V1") == (121.1, 28.1, "gazetteer")
    assert at(inputs.villages, "village_id", "V2") == (121.3, 28.1, "gazetteer")
    found = next(one for one in inputs.problems if one.kind == "placed_by_name")
    assert (found.severity, found.row, found.values["score"]) == ("warning", 2, "1.00")
    assert {"not_located", "placed_by_name"} <= set(kinds(inputs, 2))


def test_a_name_that_fits_two_places_is_not_taken(tmp_path):
    inputs = read(tmp_path, "V1,白石村,甲镇,,\nV9,某村,甲镇,121.1,28.1\n", areas=False)

    assert at(inputs.villages, "village_id", "V1")[2] == "none"
    assert "place_ambiguous" in kinds(inputs, 2)


def test_a_wrong_character_of_the_same_sound_is_taken(tmp_path):
    inputs = read(tmp_path, "V1,青锋村,甲镇,,\nV9,某村,甲镇,121.1,28.1\n")

    assert at(inputs.villages, "village_id", "V1") == (121.12, 28.12, "gazetteer")
    assert "placed_by_sound" in kinds(inputs, 2)


def test_a_short_name_that_is_only_alike_is_proposed_and_not_taken(tmp_path):
    inputs = read(tmp_path, "V1,大青峰村,甲镇,,\nV9,某村,甲镇,121.1,28.1\n")

    assert at(inputs.villages, "village_id", "V1")[2] == "none"
    (found,) = [one for one in inputs.problems if one.kind == "place_proposed"]
    assert (found.row, found.values["name"], found.values["score"]) == (2, "青峰村", "0.54")


def test_a_long_name_with_a_slip_of_the_key_is_taken():
    names = Gazetteer([Entry("place", "Gamprin-Bendern", 9.5, 47.2)])

    found = names.find("Gamprin Bendren", kinds=PLACES)

    assert (found.how, found.entry.lon) == ("alike", 9.5)
    assert found.score >= TAKEN


def test_another_name_is_left_alone(tmp_path):
    inputs = read(tmp_path, "V1,高桥村,甲镇,,\nV9,某村,甲镇,121.1,28.1\n")

    assert at(inputs.villages, "village_id", "V1")[2] == "none"
    assert kinds(inputs, 2) == ["not_located"]


@pytest.mark.parametrize(
    ("row", "place", "kind"),
    [
        ("甲镇便民服务中心,乡镇,甲镇,,", (121.11, 28.11), "placed_by_name"),
        ("某窗口,乡镇,甲镇,,解放路12号一楼", (121.11, 28.11), "placed_by_address"),
        ("某站,村,甲镇,某村,", (121.15, 28.15), "placed_by_village"),
        ("青峰村便民服务站,村,甲镇,,", (121.12, 28.12), "placed_by_within"),
    ],
)
def test_a_point_is_found_by_name_address_village_or_a_place_in_its_name(
    tmp_path, row, place, kind
):
    inputs = read(
        tmp_path,
        "V1,某村,甲镇,121.15,28.15\n",
        f"P1,甲站,村,甲镇,,,121.1,28.1\nP2,{row},,\n",
    )

    assert at(inputs.facilities, "facility_id", "P2") == (*place, "gazetteer")
    assert kind in kinds(inputs, 3)


def test_a_place_in_another_township_is_not_taken(tmp_path):
    inputs = read(
        tmp_path,
        "V1,某村,甲镇,121.15,28.15\n",
        "P1,甲站,村,甲镇,,,121.1,28.1\nP2,龙溪村便民服务站,村,甲镇,,,,\n",
    )

    assert at(inputs.facilities, "facility_id", "P2")[2] == "none"


def test_wrong_coordinates_are_not_papered_over(tmp_path):
    inputs = read(tmp_path, "V1,白石村,甲镇,0,0\nV9,某村,甲镇,121.1,28.1\n")

    assert at(inputs.villages, "village_id", "V1")[2] == "none"
    assert kinds(inputs, 2) == ["zero_zero"]


def test_scores_order_and_the_street_number_must_be_the_same():
    names = Gazetteer(
        [
            Entry("address", "解放路", 121.1, 28.1, "12"),
            Entry("street", "解放路", 121.2, 28.2),
            Entry("place", "白石村", 121.3, 28.3),
        ]
    )

    there = names.find(None, "解放路12号", kinds=PLACES)
    other = names.find(None, "解放路14号", kinds=PLACES)

    assert (there.how, there.entry.lon) == ("address", 121.1)
    assert (other.how, other.entry.lon) == ("street", 121.2)
    assert other.score >= TAKEN
    assert names.find("无名", None, kinds=PLACES) is None


def test_stems_and_sounds():
    assert stem("白石村民委员会") == stem("白石村") == stem(" 白石 ") == "白石"
    assert sound("青峰") == sound("青锋") == "qingfeng"


def test_the_order_of_entries_changes_nothing():
    entries = [Entry("place", f"白石{k}村", 121 + k / 100, 28.0) for k in range(9)]
    random = np.random.default_rng(1)
    found = {
        Gazetteer([entries[k] for k in random.permutation(9)]).find("白石村", kinds=PLACES)
        for _ in range(5)
    }

    assert len(found) == 1


def test_a_name_that_is_alike_is_found_among_all_without_holding_it_against_each():
    random = np.random.default_rng(7)
    signs = list("青白高大小山水桥溪石abcde -")
    spelt = ["".join(random.choice(signs, size)) for size in random.integers(1, 12, 900)]
    names = Gazetteer(
        [Entry("place", name, 121 + k / 100, 28.0) for k, name in enumerate(spelt)]
    )

    for name in ("".join(random.choice(signs, size)) for size in (1, 2, 3, 5, 8, 11) * 20):
        likest = max(fuzz.ratio(stem(name), stem(one)) / 100 for one in spelt)
        sounds = any(sound(stem(one)) == sound(stem(name)) for one in spelt)
        found = names.find(name, kinds=PLACES)

        if found is None or found.how != "alike":
            assert sounds or likest < 0.8
        else:
            assert found.score == pytest.approx(0.68 * likest, abs=0.005)


def test_only_places_in_the_township_or_at_its_border_are_looked_at():
    names = Gazetteer(
        [Entry("place", "白石村", 121.0 + k / 1_000, 28.0) for k in range(100)]
    )
    area = box(121.0201, 27.9, 121.0301, 28.1)

    seen = [
        names.find("白石村", kinds=PLACES, area=box(lon, 27.9, lon + 1e-4, 28.1))
        for lon in (120.997, 121.1005)
    ]

    assert names.find("白石村", kinds=PLACES, area=area).entry.lon == 121.019
    assert [one and one.entry.lon for one in seen] == [None, 121.099]

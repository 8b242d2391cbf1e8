"""Sources of population side by side, and sums held against published totals."""

from dataclasses import replace

import pandas as pd
import pytest

from servicemap.errors import InputError
from servicemap.intake import load
from servicemap.intake.public import public_inputs
from servicemap.study import Outputs, People, Published, Source, Study

VILLAGES = """代码,名称,乡镇,经度,纬度
101,东村,甲镇,9.01,47.05
102,西村,甲镇,9.03,47.05
103,李村,乙乡,9.05,47.05
"""
POINTS = "编号,名称,层级,乡镇,经度,纬度\nP1,甲站,村,甲镇,9.01,47.05\n"
PEOPLE = (
    "村代码,常住人口,户籍人口,年份\n101,64,70,2025\n102,128,130,2025\n103,256,260,2025\n"
)


def inputs(folder, totals=None, **more):
    files = {"villages": VILLAGES, "points": POINTS, "people": PEOPLE}
    if totals is not None:
        files["published"] = totals
        more.setdefault("published", Published("published.csv"))
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    asked = Study(
        folder,
        facilities=Source("points.csv", datum="wgs84"),
        villages=Source("villages.csv", datum="wgs84"),
        people=People("people.csv", kind="resident"),
    )
    asked = replace(asked, **more)
    return load(asked, None), asked


def told(found, kind):
    return [one for one in found.problems if one.kind == kind]


def test_a_sum_that_differs_is_told_with_figure_difference_and_percent(tmp_path):
    published = "乡镇,常住人口,年份\n甲镇,200,2025\n乙乡,256,2025\n"

    found, _ = inputs(tmp_path, published)

    (one,) = told(found, "published_differs")
    assert one.severity == "warning"
    assert "公布 200 人" in one.line("zh")
    assert "合计 192 人，相差 -8 人（-4.00%）" in one.line("zh")


def test_a_difference_within_the_tolerance_is_a_note(tmp_path):
    published = Published("published.csv", tolerance_percent=5)

    found, _ = inputs(tmp_path, "乡镇,常住人口\n甲镇,200\n", published=published)

    assert [one.severity for one in told(found, "published_differs")] == ["note"]


@pytest.mark.parametrize(
    "row", ["乡镇,常住人口,年份\n甲镇,200,2020\n", "乡镇,七普人口\n甲镇,200\n"]
)
def test_figures_of_another_kind_or_year_are_never_compared(tmp_path, row):
    found, _ = inputs(tmp_path, row)

    assert not told(found, "published_differs")
    assert len(told(found, "published_alone")) == 1


def test_published_totals_count_for_nobody(tmp_path):
    without, _ = inputs(tmp_path)
    found, _ = inputs(tmp_path, "乡镇,常住人口\n甲镇,9999\n")

    pd.testing.assert_frame_equal(found.demand, without.demand)
    pd.testing.assert_frame_equal(found.people, without.people)


def test_a_column_of_the_townships_file_is_a_published_total(tmp_path):
    (tmp_path / "towns.csv").write_text(
        "名称,2025年常住人口\n甲镇,190\n乙乡,256\n", encoding="utf-8"
    )

    found, _ = inputs(tmp_path, townships=Source("towns.csv"))

    (one,) = told(found, "published_differs")
    assert one.source == "towns.csv"
    assert "+2" in one.line("en")


def test_sources_stand_side_by_side_by_township(tmp_path):
    (tmp_path / "other.csv").write_text(
        "村代码,常住人口,年份\n101,60,2024\n", encoding="utf-8"
    )
    people = People("people.csv", kind="resident", compare=("other.csv",))

    found, _ = inputs(tmp_path, "乡镇,常住人口,年份\n甲镇,192,2025\n", people=people)

    table = found.people_sources.set_index(["township_id", "source", "kind"])
    first = found.townships["township_id"].tolist()
    (town,) = [
        one
        for one, name in zip(first, found.townships["name"], strict=True)
        if name == "甲镇"
    ]
    assert table.loc[(town, "published.csv", "resident"), "n_people"] == 192
    assert table.loc[(town, "people.csv", "resident"), "n_people"] == 192
    assert table.loc[(town, "people.csv", "hukou"), "n_people"] == 200
    assert table.loc[(town, "other.csv", "resident"), "n_people"] == 60
    assert table.loc[(town, "other.csv", "resident"), "n_villages"] == 1
    assert found.demand["people"].sum() == 448


def test_one_source_needs_no_comparison(tmp_path):
    (tmp_path / "x").mkdir()
    found, _ = inputs(tmp_path, people=People(None))

    assert found.people_sources.empty


def test_figures_of_villages_are_no_published_totals(tmp_path):
    found, _ = inputs(tmp_path, "村代码,常住人口\n101,64\n")

    assert len(told(found, "published_not_township")) == 1


def test_a_file_without_people_is_refused(tmp_path):
    with pytest.raises(InputError) as error:
        inputs(tmp_path, "乡镇,备注\n甲镇,x\n")

    assert "column_missing" in [one.kind for one in error.value.problems]


def test_a_public_study_tells_no_figures_in_its_findings(tmp_path):
    found, asked = inputs(tmp_path, "乡镇,残疾人\n甲镇,7\n", outputs=Outputs("public"))

    public = public_inputs(found, asked)

    assert all("7" not in one.line("zh") for one in told(public, "published_alone"))


def test_findings_are_in_the_words_of_their_language(tmp_path):
    """Kinds by their names in Chinese, and as the study's file spells them; no empty year."""
    found, _ = inputs(tmp_path, "乡镇,常住人口\n甲镇,200\n", people=People("people.csv"))

    (kinds,) = told(found, "people_kinds")
    assert "户籍 hukou、常住 resident" in kinds.line("zh")
    assert "(hukou, resident); resident" in kinds.line("en")
    (differs,) = told(found, "published_differs")
    assert "甲镇常住人口：公布 200 人" in differs.line("zh")
    assert "甲镇, resident population: published 200" in differs.line("en")


def test_a_missing_column_is_named_first_in_the_readers_language(tmp_path):
    with pytest.raises(InputError) as error:
        inputs(tmp_path, "乡镇,说明\n甲镇,200\n")

    (one,) = [one for one in error.value.problems if one.kind == "column_missing"]
    assert "找不到列“人口”" in one.line("zh")
    assert "请将列名改为 人口、人口数、总人口、people，或手工对应" in one.line("zh")
    assert "the column people was not found" in one.line("en")
    assert 'columns = { people = "header in the file" }' in one.line("en")

"""Villages that were merged, split, renamed: old names lead to those of today."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from servicemap import preparation, study
from servicemap.errors import InputError
from servicemap.intake import cells, load
from servicemap.locator import gazetteer, name_keys
from servicemap.locator.choosing import chosen
from servicemap.locator.names import Name, Names
from servicemap.study import Changes, Hamlets, People, Source, Study

VILLAGES = """代码,名称,乡镇,经度,纬度
101,东村,甲镇,9.01,47.05
102,和平村,甲镇,9.03,47.05
103,李村,甲镇,9.05,47.05
104,王村,甲镇,9.07,47.05
"""
POINTS = "编号,名称,层级,乡镇,村,经度,纬度\nP1,甲站,村,甲镇,{village},9.01,47.05\n"
HEAD = "调整类型,原代码,原名称,现代码,现名称,乡镇,调整日期,人口比例\n"


def inputs(folder, changes, people=None, *, village="东村", villages=VILLAGES, **more):
    (folder / "villages.csv").write_text(villages, encoding="utf-8")
    (folder / "points.csv").write_text(POINTS.format(village=village), encoding="utf-8")
    (folder / "changes.csv").write_text(HEAD + changes, encoding="utf-8")
    asked = Study(
        folder,
        facilities=Source("points.csv", datum="wgs84"),
        villages=Source("villages.csv", datum="wgs84"),
        changes=Changes("changes.csv"),
        people=People("people.csv" if people else None, kind="resident"),
    )
    if people:
        (folder / "people.csv").write_text(people, encoding="utf-8")
    return load(replace(asked, **more), None)


def people_of(found):
    table = found.people[found.people["group"] == "people"]
    return dict(zip(table["village_id"], table["count"], strict=True))


def kinds(found):
    return [one.kind for one in found.problems]


def test_a_point_in_a_former_village_belongs_to_the_one_of_today(tmp_path):
    found = inputs(tmp_path, "合并,901,西村,102,和平村,甲镇,2025-03-01,\n", village="西村")

    assert found.facilities["village_id"].tolist() == ["102"]
    told = [one for one in found.problems if one.kind == "villages_carried"]
    assert "西村" in told[0].line("zh")
    assert "和平村" in told[0].line("zh")


def test_people_of_merged_villages_are_summed(tmp_path):
    changes = "合并,901,西村,102,和平村,甲镇,2025,\n合并,902,南村,102,和平村,甲镇,2025,\n"
    people = "村代码,村,常住人口,60岁以上人口,年份\n901,西村,64,8,2024\n,南村村委会,128,16,2024\n103,李村,1,1,2024\n"

    found = inputs(tmp_path, changes, people)

    assert people_of(found) == {"102": 192, "103": 1}
    elderly = found.people[found.people["group"] == "elderly"]
    assert elderly["count"].tolist() == [24, 1]


def test_a_sum_without_one_of_its_parts_is_not_made(tmp_path):
    changes = "合并,901,西村,102,和平村,甲镇,2025,\n合并,902,南村,102,和平村,甲镇,2025,\n"

    found = inputs(tmp_path, changes, "村代码,常住人口\n901,64\n103,1\n")

    assert people_of(found) == {"103": 1}
    partial = [one for one in found.problems if one.kind == "people_merge_partial"]
    assert "902" in partial[0].line("zh")


def test_a_village_that_took_another_in_keeps_its_own_people_in_the_sum(tmp_path):
    found = inputs(
        tmp_path,
        "合并,901,西村,102,和平村,甲镇,2025-03-01,\n",
        "村代码,常住人口,年份\n901,64,2024\n102,128,2024\n",
    )

    assert people_of(found) == {"102": 192}


def test_old_and_new_villages_in_one_sheet_are_never_added_up(tmp_path):
    changes = "合并,901,西村,102,和平村,甲镇,2025,\n合并,902,南村,102,和平村,甲镇,2025,\n"
    people = "村代码,常住人口\n901,64\n902,128\n102,200\n"

    found = inputs(tmp_path, changes, people)

    assert people_of(found) == {"102": 200}
    assert "people_old_and_new" in kinds(found)


def test_a_split_is_shared_by_the_stated_shares(tmp_path):
    changes = "拆分,901,大村,103,李村,甲镇,2025,60%\n拆分,901,大村,104,王村,甲镇,2025,40%\n"

    found = inputs(tmp_path, changes, "村代码,常住人口,残疾人\n901,101,3\n")

    assert people_of(found) == {"103": 61, "104": 40}
    disabled = found.people[found.people["group"] == "disabled"]["count"]
    assert disabled.sum() == 3


def test_a_split_without_shares_is_reported_and_not_guessed(tmp_path):
    changes = "拆分,901,大村,103,李村,甲镇,2025,\n拆分,901,大村,104,王村,甲镇,2025,\n"

    found = inputs(tmp_path, changes, "村代码,常住人口\n901,101\n101,7\n")

    assert people_of(found) == {"101": 7}
    assert {"change_no_shares", "people_split"} <= set(kinds(found))


def test_shares_that_are_no_whole_are_an_error(tmp_path):
    changes = "拆分,901,大村,103,李村,甲镇,2025,60%\n拆分,901,大村,104,王村,甲镇,2025,50%\n"

    found = inputs(tmp_path, changes, "村代码,常住人口\n901,101\n101,7\n")

    assert {"change_shares", "people_split"} <= set(kinds(found))
    assert people_of(found) == {"101": 7}


def test_a_village_that_kept_its_code_when_it_was_split_is_shared_by_year(tmp_path):
    """103 was larger in 2024 than 103 is today."""
    changes = "拆分,103,李村,103,李村,甲镇,2025-06-01,0.75\n拆分,103,李村,104,王村,甲镇,2025-06-01,0.25\n"
    people = "村代码,常住人口,年份\n103,{},{}\n"

    before = inputs(tmp_path, changes, people.format(100, 2024))
    after = inputs(tmp_path, changes, people.format(75, 2025))

    assert people_of(before) == {"103": 75, "104": 25}
    assert people_of(after) == {"103": 75}


def test_a_sheet_that_lists_the_part_by_itself_was_drawn_up_after_the_split(tmp_path):
    changes = "拆分,103,李村,103,李村,甲镇,2025-06-01,0.75\n拆分,103,李村,104,王村,甲镇,2025-06-01,0.25\n"

    found = inputs(tmp_path, changes, "村代码,常住人口,年份\n103,75,2024\n104,25,2024\n")

    assert people_of(found) == {"103": 75, "104": 25}
    assert "people_restated" in kinds(found)


def test_chains_lead_to_the_village_of_today(tmp_path):
    changes = "改码,901,西村,902,西村,甲镇,2019-01-01,\n合并,902,西村,102,和平村,甲镇,2022-01-01,\n"

    found = inputs(tmp_path, changes, village="西村")

    assert found.facilities["village_id"].tolist() == ["102"]
    assert found.former["village_id"].tolist() == ["102", "102"]
    assert "change_chain" in kinds(found)


def test_a_later_split_of_what_a_village_became_counts(tmp_path):
    changes = (
        "更名,901,西村,103,李村,甲镇,2019,\n"
        "拆分,103,李村,103,李村,甲镇,2022,0.5\n拆分,103,李村,104,王村,甲镇,2022,0.5\n"
    )

    found = inputs(tmp_path, changes, "村代码,常住人口\n901,64\n")

    assert people_of(found) == {"103": 32, "104": 32}


@pytest.mark.parametrize(
    "rows",
    [
        "更名,901,甲村,902,乙村,甲镇,,\n更名,902,乙村,901,甲村,甲镇,,\n",
        "更名,101,东村,901,甲村,甲镇,,\n更名,901,甲村,101,东村,甲镇,,\n",
    ],
)
def test_circles_are_errors_and_lead_nowhere(tmp_path, rows):
    found = inputs(tmp_path, rows, village="甲村")

    assert "change_circle" in kinds(found)
    assert found.former.empty
    assert found.facilities["village_id"].isna().all()


def test_a_name_that_came_back_by_dates_is_no_circle(tmp_path):
    rows = "更名,101,东村,101,红星村,甲镇,1966,\n更名,101,红星村,101,东村,甲镇,1981,\n"

    found = inputs(tmp_path, rows, village="红星村")

    assert "change_circle" not in kinds(found)
    assert found.facilities["village_id"].tolist() == ["101"]


def test_a_new_village_that_nobody_lists_is_an_error(tmp_path):
    found = inputs(tmp_path, "合并,901,西村,999,新村,甲镇,2025,\n", village="西村")

    assert "change_new_unknown" in kinds(found)
    assert "village_unknown" in kinds(found)


def test_a_former_village_in_the_list_is_left_out_and_its_people_move(tmp_path):
    villages = VILLAGES.replace("纬度\n", "纬度,常住人口\n")
    villages = villages.replace("47.05\n", "47.05,8\n") + "901,西村,甲镇,9.02,47.05,16\n"

    found = inputs(tmp_path, "合并,901,西村,102,和平村,甲镇,2025,\n", villages=villages)

    assert "901" not in found.villages["village_id"].tolist()
    assert people_of(found) == {"101": 8, "102": 24, "103": 8, "104": 8}
    assert "former_listed" in kinds(found)


def test_a_list_with_the_old_name_takes_the_new_one(tmp_path):
    found = inputs(tmp_path, "更名,101,东村,101,朝阳村,甲镇,2025,\n")

    assert found.villages["name"].tolist()[0] == "朝阳村"
    assert found.facilities["village_id"].tolist() == ["101"]
    assert "former_name" in kinds(found)


def test_a_code_of_today_is_never_read_as_a_former_one(tmp_path):
    """Codes that were exchanged: without a year the row is about today."""
    rows = "改码,101,东村,103,李村,甲镇,2020,\n改码,103,李村,101,东村,甲镇,2020,\n"

    found = inputs(tmp_path, rows, "村代码,常住人口\n101,1\n103,2\n")
    before = inputs(tmp_path, rows, "村代码,常住人口,年份\n101,1,2018\n103,2,2018\n")

    assert people_of(found) == {"101": 1, "103": 2}
    assert people_of(before) == {"101": 2, "103": 1}


def test_part_of_a_village_that_went_to_a_neighbour_leaves_the_rest(tmp_path):
    rows = "划转,103,李村,104,王村,甲镇,2025,0.25\n"

    found = inputs(tmp_path, rows, "村代码,常住人口,年份\n103,100,2024\n104,7,2024\n")

    assert people_of(found) == {"103": 75, "104": 32}


def test_rows_without_an_old_or_a_new_village_are_findings(tmp_path):
    found = inputs(tmp_path, "合并,,,102,和平村,甲镇,2025,\n合并,901,西村,,,甲镇,2025,\n")

    assert kinds(found).count("change_blank") == 2


def test_hamlets_of_a_former_village_belong_to_its_heir(tmp_path):
    (tmp_path / "hamlets.csv").write_text(
        "自然村名称,所属村,常住人口,经度,纬度\n上坑,西村,5,9.031,47.05\n", encoding="utf-8"
    )

    found = inputs(
        tmp_path,
        "合并,901,西村,102,和平村,甲镇,2025,\n",
        hamlets=Hamlets("hamlets.csv", datum="wgs84"),
    )

    assert found.demand.loc[found.demand["people"] == 5, "village_id"].tolist() == ["102"]


def test_a_sheet_without_the_new_names_is_refused(tmp_path):
    with pytest.raises(InputError) as error:
        inputs(tmp_path, "")

    assert [one.kind for one in error.value.problems] == ["no_rows"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025年3月", "2025-03-01"),
        ("2025", "2025-01-01"),
        ("2025.3.9", "2025-03-09"),
        (45717, "2025-03-01"),
    ],
)
def test_dates_are_read_as_offices_write_them(cell, expected):
    assert cells.date(cell, whole=False).isoformat() == expected


def test_last_years_figures_of_the_made_up_county_keep_their_sum(tmp_path):
    """Two villages of today were four; one had another name."""
    shutil.copytree("data/demo-county", tmp_path / "county")
    toml = tmp_path / "county" / "servicemap.toml"
    text = toml.read_text(encoding="utf-8")
    text = text.replace('source = "people.xlsx"', 'source = "figures_2024.xlsx"')
    toml.write_text(text.replace("year = 2025", "year = 2024"), encoding="utf-8")
    listed = pd.read_excel(
        tmp_path / "county" / "figures_2024.xlsx", "常住人口", header=1, engine="calamine"
    )

    given, problems = preparation.check(study.read(tmp_path / "county"))

    everybody = given.people[given.people["group"] == "people"]
    assert everybody["count"].sum() == listed["常住人口"].sum()
    assert len(everybody) == len(listed) - 2 == len(given.villages)
    assert not problems["kind"].isin(["people_place_unknown", "change_new_unknown"]).any()
    carried = problems[problems["kind"] == "villages_carried"]
    assert len(carried) == 1
    assert "4" in carried["message"].iloc[0]


def test_old_names_are_found_and_lead_to_the_village_of_today():
    now = Name("village", "102", "和平村", "", "甲镇", "", "T1", "102", 9.0, 47.0)
    former = {"former_name": ["西村", "和平村", None], "village_id": ["102", "102", "999"]}
    found = [now, *gazetteer.former_names(former, [now])]
    names = Names(found, [name_keys.keys(one.name) for one in found])

    assert chosen(names.search("西村")).name.place_id == "102"
    assert chosen(names.search("xicun")).name.village == "和平村"
    assert chosen(names.search("102")).name == now

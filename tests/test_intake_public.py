"""What a public study holds: nobody can be found in it, and its figures still agree."""

from __future__ import annotations

import dataclasses
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_study
from servicemap import study, tables
from servicemap.errors import InputError, Problem
from servicemap.intake.public import (
    LEAST,
    _points,
    _without_mobiles,
    gathered,
    public_study,
)
from servicemap.intake.public_findings import unquoted
from servicemap.outputs.exports import write_exports
from servicemap.outputs.reports import write_report
from servicemap.outputs.summary import summary
from servicemap.outputs.write import write
from servicemap.pipeline import run
from servicemap.preparation import check
from servicemap.study import Outputs, Question, Study


def homes(*rows):
    """Rows: village, lon, people, elderly."""
    return pd.DataFrame(
        {
            "demand_id": pd.Series([f"d{at:03}" for at in range(len(rows))], dtype="str"),
            "village_id": pd.Series([row[0] for row in rows], dtype="str"),
            "lon": [row[1] for row in rows],
            "lat": [28.0] * len(rows),
            "people": pd.Series([row[2] for row in rows], dtype="Int64"),
            "elderly": pd.Series([row[3] for row in rows], dtype="Int64"),
        }
    )


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.floats(121.0, 121.01),
            st.integers(0, 40),
            st.integers(0, 12),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_no_place_has_a_small_count_and_sums_of_large_villages_are_kept(rows):
    """Each count is missing, nought or at least ten; what is kept adds up as before."""
    demand = homes(*((v, lon, people, min(people, old)) for v, lon, people, old in rows))
    found, hidden = gathered(demand)
    tables.check(found, "demand")
    assert set(found["village_id"]) == set(demand["village_id"])
    missing = 0
    for group in ("people", "elderly"):
        counts = found[group]
        missing += int(counts.isna().sum())
        assert not counts.dropna().between(1, LEAST - 1).any()
        before = demand.groupby("village_id")[group].sum()
        after = found.groupby("village_id")[group].sum()
        for village in before.index:
            assert after[village] == (before[village] if before[village] >= LEAST else 0)
    assert hidden == missing


def test_a_small_home_joins_the_nearest_large_enough_place_of_its_village():
    demand = homes(
        ("a", 121.000, 50, 12),
        ("a", 121.010, 40, 11),
        ("a", 121.009, 3, 1),
        ("b", 121.009, 60, 20),
    )
    found, hidden = gathered(demand)
    assert list(found["people"]) == [50, 43, 60]
    assert list(found["elderly"]) == [12, 12, 20]
    assert hidden == 0


def test_the_nearest_place_is_the_nearest_on_the_ground():
    """500 m to the north is nearer than 600 m to the west."""
    demand = homes(("a", 121.1, 3, 1), ("a", 121.1, 50, 12), ("a", 121.0939, 50, 12))
    found, _ = gathered(demand.assign(lat=[28.0, 28.0045, 28.0]))
    assert list(found["people"]) == [53, 50]


def test_coordinates_are_rounded_to_eleven_metres():
    found, _ = gathered(homes(("a", 121.123456, 50, 12)))
    assert found["lon"].tolist() == [121.1235]


def test_unknown_figures_stay_unknown():
    found, hidden = gathered(homes(("a", 121.0, None, None), ("a", 121.1, None, None)))
    assert len(found) == 2
    assert found["people"].isna().all()
    assert hidden == 0


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("0577-12345678", "0577-12345678"),
        ("13800138000", None),
        ("0577-12345678、138 0013 8000", "0577-12345678"),
        ("+86 13800138000", None),
        ("12345", "12345"),
    ],
)
def test_mobile_numbers_are_personal_and_others_are_not(cell, left):
    assert _without_mobiles(cell) == left


def test_agents_have_neither_telephone_nor_address():
    points = pd.DataFrame(
        {
            "form": ["hall", "agent"],
            "phone": pd.Series(["0577-1", "0577-2"], dtype="str"),
            "address": pd.Series(["A", "B"], dtype="str"),
        }
    )
    found = _points(points)
    assert found["phone"].isna().tolist() == [False, True]
    assert found["address"].isna().tolist() == [False, True]
    assert points["address"].tolist() == ["A", "B"]


def test_questions_about_sensitive_groups_are_not_asked_in_public(tmp_path):
    asked = Study(
        tmp_path,
        questions=(Question("all"), Question("some", people="disabled")),
        outputs=Outputs("public"),
    )
    assert [one.id for one in public_study(asked).questions] == ["all"]
    only = dataclasses.replace(asked, questions=asked.questions[1:])
    with pytest.raises(InputError, match="disabled"):
        public_study(only)
    assert public_study(dataclasses.replace(only, outputs=Outputs())) is not None


def unpacked(file):
    """All bytes of a file, those of a workbook unpacked."""
    if not zipfile.is_zipfile(file):
        return file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.usefixtures("own_cache")
def test_a_check_is_about_the_files_themselves_and_a_public_study_is_no_fault(tmp_path):
    """Rounded coordinates and cells left out are no corrections of a file."""
    folder = small_study.write(tmp_path / "study")
    internal, _ = check(study.read(folder))
    toml = folder / "servicemap.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(f'{text}\n[outputs]\naudience = "public"\n', encoding="utf-8")

    public, _ = check(study.read(folder))

    pd.testing.assert_frame_equal(public.villages, internal.villages)
    pd.testing.assert_frame_equal(public.demand, internal.demand)
    assert public.problems == internal.problems


@pytest.mark.usefixtures("own_cache")
def test_no_file_of_a_public_run_holds_what_is_personal(tmp_path):
    """Looked for as bytes in everything that is written, papers and exports too."""
    folder = small_study.write(tmp_path / "study")
    points = folder / "points.csv"
    table = pd.read_csv(points, dtype=str)
    table["phone"] = "13912345678\x08"  # a finding that quotes the cell
    for column in ("address", "opening hours"):
        table[column] = "ask 13912345678"
    note = pd.DataFrame({table.columns[0]: ["填表人：13912345678"]})
    pd.concat([table, note]).to_csv(points, index=False)
    toml = folder / "servicemap.toml"
    text = toml.read_text(encoding="utf-8")
    for audience, is_there in (("internal", True), ("public", False)):
        toml.write_text(f'{text}\n[outputs]\naudience = "{audience}"\n', encoding="utf-8")
        result, out = run(study.read(folder)), tmp_path / audience
        write(result, out)
        write_exports(result, summary(result), out, kinds=("geojson", "shp"))
        write_report(result, summary(result), out)
        holding = {file.name for file in out.iterdir() if b"13912345678" in unpacked(file)}
        all_of_them = {"map.html", "coverage.gpkg", "workbook.xlsx", "problems.csv"}
        all_of_them |= {"facilities.geojson", "facilities.dbf"}
        assert holding == (all_of_them if is_there else set())


def test_findings_in_public_hold_back_small_figures_and_keep_their_sense():
    """A sum of three disabled people names nobody's cell, and tells all the same."""
    which = {"count": 1, "which": "V1 disabled: 3/4"}
    sums = Problem("hamlets_differ", "warning", "h.xlsx", values=which)
    heading = Problem("setting_unknown", "warning", "a.xlsx", "S", 2, value="colour")
    found = [unquoted(one) for one in (sums, heading)]
    assert "3/4" not in found[0].message()
    assert "1 villages" in found[0].message()
    assert "colour" in found[1].message()

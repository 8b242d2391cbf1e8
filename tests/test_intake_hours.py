"""The column of opening hours in the sheet of service points."""

import pandas as pd
import pytest

from servicemap.hours import as_shown
from servicemap.intake import sheets
from servicemap.intake.columns import match
from servicemap.intake.opening_hours import opening_hours


def read(tmp_path, lines):
    """A sheet of points with hours."""
    path = tmp_path / "points.csv"
    path.write_text("编号,名称,开放时间\n" + "\n".join(lines), encoding="utf-8")
    return match(sheets.read(path, "facilities"), "facilities", {})


def test_hours_that_cannot_be_read_are_a_finding_and_unknown(tmp_path):
    """The row stays, the cell as it was written stays, its neighbours are read."""
    columns = read(
        tmp_path,
        [
            'P1,甲,"周一至周五 8:30-12:00，13:30-17:00"',
            "P2,乙,看情况",
            "P3,丙,",
            "P4,丁,24小时",
        ],
    )
    hours, written, problems = opening_hours(columns)
    assert hours.fillna("").tolist() == ["Mo-Fr 08:30-12:00,13:30-17:00", "", "", "24/7"]
    assert written.iloc[1] == "看情况"
    assert [(one.kind, one.severity, one.row, one.value) for one in problems] == [
        ("hours_unreadable", "warning", 3, "看情况")
    ]


def test_a_sheet_without_hours_knows_none(tmp_path):
    """No column, no finding."""
    path = tmp_path / "points.csv"
    path.write_text("编号,名称\nP1,甲\n", encoding="utf-8")
    columns = match(sheets.read(path, "facilities"), "facilities", {})
    hours, written, problems = opening_hours(columns)
    assert hours.isna().all()
    assert written.isna().all()
    assert problems == []


@pytest.mark.parametrize(
    ("hours", "written", "shown"),
    [
        ("24/7", "全天", "24小时"),
        (pd.NA, "看情况", "看情况（未能识别，按不详处理）"),
        (pd.NA, pd.NA, ""),
    ],
)
def test_hours_are_shown_in_words_or_as_they_were_written(hours, written, shown):
    """A reader sees what the office wrote, and that it was not understood."""
    assert as_shown(hours, written, "zh") == shown

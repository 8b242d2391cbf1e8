"""Findings on the screen: a fault in each of a thousand rows is told once."""

from __future__ import annotations

import pytest

from servicemap.cli import findings, screen
from servicemap.errors import Problem
from servicemap.tables import problems_table


def _lines(capsys, problems, **limits) -> list[str]:
    screen.speak("en")
    findings.show(problems_table(problems, "en"), **limits)
    return capsys.readouterr().err.splitlines()


def _nameless(rows, source="villages.csv"):
    return [Problem("nameless", "warning", source, row=row, column="name") for row in rows]


def test_a_fault_of_many_rows_is_told_once_with_the_rows(capsys):
    lines = _lines(capsys, _nameless([2, 3, 4, 5, 6, 9]), each=2, most=20)
    assert len(lines) == 3
    assert "row 2" in lines[0]
    assert lines[2].strip() == "and 4 more like it, in rows 4–6, 9."


def test_one_more_of_a_kind_is_written_out(capsys):
    """The line that counts it would be as long."""
    lines = _lines(capsys, _nameless([2, 3, 4]), each=2, most=20)
    assert ["row 2" in lines[0], "row 3" in lines[1], "row 4" in lines[2]] == [True] * 3


def test_errors_come_first_and_files_stay_apart(capsys):
    problems = [
        *_nameless([2, 3, 4, 5]),
        *_nameless([7], "points.csv"),
        Problem("id_repeated", "error", "villages.csv", row=9, column="id", value="A"),
    ]
    lines = _lines(capsys, problems, each=1, most=20)
    assert lines[0].startswith("error")
    assert [line.split()[0] for line in lines] == ["error", "warning", "and", "warning"]
    assert "points.csv" in lines[3]


@pytest.mark.parametrize(("most", "told"), [(1, 1), (2, 5), (3, 6)])
def test_what_is_not_shown_is_counted(capsys, most, told):
    """Shown findings and counted ones are all there are."""
    problems = [*_nameless([2, 3, 4, 5, 6]), *_nameless([7], "points.csv")]
    lines = _lines(capsys, problems, each=1, most=most)
    left = len(problems) - told
    assert len(lines) == most + bool(left)
    if left:
        assert f"{left} more; --json" in lines[-1]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([2], "2"),
        ([2, 3], "2–3"),
        ([2, 4, 5, 6, 9], "2, 4–6, 9"),
        (list(range(2, 40, 2)), "2, 4, 6, 8, 10, 12, 14, 16, 18, 20, …"),
    ],
)
def test_rows_in_order_are_ranges(rows, told):
    screen.speak("en")
    assert findings.row_ranges(rows) == told

"""The made-up county as offices would hand it over: every fault planted on purpose, listed.

`make_mess` writes the same study as `make_county`, spoils its sheets, and writes
``faults.csv`` beside them, so that a check of the input can be scored: what was
planted must be found, and nothing else.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.synthetic import county as whole
from servicemap.synthetic import names
from servicemap.synthetic.spoil import spoil_people, spoil_points, spoil_villages
from servicemap.synthetic.spoiler import Spoiler
from servicemap.synthetic.workbooks import LABEL, Page, write_csv, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from servicemap.errors import Problem
    from servicemap.synthetic.spoiler import Fault

COLUMNS = ("file", "sheet", "row", "column", "kind", "expect", "what")


@dataclass(frozen=True)
class Score:
    """How a check did on planted faults.

    Attributes
    ----------
    found, missed
        Planted faults that must be reported, with and without a finding of that kind
        at that place.
    false_alarms
        Errors and warnings at rows where nothing was planted, or where what was
        planted can be read without loss.
    """

    found: tuple[Fault, ...]
    missed: tuple[Fault, ...]
    false_alarms: tuple[Problem, ...]


def make_mess(
    folder: Path, *, townships: int = 25, villages: int = 420, seed: int = 1
) -> tuple[Fault, ...]:
    """Write the county with planted faults, and ``faults.csv``.

    Parameters
    ----------
    folder, townships, villages, seed
        As for `make_county`; the sheets hold the same rows in the same order, then
        what was planted below them.

    Returns
    -------
    tuple of Fault
        What ``faults.csv`` lists, in the order of files, sheets and rows.
    """
    whole.make_county(folder, townships=townships, villages=villages, seed=seed)
    county = whole.invent(townships, villages, seed)
    books = whole.books(county, f"{names.CITY}（{LABEL}）", seed)
    rng = np.random.default_rng([seed, 10])
    faults: list[Fault] = []

    points = Spoiler("points.xlsx", books["points.xlsx"][0], rng)
    exceptions = next(page for page in books["items.xlsx"] if page.name == "例外")
    spoil_points(points, county, frozenset(str(row[0]) for row in exceptions.rows))
    hidden = Page("旧数据", ("服务点编号", "服务点名称"), [("F00001", "旧点")], hidden=True)
    write_workbook(folder / "points.xlsx", [points.page(), hidden])
    faults += points.faults
    faults.append(points.file_fault("hidden_sheet", "note", hidden.name, "隐藏的工作表"))
    (folder / "~$points.xlsx").write_bytes(b"\x04demo")
    faults.append(points.file_fault("file_open", "warning", None, "文件正被其他程序打开"))
    (folder / "points.csv").unlink()

    listed = Spoiler("villages.xlsx", books["villages.xlsx"][0], rng)
    spoil_villages(listed, county)
    write_workbook(folder / "villages.xlsx", [listed.page(), *books["villages.xlsx"][1:]])
    faults += listed.faults

    people = Spoiler(
        "people.csv", dataclasses.replace(books["people.xlsx"][0], above=()), rng
    )
    spoil_people(people)
    write_csv(folder / "people.csv", people.page(), encoding="gb18030")
    faults += people.faults
    faults.append(people.file_fault("gb18030", "silent", None, "GB18030 编码的 CSV"))
    (folder / "people.xlsx").unlink()

    _point_at(folder / "servicemap.toml")
    ordered = tuple(
        sorted(faults, key=lambda one: (one.file, one.sheet or "", one.row or 0))
    )
    _write_list(folder / "faults.csv", ordered)
    return ordered


def score(faults: Sequence[Fault], problems: Iterable[Problem]) -> Score:
    """Hold the findings of a check against what was planted.

    A fault counts as found when a finding of its kind names its file and row; one
    without a row is enough where either of them speaks of the file as a whole.
    """
    problems = list(problems)
    places = {(one.kind, one.source, one.row) for one in problems}
    files = {(one.kind, one.source) for one in problems if one.row is None}
    files |= {(fault.kind, fault.file) for fault in faults if fault.row is None} & {
        (one.kind, one.source) for one in problems
    }
    found: list[Fault] = []
    missed: list[Fault] = []
    for fault in faults:
        if fault.expect == "silent":
            continue
        key = (fault.kind, fault.file)
        hit = key in files or (*key, fault.row) in places
        (found if hit else missed).append(fault)
    loud = {(one.file, one.row) for one in faults if one.expect != "silent"}
    kinds = {(one.file, one.kind) for one in faults}
    alarms = [
        one
        for one in problems
        if one.severity != "note"
        and (one.source, one.row) not in loud
        and not (one.row is None and (one.source, one.kind) in kinds)
    ]
    return Score(tuple(found), tuple(missed), tuple(alarms))


def _point_at(toml: Path) -> None:
    """The study reads the spoilt files, and does not say which datum they have."""
    text = toml.read_text(encoding="utf-8")
    text = text.replace(
        'sheet = "服务点"\ndatum = "wgs84"', 'sheet = "服务点"\ndatum = "auto"'
    )
    text = text.replace(
        'source = "people.xlsx"\nsheet = "常住人口"', 'source = "people.csv"'
    )
    toml.write_bytes(text.encode("gb18030"))


def _write_list(path: Path, faults: Sequence[Fault]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for fault in faults:
        cells: list[Any] = [getattr(fault, name) for name in COLUMNS]
        writer.writerow(["" if cell is None else cell for cell in cells])
    path.write_bytes(text.getvalue().encode("utf-8-sig"))

"""One run, all its files read back: every figure is that of ``summary.json``.

Each reader here is a program of its own (JSON, zip, SQLite, a PDF reader, a letter by
letter decoder of the map's numbers), not the code that wrote the file.
"""

from __future__ import annotations

import csv
import dataclasses
import html
import json
import os
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import docx
import matplotlib.image
import numpy as np
import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

import browser
from page_numbers import unpacked
from servicemap import study
from servicemap.outputs.exports import write_exports
from servicemap.outputs.print_maps import write_print_maps
from servicemap.outputs.reports import write_report
from servicemap.outputs.summary import summary
from servicemap.outputs.write import write
from servicemap.pipeline import run
from servicemap.words import say

DATA = Path(__file__).parents[1] / "data"
PICTURE = DATA.parent / "maps" / "liechtenstein.png"
BY_CAR = "document.querySelector('button[data-mode=drive]').click()"
SHADE, SAME_PICTURE = 0.2, 0.02  # of white; share of pixels
KINDS = ("covered", "uncovered", "undetermined")


class Written(NamedTuple):
    """A run's folder, its language, and the figures that all other files must have."""

    folder: Path
    language: Any
    figures: dict[str, Any]

    @property
    def headline(self) -> dict[str, Any]:
        return self.figures["coverage"][0]


@pytest.fixture(
    scope="module",
    params=["liechtenstein", pytest.param("demo-county", marks=pytest.mark.slow)],
)
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Written:
    """A study that comes with the program; of the county the questions on foot only."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SERVICEMAP_CACHE", str(tmp_path_factory.mktemp("cache")))
    asked = study.read(DATA / request.param)
    if request.param == "demo-county":
        on_foot = tuple(one for one in asked.questions if one.id in ("headline", "walk30"))
        travel = dataclasses.replace(asked.travel, modes=("walk",), minutes=(15.0,))
        asked = dataclasses.replace(asked, questions=on_foot, travel=travel)
    result, folder = run(asked), tmp_path_factory.mktemp("run")
    write(result, folder)
    figures = summary(result)
    write_exports(result, figures, folder, kinds=("geojson",))
    write_report(result, figures, folder)
    write_print_maps(
        result,
        figures,
        folder,
        question_id=asked.questions[0].id,
        with_atlas=request.param == "liechtenstein",  # the county's has 26 pages
    )
    patch.undo()
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return Written(folder, result.study.language, told)


def differing(one: Path, other: Path) -> float:
    """Share of the pixels of two pictures that differ by more than shades of a letter."""
    pictures = [matplotlib.image.imread(path)[:, :, :3] for path in (one, other)]
    assert pictures[0].shape == pictures[1].shape
    return float((np.abs(pictures[0] - pictures[1]).max(axis=2) > SHADE).mean())


@pytest.mark.browser
@pytest.mark.skipif(browser.chromium() is None, reason=f"no {' nor '.join(browser.NAMES)}")
def test_the_picture_of_the_readme_is_todays_map(written: Written, tmp_path: Path) -> None:
    """``make picture`` takes it anew."""
    if written.language != "en":
        return  # the README shows the real study
    seen, by_car = tmp_path / "seen.png", tmp_path / "by_car.png"
    with browser.page() as page:
        page.size(1500, 900)
        page.open(written.folder / "map.html")
        page.settle()
        page.picture(seen)
        page.run(BY_CAR)
        page.settle()
        page.picture(by_car)
    if os.environ.get("SERVICEMAP_PICTURES"):
        shutil.copyfile(seen, PICTURE)
    shares = differing(seen, PICTURE), differing(by_car, PICTURE)
    assert shares[0] < SAME_PICTURE < shares[1] / 2, shares  # a change would be noticed


def percent(part: int, whole: int) -> float | None:
    """A share of whole numbers with one decimal, halves upwards; ends only at the ends."""
    if not whole or part in (0, whole):
        return None if not whole else 100.0 * (part == whole)
    return min(99.9, max(0.1, (2000 * part + whole) // (2 * whole) / 10))


def test_shares_and_sums_of_the_summary_hang_together(written: Written) -> None:
    """Townships add up to the whole, and each percentage is that of its own counts."""
    for entry in written.figures["coverage"]:
        for unit in ("villages", "people"):
            for row in (entry, *entry["by_township"]):
                sums = row[unit]
                assert sum(sums[kind] for kind in KINDS) == sums["total"]
                determined = sums["covered"] + sums["uncovered"]
                assert sums["percent"] == percent(sums["covered"], determined)
            for kind in (*KINDS, "total"):
                parts = sum(row[unit][kind] for row in entry["by_township"])
                assert parts == entry[unit][kind]


def test_the_map_holds_the_figures(written: Written) -> None:
    """The printed ones, and those that follow from the packed times of its homes."""
    page = (written.folder / "map.html").read_text(encoding="utf-8")
    raw = re.search(r'id="sm-data">(.*?)</script>', page, re.DOTALL)
    assert raw
    data = json.loads(raw[1])
    village_of = np.cumsum(np.array(unpacked(data["demand"]["village"])))
    town_of = np.array(data["villages"]["township"])[village_of]
    entries = {one["question_id"]: one for one in written.figures["coverage"]}
    checked = set()
    for view in data["views"]:
        entry = entries.get(view["question"])
        if entry is None or view["group"] != entry["group"]:
            continue
        checked.add(view["question"])
        people = entry["people"]
        told = [people["total"], people["covered"], people["undetermined"]]
        assert view["printed"]["people"] == told
        assert view["printed"]["villages"] == [entry["villages"][kind] for kind in KINDS]
        times = np.array(unpacked(data["tables"][view["times"]]))
        runs = np.array(unpacked(data["tables"][view["reasons"]])).reshape(-1, 2)
        reasons = np.repeat(runs[:, 0], runs[:, 1])
        names = np.array(["", *data["reasons"]])[reasons]
        is_open = np.isin(names, data["undetermined"])
        limit = round(view["minutes"] * 60_000) // data["unit"]
        counts = np.array(unpacked(data["demand"]["people"][view["group"]]))
        is_in = (times >= 0) & (times <= limit) & ~is_open
        for at, township in enumerate(data["townships"]["ids"]):
            row = next(
                one for one in entry["by_township"] if one["township_id"] == township
            )
            own = town_of == at
            assert counts[own & is_in].sum() == row["people"]["covered"]
            assert counts[own & is_open].sum() == row["people"]["undetermined"]
    assert checked == set(entries)


def sheet(written: Written, name: str) -> list[dict[str, Any]]:
    """Rows of a sheet of the workbook by the codes of their headings."""
    book = CalamineWorkbook.from_path(str(written.folder / "workbook.xlsx"))
    title = say(f"outputs.sheet.{name}", written.language)
    rows = book.get_sheet_by_name(title).to_python()
    return [dict(zip(rows[2], row, strict=True)) for row in rows[3:]]


def test_the_workbook_has_the_figures(written: Written) -> None:
    """Townships with their total, questions, and the gaps one by one."""

    def heading(name: str) -> str:
        return say(f"outputs.column.{name}", written.language)

    rows = sheet(written, "townships")
    entry = written.headline
    for row, told in zip(rows, [*entry["by_township"], entry], strict=True):
        for unit in ("villages", "people"):
            for kind in (*KINDS, "percent"):
                name = heading(f"{unit}_{kind}")
                assert row[name] == ("" if told[unit][kind] is None else told[unit][kind])
    for row, told in zip(
        sheet(written, "questions"), written.figures["coverage"], strict=True
    ):
        assert row[heading("people_covered")] == told["people"]["covered"]
        assert row[heading("villages_percent")] == told["villages"]["percent"]


def test_the_documents_have_the_figures(written: Written) -> None:
    """The sentence in all four, and the table of townships in the report."""
    entry = written.headline
    for name in ("report", "brief"):
        said = [p.text for p in docx.Document(written.folder / f"{name}.docx").paragraphs]
        assert entry["sentence"] in said
        page = (written.folder / f"{name}.html").read_text(encoding="utf-8")
        assert entry["sentence"] in html.unescape(page)
    tables = docx.Document(written.folder / "report.docx").tables
    wanted = [
        [f"{row[unit][kind]:,}" for unit in ("villages", "people") for kind in KINDS[:1]]
        for row in entry["by_township"]
    ]
    found = [
        [[cell.text for cell in row.cells] for row in one.rows[1:]]
        for one in tables
        if len(one.rows) == len(wanted) + 2
    ]
    names = [row["name"] for row in entry["by_township"]]
    of_towns = [one for one in found if [row[0] for row in one[:-1]] == names]
    assert of_towns
    for line, counts in zip(of_towns[0], wanted, strict=False):
        assert [line[2], line[5]] == counts


def test_the_geopackage_has_the_figures(written: Written) -> None:
    """Columns of the townships, and the whole in the table of coverage."""
    with sqlite3.connect(written.folder / "coverage.gpkg") as base:
        base.row_factory = sqlite3.Row
        rows = {one["township_id"]: one for one in base.execute("SELECT * FROM townships")}
        city = base.execute(
            "SELECT * FROM coverage WHERE level = 'city' AND question_id = ?",
            (written.headline["question_id"],),
        ).fetchall()
    base.close()
    for told in written.headline["by_township"]:
        row = rows[told["township_id"]]
        for unit in ("villages", "people"):
            for kind in (*KINDS, "total", "percent"):
                assert row[f"{unit}_{kind}"] == told[unit][kind]
    people = written.headline["people"]
    row = next(one for one in city if one["group"] == written.headline["group"])
    assert (row["n_people"], row["n_covered"]) == (people["total"], people["covered"])


def test_the_exported_layer_of_townships_has_the_figures(written: Written) -> None:
    """GeoJSON, read as JSON."""
    text = (written.folder / "townships.geojson").read_text(encoding="utf-8")
    rows = {
        one["properties"]["township_id"]: one["properties"]
        for one in json.loads(text)["features"]
    }
    for told in written.headline["by_township"]:
        row = rows[told["township_id"]]
        assert row["people_covered"] == told["people"]["covered"]
        assert row["people_percent"] == told["people"]["percent"]


def test_the_table_of_villages_adds_up_to_the_figures(written: Written) -> None:
    """People and villages of each question, row by row."""
    with (written.folder / "villages.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for entry in written.figures["coverage"]:
        own = [row for row in rows if row["question_id"] == entry["question_id"]]
        assert sum(int(row["n_covered"] or 0) for row in own) == entry["people"]["covered"]
        assert sum(int(row["n_people"] or 0) for row in own) == entry["people"]["total"]
        for kind in KINDS:
            count = sum(row["status"] == kind for row in own)
            assert count == entry["villages"][kind]


def pages_of(path: Path) -> list[str]:
    """Text of each page without blanks."""
    with pypdfium2.PdfDocument(path) as book:
        found = [page.get_textpage().get_text_bounded() for page in book]
    return [re.sub(r"\s", "", text) for text in found]


def test_the_printed_maps_have_the_figures(written: Written) -> None:
    """The sheet has the headline, and each page of the atlas its township's share."""
    entry = written.headline
    assert (
        re.sub(r"\s", "", entry["sentence"]) in pages_of(written.folder / "map_a4.pdf")[0]
    )
    if not (written.folder / "atlas_a4.pdf").exists():
        return
    pages = pages_of(written.folder / "atlas_a4.pdf")
    for told in entry["by_township"]:
        share = told["people"]["percent"]
        own = [one for one in pages if re.sub(r"\s", "", told["name"]) in one]
        wanted = "–" if share is None else f"{share:.1f}"
        assert any(wanted in one for one in own), told["name"]

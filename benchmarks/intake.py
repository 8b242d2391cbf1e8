"""Check a workbook of 50,000 rows, beside pandas that only reads it.

    python benchmarks/intake.py [--rows 50000] [--runs 3]

The workbook is made up: service points with ids, names, words, coordinates, hours; one
row in a hundred has a fault. *servicemap* reads it, finds its columns, and checks every
row (ids, words, degrees, townships, hours), and returns the table and the findings.
pandas reads the same sheet into a frame and turns the two columns of coordinates into
numbers, through openpyxl (its default) and through calamine (the reader that we use
too); it checks nothing. All in one process, in turns; the median counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter

from servicemap.intake import load
from servicemap.study import People, Source, Study

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = ("编号", "名称", "层级", "乡镇", "政务服务2.0", "开放时间", "窗口数", "经度", "纬度")
TOWNS = 40


def make(path: Path, rows: int) -> None:
    """Write the workbook."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("服务点")
        sheet.write_row(0, 0, ["服务点一览表"])
        sheet.write_row(1, 0, HEAD)
        for number in range(rows):
            lon, lat = 120.5 + (number % 977) / 1_000, 28.0 + (number // 977) / 1_000
            if number % 100 == 7:
                lon, lat = lat, lon
            sheet.write_row(
                number + 2,
                0,
                [
                    f"P{number:06d}",
                    f"第{number}号便民服务站",
                    "村",
                    f"{number % TOWNS}号镇",
                    "是",
                    "Mo-Fr 08:30-17:00",
                    number % 9,
                    f"{lon:.6f}" if number % 10 == 0 else lon,
                    lat,
                ],
            )


def ours(folder: Path) -> int:
    """Check the study; how many findings."""
    asked = Study(
        folder=folder,
        villages=Source(source="villages.csv", datum="wgs84"),
        facilities=Source(source="points.xlsx", datum="wgs84"),
        people=People(spread="point"),
    )
    return len(load(asked, None).problems)


def theirs(folder: Path, engine: str) -> int:
    """Read the sheet, no more."""
    frame = pd.read_excel(folder / "points.xlsx", header=1, engine=engine)
    for name in ("经度", "纬度"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    return len(frame)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "points.xlsx", asked.rows)
        towns = "".join(f"V{k},{k}号村,{k}号镇,120.9,28.03\n" for k in range(TOWNS))
        text = f"编号,村名,乡镇,经度,纬度\n{towns}"
        (folder / "villages.csv").write_text(text, encoding="utf-8")
        size = (folder / "points.xlsx").stat().st_size / 1e6
        runs: dict[str, Callable[[], int]] = {
            "servicemap: read and check": lambda: ours(folder),
            "pandas + openpyxl: read": lambda: theirs(folder, "openpyxl"),
            "pandas + calamine: read": lambda: theirs(folder, "calamine"),
        }
        took: dict[str, list[float]] = {name: [] for name in runs}
        said: dict[str, int] = {}
        for _ in range(asked.runs):
            for what, run in runs.items():
                start = time.perf_counter()
                said[what] = run()
                took[what].append(time.perf_counter() - start)
    own = statistics.median(took["servicemap: read and check"])
    print(f"{asked.rows:,} rows, {size:.1f} MB, median of {asked.runs} runs\n")
    print("| what | seconds | ratio | result |\n| --- | --- | --- | --- |")
    for what, times in took.items():
        median = statistics.median(times)
        result = f"{said[what]:,} {'findings' if 'check' in what else 'rows'}"
        print(f"| {what} | {median:.2f} | {median / own:.2f} | {result} |")


if __name__ == "__main__":
    main()

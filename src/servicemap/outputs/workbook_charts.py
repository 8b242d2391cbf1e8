"""The worksheet of charts: townships, questions, reasons, hours of the week.

Each stands on cells of the tables, so that it follows when somebody corrects one;
the counts by reason, which no table has, stand as a small table above their chart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.outputs.palette import PAPER, RAMP, RED
from servicemap.outputs.sheets import HEADER_ROW, clean
from servicemap.outputs.terms import question_text, term
from servicemap.outputs.workbook_hours import HOURS, first_with_hours
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

    from servicemap.outputs.sheets import Formats, Sheet
    from servicemap.result import Result

ROW_PX = 22
CHART_PX = (1100, 320)
BETWEEN = 4  # empty rows
GRID = {"visible": True, "line": {"color": "#DDDAD3", "width": 0.75}}
FEW = 10  # counts up to this have a line for each
# working days alike, the weekend apart
DAY_COLOURS = (*(RAMP[1],) * 5, PAPER["beyond"], RED)
DAY_DASHES = ("solid", "dash", "round_dot", "long_dash", "dash_dot", "solid", "solid")


class Charts:
    """A page on which one chart stands below the other."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        formats: Formats,
        result: Result,
        figures: Mapping[str, Any],
        tables: Sequence[Sheet],
    ) -> None:
        self._book, self._formats = book, formats
        self._result, self._figures = result, figures
        self._language = result.study.language
        self._tables = {one.name: one for one in tables}
        self._page: Worksheet | None = None
        self._row = 0

    def write(self) -> None:
        """Write all of them; without anything to show there is no page."""
        figures = self._figures["coverage"]
        counted = figures[0]["people"]["total"] is not None
        share = "people_percent" if counted else "villages_percent"
        end = "chart" if counted else "chart_villages"
        question = question_text(self._result.study.questions[0], self._language)
        title = self._say(f"title.{end}", question=question)
        self._shares("townships", 1, len(figures[0]["by_township"]), share, title)
        self._shares(
            "questions", 0, len(figures), share, self._say(f"title.{end}_questions")
        )
        self._reasons(self._say("title.chart_reasons", question=question))
        self._hours()

    def _say(self, key: str, **values: Any) -> str:
        return say(f"outputs.{key}", self._language, **values)

    def _sheet(self) -> Worksheet:
        if self._page is None:
            self._page = self._book.add_worksheet(self._say("sheet.chart"))
            self._page.hide_gridlines(2)
            self._page.set_landscape()
            self._page.fit_to_pages(1, 0)
            self._page.set_column(0, 0, 42)
            self._page.set_column(1, 2, 16)
        return self._page

    def _put(self, chart: Any, title: str, bars: int = 0) -> None:
        chart.set_title({"name": title, "overlay": False, "name_font": {"size": 14}})
        width, height = CHART_PX
        height = max(height, ROW_PX * bars)
        chart.set_size({"width": width, "height": height})
        self._sheet().insert_chart(self._row, 0, chart)
        self._row += height // ROW_PX + BETWEEN

    def _shares(self, name: str, names: int, count: int, share: str, title: str) -> None:
        """Bars of one column of shares, in the order of its rows, from the cells."""
        if not count:
            return
        table = self._tables[self._say(f"sheet.{name}")]
        heading = self._say(f"column.{share}")
        column = [one.title for one in table.fields].index(heading)
        first, last = HEADER_ROW + 1, HEADER_ROW + count
        chart = self._bars(
            heading,
            [table.name, first, names, last, names],
            [table.name, first, column, last, column],
            "0.0",
        )
        chart.set_x_axis({"min": 0, "max": 100, "major_gridlines": GRID})
        self._put(chart, title, count)

    def _bars(
        self,
        heading: str,
        names: list[Any],
        values: list[Any],
        number: str,
        colour: str = RAMP[1],
    ) -> Any:
        chart = self._book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": heading,
                "categories": names,
                "values": values,
                "fill": {"color": colour},
                "gap": 60,
                "data_labels": {"value": True, "num_format": number},
            }
        )
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "interval_unit": 1})  # every name
        return chart

    def _reasons(self, title: str) -> None:
        """Villages left out or undetermined in the headline, by reason."""
        found = self._figures["gaps"][0]["by_reason"]
        if not found:
            return
        page = self._sheet()
        page.set_h_pagebreaks([self._row])
        counted = self._figures["gaps"][0]["people"] is not None
        names = ["reason", "villages", *(["people"] if counted else [])]
        head = self._formats(bold=True, border=1, bg_color="#DDE6EF", align="center")
        for at, name in enumerate(names):
            page.write_string(self._row, at, self._say(f"column.{name}"), head)
        text, number = self._formats(border=1), self._formats(border=1, num_format="#,##0")
        first = self._row + 1
        for row, (reason, its) in enumerate(found.items(), first):
            page.write_string(row, 0, clean(term("reason", reason, self._language)), text)
            page.write_number(row, 1, its["count"], number)
            if counted and its["people"] is not None:
                page.write_number(row, 2, its["people"], number)
        last = first + len(found) - 1
        name = self._say("sheet.chart")
        chart = self._bars(
            self._say("column.villages"),
            [name, first, 0, last, 0],
            [name, first, 1, last, 1],
            "#,##0",
            PAPER["beyond"],
        )
        most = max(its["count"] for its in found.values())
        chart.set_x_axis({"min": 0, "major_gridlines": GRID, **_whole(most)})
        self._row = last + 2
        self._put(chart, title)

    def _hours(self) -> None:
        """A line a weekday over the hours of the first question that has them."""
        table = self._tables.get(self._say("sheet.hours_of_week"))
        at = first_with_hours(self._result)
        if table is None or at is None:
            return
        rows = self._result.annex["hours_of_week"]
        counted = rows["n_people"].notna().any()
        first = HEADER_ROW + 1 + at * HOURS
        last = first + HOURS - 1
        chart = self._book.add_chart({"type": "line"})
        for day, (colour, dash) in enumerate(zip(DAY_COLOURS, DAY_DASHES, strict=True)):
            chart.add_series(
                {
                    "name": [table.name, HEADER_ROW, 2 + day],
                    "categories": [table.name, first, 1, last, 1],
                    "values": [table.name, first, 2 + day, last, 2 + day],
                    "line": {"color": colour, "width": 2.0, "dash_type": dash},
                }
            )
        top = {"max": 100} if counted else _whole(int(rows["n_open"].max()))
        chart.set_y_axis({"min": 0, "major_gridlines": GRID, **top})
        chart.set_legend({"position": "right"})
        question = question_text(self._result.study.questions[at], self._language)
        end = "chart_hours" if counted else "chart_hours_points"
        self._put(chart, self._say(f"title.{end}", question=question))


def _whole(most: int) -> dict[str, Any]:
    """An axis of counts has no halves."""
    return {"num_format": "#,##0", **({"major_unit": 1} if most <= FEW else {})}

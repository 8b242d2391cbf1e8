"""The datum of each row: as the study, the file or the row says, else by evidence.

Only where the evidence is overwhelming and the study says ``auto`` is it acted upon;
what contradicts a declared datum, or is merely likely, is told with the metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from servicemap import table_columns
from servicemap.intake import cells, datum_evidence, datum_said, datums
from servicemap.intake.datum_evidence import DATUM_OF, LABELS, Evidence, Measure, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.errors import Problem, Severity
    from servicemap.intake.columns import Columns

Names = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

MAX_JUDGED = 2_000  # points of a file that are looked at, evenly over its rows
MAX_GROUPS = 60  # values of a column; one with more groups nothing
FIRST_ROWS = 1_000  # enough to see that a column has too many values
SHOWN_ROWS = 12
# A group of a few rows is told, never converted, when it is explained so much better
# (see docs/method.md: none of 79,000 groups of right points of any datum was).
MIN_TOLD, FEW_GAIN = 3, 6.0
# A group is converted only from so many points on, and when not more than this share
# of them speak for the file's own datum.
MIN_GROUP, MIXED_SHARE = 12, 0.2


@dataclass(frozen=True)
class Surroundings:
    """What the points of a sheet should be near; one value per row.

    Attributes
    ----------
    to_roads
        Metres to the nearest road of degrees WGS-84.
    home_lon, home_lat
        Own village, degrees WGS-84; NaN where unknown. None: nothing is known.
    township
        Area of the township that the row names; None where unknown.
    """

    to_roads: Measure
    home_lon: datums.Floats | None = None
    home_lat: datums.Floats | None = None
    township: Any = None

    def collect(
        self,
        lon: datums.Floats,
        lat: datums.Floats,
        rows: Any,
        places: dict[str, tuple[datums.Floats, datums.Floats]] | None = None,
    ) -> Evidence:
        """Score some rows, given by position; ``places`` as for `datum_evidence`."""
        measure = None
        if self.township is not None:
            measure = _to_areas(np.asarray(self.township, dtype=object)[rows])
        return datum_evidence.collect(
            lon[rows],
            lat[rows],
            self.to_roads,
            home_lon=None if self.home_lon is None else self.home_lon[rows],
            home_lat=None if self.home_lat is None else self.home_lat[rows],
            to_township=measure,
            places=None
            if places is None
            else {name: (a[rows], b[rows]) for name, (a, b) in places.items()},
        )


def _to_areas(shapes: Any) -> Measure:
    import shapely

    shapely.prepare(shapes)

    def measure(lon: datums.Floats, lat: datums.Floats) -> datums.Floats:
        away = shapely.distance(shapely.points(lon, lat), shapes)
        return np.asarray(away * datum_evidence.METRES_PER_DEGREE)

    return measure


def settle(
    columns: Columns,
    datum: str,
    lon: datums.Floats,
    lat: datums.Floats,
    around: Surroundings | None,
    known: Names | None = None,
) -> tuple[Names, list[Problem]]:
    """Hypothesis of `datum_evidence.HYPOTHESES` (or ``cgcs2000``) for each row.

    Parameters
    ----------
    columns
        The sheet; perhaps with a column ``datum``.
    datum
        As the study says it: a datum, ``column`` or ``auto``.
    lon, lat
        Degrees as given; NaN where there are none.
    around
        Evidence; None where there are no roads to hold points against.
    known
        Datum of rows whose coordinates say it themselves (links, projected metres);
        None elsewhere.
    """
    rows = len(columns.cells)
    fixed = np.zeros(rows, dtype=bool) if known is None else known != None  # noqa: E711 - element by element
    china = ~np.isnan(lon) & datums.in_china_box(lon, lat) & ~fixed
    auto = datum not in table_columns.DATUMS and "datum" not in columns
    in_words, problems = datum_said.said(columns, datum)
    has_words = in_words != None  # noqa: E711 - element by element
    if datum in table_columns.DATUMS:
        names = np.full(rows, datum, dtype=object)
    else:
        usual = np.where(has_words, in_words, "wgs84") if datum == "auto" else None
        names, more = _declared_by_row(columns, usual)
        problems += more
        if datum == "auto" and has_words.all():
            auto = False  # declared: looked at, not judged
        elif datum == "auto":
            fixed |= has_words
            china &= ~has_words
    if known is not None:
        there = known != None  # noqa: E711 - the same
        names[there] = known[there]
    if datum == "column" and "datum" not in columns:
        problems.append(columns.problem("datum_column_absent", "warning"))
        auto = False
    if around is None or china.sum() < datum_evidence.MIN_POINTS:
        if auto and china.any():
            problems.append(columns.problem("datum_assumed", "note"))
        return names, problems
    there = np.flatnonzero(china)
    there = there[:: -(-len(there) // MAX_JUDGED)]
    judge = _Judge(columns, names, there, around.collect(lon, lat, there), fixed)
    problems += judge.groups(auto=auto)
    problems += judge.whole(auto=auto)
    return judge.names, problems


def _declared_by_row(columns: Columns, usual: Names | None) -> tuple[Names, list[Problem]]:
    names = np.full(len(columns.cells), "wgs84", dtype=object)
    if usual is not None:
        names[:] = usual
    problems = []
    for position, (row, cell) in enumerate(columns.rows("datum")):
        found = cells.word(cell, "datum")
        if found is not None:
            names[position] = found
        elif not cells.is_blank(cell):
            problems.append(columns.problem("datum_unknown", "warning", row, "datum"))
    return names, problems


class _Judge:
    """Holds what rows say of themselves against the evidence."""

    def __init__(
        self, columns: Columns, names: Names, there: Any, evidence: Evidence, fixed: Mask
    ) -> None:
        self.columns, self.evidence, self.there = columns, evidence, there
        self._fixed = fixed
        self.names = names.copy()
        self._open = np.ones(len(there), dtype=bool)  # not yet explained by a group
        self._grouped = fixed.copy()  # rows that the rest of the file says nothing of
        self._declared = np.array(["wgs84" if n == "cgcs2000" else n for n in names[there]])

    def groups(self, *, auto: bool) -> list[Problem]:
        """Rows of one value of a column whose datum is plainly not the file's."""
        usual = self._usual()
        found = []
        for column, value, all_rows in _values(self.columns):
            own = all_rows[self.there]
            if own.all() or own.sum() < MIN_TOLD:
                continue
            verdict = self.evidence.verdict(own, MIN_TOLD)
            if verdict.datum in (None, usual):
                continue
            gain = self.evidence.gain(own, str(verdict.datum), usual)
            few = own.sum() < datum_evidence.MIN_POINTS
            if gain >= (FEW_GAIN if few else datum_evidence.SURE):
                found.append((gain, f"{column} = {value}", all_rows, verdict))
        problems = []
        # The group that explains most comes first; a tie goes to the earlier column.
        for _, group, all_rows, verdict in sorted(found, key=lambda one: -one[0]):
            own = all_rows[self.there]
            if (own & self._open).sum() * 2 <= own.sum():
                continue
            self._open &= ~own
            self._grouped |= all_rows
            if set(self._declared[own]) == {verdict.datum}:
                continue
            if auto and verdict.sure and self._is_one(own, str(verdict.datum), usual):
                self.names[all_rows & ~self._fixed] = verdict.datum
            problems.append(self._rows_finding(group, all_rows, verdict))
        return problems

    def _is_one(self, own: Mask, datum: str, usual: str) -> bool:
        """Whether a group is of one datum: few of its rows speak for the usual one."""
        names = self.evidence.names
        gains = self.evidence.scores[own][:, names.index(datum)]
        gains = gains - self.evidence.scores[own][:, names.index(usual)]
        return len(gains) >= MIN_GROUP and float((gains < -1).mean()) <= MIXED_SHARE

    def _usual(self) -> str:
        verdict = self.evidence.verdict()
        if verdict.sure and verdict.datum is not None:
            return verdict.datum
        values, counts = np.unique(self._declared, return_counts=True)
        return str(values[counts.argmax()])

    def _rows_finding(self, group: str, all_rows: Mask, verdict: Verdict) -> Problem:
        place = self.columns.sheet.place
        numbers = [place(int(row))[1] for row in self.columns.cells.index[all_rows]]
        shown = ", ".join(map(str, numbers[:SHOWN_ROWS]))
        datum = DATUM_OF.get(str(verdict.datum), verdict.datum)
        return self.columns.problem(
            f"{datum}_rows",
            "warning",
            count=len(numbers),
            group=group,
            rows=shown + (", ..." if len(numbers) > SHOWN_ROWS else ""),
            datum=LABELS[str(verdict.datum)],
            metres=verdict.figures(),
        )

    def whole(self, *, auto: bool) -> list[Problem]:
        """What the rest of the file is."""
        problems = []
        for name in sorted(set(self._declared[self._open])):
            own = self._open & (self._declared == name)
            verdict = self.evidence.verdict(own)
            told: dict[str, Any] = {
                "count": verdict.points,
                "datum": LABELS[str(verdict.datum or "wgs84")],
                "metres": verdict.figures(),
            }
            told["code"] = DATUM_OF.get(str(verdict.datum), verdict.datum)
            told["declared"] = LABELS[name]
            kind: tuple[str, Severity] | None = None
            if not auto:
                if verdict.sure and verdict.datum != name:
                    kind = "datum_doubted", "warning"
            elif verdict.datum is None:
                kind = "datum_undecided", "note"
            elif verdict.datum == "wgs84":
                kind = "datum_confirmed", "note"
            elif verdict.sure:
                self.names[~self._grouped] = verdict.datum
                kind = "datum_judged", "warning"
            else:
                kind = "datum_likely", "warning"
            if kind is not None:
                problems.append(self.columns.problem(*kind, **told))
        return problems


def _values(columns: Columns) -> Iterator[tuple[str, str, Mask]]:
    """Header, value and rows of every column with a few values that repeat."""
    frame = columns.sheet.cells
    for header in frame.columns:
        first = frame[header].iloc[:FIRST_ROWS]
        if first.map(cells.text).nunique() > MAX_GROUPS:
            continue
        texts = np.array([cells.text(cell) or "" for cell in frame[header]], dtype=object)
        values, counts = np.unique(texts.astype(str), return_counts=True)
        if len(values) > MAX_GROUPS or len(values) < 2:  # noqa: PLR2004 - one value groups nothing
            continue
        for value, count in zip(values, counts, strict=True):
            if value and count >= MIN_TOLD:
                yield str(header), str(value), texts == value

"""People of villages and townships -> demand points, with every sum kept exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicemap import table_columns, tables
from servicemap.errors import Problem, Severity
from servicemap.intake import dwellings
from servicemap.intake.people import ALL
from servicemap.intake.places import dense_ids
from servicemap.intake.shares import gather, largest_remainder
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.osm_file import Extract

MAX_POINTS = 20_000  # beyond it buildings are gathered in cells
CELL_M = 100.0
Ints = npt.NDArray[np.int64]


def demand(
    villages: pd.DataFrame,
    townships: pd.DataFrame,
    figures: pd.DataFrame,
    extract: Extract | None,
    *,
    spread: str,
    source: str,
    language: str,
    hamlets: pd.DataFrame | None = None,
    grid: pd.DataFrame | None = None,
    plots: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Table ``demand``, and the rows of ``people`` that come of township figures.

    Parameters
    ----------
    villages, townships
        The checked tables.
    figures
        What `people.to_spread` chose.
    extract
        Its buildings and built-up ground; None: the villages' own points.
    spread
        ``auto``, ``hamlets``, ``homesteads``, ``grid``, ``buildings`` or ``point``.
    source
        For findings.
    language
        Of the texts in the column ``source`` of ``people``.
    hamlets, grid, plots
        Where people live, as offices list it or as a grid has it; None: not given.

    Returns
    -------
    demand, people, problems
        Sums over a village, and over a township with a figure, equal the figure.
    """
    places = dwellings.dwellings(
        villages,
        townships,
        extract,
        spread=spread,
        hamlets=hamlets,
        grid=grid,
        plots=plots,
    )
    maker = _Spread(villages, townships, extract, places, source)
    maker.ask(spread)
    maker.share(figures)
    return maker.table(), maker.people(figures, language), maker.findings()


class _Spread:
    """The slots that people can be put in, and how many went into each."""

    def __init__(
        self,
        villages: pd.DataFrame,
        townships: pd.DataFrame,
        extract: Extract | None,
        places: pd.DataFrame,
        source: str,
    ) -> None:
        self.villages, self.townships = villages, townships
        self.extract, self.source = extract, source
        self.problems: list[Problem] = []
        self.village_ids = villages["village_id"].to_numpy()
        self.township_ids = townships["township_id"].to_numpy()
        self.of_township = dense_ids(villages["township_id"], self.township_ids)
        self.lon = villages["lon"].to_numpy(dtype=float)
        self.lat = villages["lat"].to_numpy(dtype=float)
        # Slots 0..n-1 are the villages' own points.
        self.slots = pd.DataFrame(
            {
                "demand_id": self.village_ids,
                "village": np.arange(len(villages)),
                "lon": self.lon,
                "lat": self.lat,
                "weight": 1.0,
                "is_home": False,
            }
        )
        if len(places):
            self._add(places)
        self.has_places = len(places) > 0
        self.on_ground: frozenset[int] = frozenset()
        self.how: dict[tuple[str, int], str] = {}  # how a township's figure was spread
        self.counts: dict[str, Ints] = {}
        self.covered: dict[str, set[int]] = {}  # group -> villages with a figure

    def ask(self, spread: str) -> None:
        """Say when what the study asks for is not there."""
        if spread == "buildings" and not self.has_places:
            self._note("no_buildings", "warning")
        elif spread in ("hamlets", "homesteads", "grid") and not self.has_places:
            self._note(f"no_{spread}", "warning")

    def _add(self, points: pd.DataFrame) -> None:
        names = [
            f"{self.village_ids[village]}:{one}"
            for village, one in zip(points["village"], points["osm_id"], strict=True)
        ]
        more = points.assign(demand_id=names)[list(self.slots.columns)]
        own = len(self.village_ids)
        # Homes by id, so that ties of the shares go to the smaller id.
        tail = pd.concat([self.slots.iloc[own:], more]).sort_values(
            "demand_id", kind="stable"
        )
        self.slots = pd.concat([self.slots.iloc[:own], tail], ignore_index=True)

    def share(self, figures: pd.DataFrame) -> None:
        """Put all figures into slots, everybody first, groups after them."""
        if self.has_places:
            self._ground_for(figures)
        self.by_village = self._group(self.slots["village"].to_numpy())
        self.weights = self.slots["weight"].to_numpy()
        groups = sorted(set(figures["group"]), key=lambda group: (group != ALL, group))
        for group in groups:
            own = figures[figures["group"] == group]
            self.counts[group] = np.zeros(len(self.slots), dtype=np.int64)
            self.covered[group] = set()
            at_village = own[own["level"] == "village"]
            at_township = own[own["level"] == "township"]
            positions = dense_ids(at_village["place_id"], self.village_ids)
            for village, count in zip(positions, at_village["count"], strict=True):
                self._put(group, int(count), self._village_slots(int(village)))
                self.covered[group].add(int(village))
            positions = dense_ids(at_township["place_id"], self.township_ids)
            for township, count in zip(positions, at_township["count"], strict=True):
                self._township(group, int(township), int(count))

    def _group(self, village: Ints) -> list[Ints]:
        order = np.argsort(village, kind="stable")
        cuts = np.searchsorted(village[order], np.arange(1, len(self.village_ids)))
        return list(np.split(order, cuts))

    def _village_slots(self, village: int) -> Ints:
        slots = self.by_village[village]
        return slots[1:] if len(slots) > 1 else slots

    def _township(self, group: str, township: int, count: int) -> None:
        members = np.flatnonzero(self.of_township == township)
        name = str(self.townships["name"].iloc[township])
        if not len(members):
            if count:
                self._note("people_without_village", "error", township=name, count=count)
            return
        counted = [int(one) for one in members if int(one) in self.covered[group]]
        if counted:
            self._hold(group, name, count, counted, len(counted) == len(members))
            return
        self.covered[group] |= {int(one) for one in members}
        all_slots = np.concatenate([self.by_village[one] for one in members])
        mapped = np.sort(all_slots[all_slots >= len(self.village_ids)])
        if len(mapped):
            self._put(group, count, mapped)
            at_home = self.slots["is_home"].to_numpy(dtype=bool)[mapped].any()
            how = "ground" if township in self.on_ground else "buildings"
            how = how if at_home else "places"
            self.how[group, township] = how
            return
        located = [one for one in members if not np.isnan(self.lon[one])]
        self._put(group, count, np.array(located or members, dtype=np.int64))
        self.how[group, township] = "points"
        if group == ALL and count:
            villages = len(located or members)
            self._note("people_on_points", township=name, count=count, villages=villages)

    def _ground_for(self, figures: pd.DataFrame) -> None:
        """Grid points for townships that have people and not one mapped home."""
        asked = figures.loc[figures["level"] == "township", "place_id"]
        with_homes = set(self.of_township[self.slots["village"][len(self.village_ids) :]])
        wanted = {*dense_ids(asked, self.township_ids).tolist()} - with_homes
        found = dwellings.on_ground(self.villages, self.townships, self.extract, wanted)
        for township, points in found.items():
            self._add(points)
            name = self.townships["name"].iloc[township]
            self._note("people_on_ground", township=name, count=len(points))
        self.on_ground = frozenset(found)

    def _hold(
        self, group: str, name: str, count: int, counted: list[int], whole: bool
    ) -> None:
        """A township's total beside the sum of its villages: only compared."""
        slots = np.concatenate([self.by_village[one] for one in counted])
        total = int(self.counts[group][slots].sum())
        if total != count or not whole:
            values: dict[str, Any] = {"count": count, "sum": total}
            values |= {"township": name, "villages": len(counted)}
            self._note("people_totals", "warning", **values)

    def _put(self, group: str, count: int, slots: Ints) -> None:
        if len(slots) == 1:
            self.counts[group][slots[0]] += count
            return
        weights = self.weights[slots]
        if group != ALL and ALL in self.counts:
            everybody = self.counts[ALL][slots].astype(float)
            weights = everybody if everybody.sum() else weights
        self.counts[group][slots] += largest_remainder(count, weights)

    def _note(self, kind: str, severity: Severity = "note", **values: Any) -> None:
        self.problems.append(Problem(kind, severity, self.source, values=values))

    def table(self) -> pd.DataFrame:
        """Table ``demand``: slots with people, and a point for every other village."""
        groups = [ALL, *(group for group in self.counts if group != ALL)]
        rows = self.slots.assign(
            **{group: self.counts.get(group, np.zeros(len(self.slots))) for group in groups}
        )
        own = len(self.village_ids)
        peopled = rows[groups].sum(axis=1) > 0
        elsewhere = np.zeros(own, dtype=bool)
        elsewhere[rows.loc[peopled & (rows.index >= own), "village"].unique()] = True
        keep = peopled.to_numpy(copy=True)
        keep[:own] |= ~elsewhere
        rows = rows[keep]
        if (rows.index >= own).sum() > MAX_POINTS:
            rows = self._gathered(rows, groups)
        for group in groups:
            known = rows["village"].isin(list(self.covered.get(group, ())))
            rows[group] = rows[group].astype("Int64").where(known)
        rows = rows.assign(village_id=self.village_ids[rows["village"]])
        done = rows[["demand_id", "village_id", "lon", "lat", *groups]]
        return tables.check(tables.in_order(done, ["demand_id"]), "demand")

    def _gathered(self, rows: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
        own = len(self.village_ids)
        points, others = rows[rows.index >= own], rows[rows.index < own]
        done = gather(points, groups, CELL_M)
        done["demand_id"] = [
            f"{self.village_ids[village]}:{cell}"
            for village, cell in zip(done["village"], done["cell"], strict=True)
        ]
        done["is_home"] = False
        self._note(
            "people_gathered", count=len(points), cells=len(done), metres=f"{CELL_M:g}"
        )
        return pd.concat([others, done[others.columns]], ignore_index=True)

    def people(self, figures: pd.DataFrame, language: str) -> pd.DataFrame:
        """Rows of ``people`` per village for the figures that townships gave."""
        rows = []
        at_township = figures[figures["level"] == "township"]
        positions = dense_ids(at_township["place_id"], self.township_ids)
        for township, figure in zip(positions, at_township.itertuples(), strict=True):
            group = str(figure.group)
            how = self.how.get((group, int(township)))
            if how is None:
                continue
            said = say(f"intake.spread.{how}", language, source=figure.source)
            for village in np.flatnonzero(self.of_township == township):
                count = self.counts[group][self.by_village[village]].sum()
                row = (self.village_ids[village], group, figure.kind, figure.year)
                rows.append((*row, int(count), said))
        return pd.DataFrame(rows, columns=table_columns.TABLES["people"].names)

    def findings(self) -> list[Problem]:
        """Findings so far, and how many homes were used."""
        own = len(self.village_ids)
        if ALL in self.counts:
            is_home = self.slots["is_home"].to_numpy(dtype=bool)
            peopled = self.counts[ALL] > 0
            if is_home.any():
                count, full = int(is_home.sum()), int((peopled & is_home).sum())
                self._note("people_in_homes", count=count, peopled=full)
            elsewhere = ~is_home
            elsewhere[:own] = False
            if elsewhere.any() and self.has_places:
                villages = self.slots["village"][peopled & elsewhere].nunique()
                count = int((peopled & elsewhere).sum())
                self._note("people_in_places", count=count, villages=int(villages))
        return self.problems

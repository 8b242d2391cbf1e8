"""`Result`: everything a run found, as tables. Outputs read this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas
    import pandas as pd

    from servicemap.errors import Problem
    from servicemap.study import Question, Study


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The answers to a study's questions, without what they were computed from.

    Attributes
    ----------
    study
        The questions that were asked.
    annex
        What stands behind the headline, by name: the tables of `annex_columns`.
    road_changes
        Layers of the study that changed the roads: ``layer``, ``source``, and figures.
    """

    study: Study
    townships: geopandas.GeoDataFrame
    villages: geopandas.GeoDataFrame
    coverage: pd.DataFrame
    annex: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    road_changes: tuple[Mapping[str, Any], ...] = ()

    def answers(self, question: Question, level: str) -> pd.DataFrame:
        """Rows of ``coverage`` of a question at a level, for the group that it counts."""
        rows = self.coverage
        is_asked = (rows["question_id"] == question.id) & (rows["level"] == level)
        return rows[is_asked & (rows["group"] == question.people)]


@dataclass(frozen=True, kw_only=True)
class Result(Answered):
    """What a run found; the tables are those of `servicemap.tables`.

    Attributes
    ----------
    basemap
        Layers of the extract for drawing, EPSG:4326: ``land``, ``water``,
        ``waterways``, ``woods``, ``built_up``, ``roads`` (column ``road_class``:
        motorway, trunk, primary, secondary, tertiary, minor, track, path; column
        ``name``, empty where it has none), ``rail``, ``places`` (columns ``name``,
        ``place``), ``boundary`` (the study's own outline or the extract's frame).
        Layers may be empty.
    isochrones
        EPSG:4326; rows with ``facility_id = "all"`` are the merged areas.
    inputs
        One entry per input file: ``name``, ``sha256``, ``rows``, ``date``.
    network
        Per mode: ``junctions``, ``edges``, ``km``, ``km_by_class``,
        ``km_assumed_speed``, ``dropped`` (by rule), ``components`` (list of
        ``component``, ``km``, ``points``), as ``summary.json`` has them.
    audit
        Per mode and cutoff of the merged areas: ``mode``, ``cutoff_min``,
        ``area_km2``, ``where`` (``off_road``, ``on_road``), ``samples``,
        ``decided``, ``precision``, ``recall``.
    findings
        What `problems` says, in no language.
    changed_roads
        The roads that they changed, EPSG:4326: ``way_id, name, change`` (``drawn``,
        ``closed``, ``speed``), ``detail``; None without such layers.
    reached_roads
        Roads from which any open point is reached within the longest cutoff, with the
        minutes at both ends of each piece, EPSG:4326: columns of
        `servicemap.routing.reached_roads.COLUMNS`.
    provenance
        Run time, host, versions, durations: only for ``provenance.json``.
    """

    facilities: pd.DataFrame
    demand: pd.DataFrame
    people: pd.DataFrame
    items: pd.DataFrame
    services: pd.DataFrame
    snaps: pd.DataFrame
    travel_times: pd.DataFrame
    nearest: pd.DataFrame
    gaps: pd.DataFrame
    isochrones: geopandas.GeoDataFrame
    problems: pd.DataFrame
    basemap: Mapping[str, geopandas.GeoDataFrame]
    inputs: tuple[Mapping[str, Any], ...]
    network: Mapping[str, Mapping[str, Any]]
    audit: pd.DataFrame
    findings: tuple[Problem, ...] = ()
    changed_roads: geopandas.GeoDataFrame | None = None
    reached_roads: geopandas.GeoDataFrame | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data_date(self) -> str | None:
        """Day of the map data; None where the extract does not say it."""
        dates = [str(one["date"])[:10] for one in self.inputs if one.get("date")]
        return max(dates, default=None)

"""The study's own files on where people live: hamlets, homestead plots, a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicemap.errors import Problem
from servicemap.intake import grids, hamlets, homestead_files, rasters
from servicemap.intake.people import kinds_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from servicemap.intake.columns import Columns
    from servicemap.intake.keys import Register
    from servicemap.intake.map_evidence import MapEvidence
    from servicemap.study import Study


@dataclass(frozen=True)
class Homesteads:
    """What those files say.

    Attributes
    ----------
    hamlets, grid, plots
        Points with weights, or None where the study names no file.
    sums
        Figures that the hamlets sum up to.
    own
        Figures of the grid, for a study without any.
    files
        Rows of ``Inputs.files``.
    """

    hamlets: pd.DataFrame | None
    grid: pd.DataFrame | None
    plots: pd.DataFrame | None
    sums: pd.DataFrame | None
    own: pd.DataFrame | None
    of_hamlets: Columns | None
    files: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]

    def filled(self, figures: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
        """Figures of the villages with those of hamlets, or of the grid alone.

        Parameters
        ----------
        figures
            Columns `people.FIGURES`.
        """
        problems: list[Problem] = []
        if self.sums is not None and self.of_hamlets is not None:
            figures, problems = hamlets.joined(figures, self.sums, self.of_hamlets)
        if len(figures) or self.own is None or not len(self.own):
            return figures, problems
        source, kind = (str(self.own[name].iloc[0]) for name in ("source", "kind"))
        values = {"people": int(self.own["count"].sum()), "kind": kinds_in_words(kind)}
        problems.append(Problem("people_of_grid", "warning", source, values=values))
        return self.own, problems


def read(
    study: Study,
    files: Mapping[str, Columns | None],
    townships: pd.DataFrame,
    villages: pd.DataFrame,
    register: Register,
    *,
    on_map: MapEvidence,
) -> Homesteads:
    """Read the hamlets, the homestead plots and the grid of a study.

    Parameters
    ----------
    study
        Its sections ``[hamlets]``, ``[homesteads]`` and ``[grid]``.
    files
        Sheets of them, already opened.
    townships, villages, register
        Where they belong.
    on_map
        Evidence for coordinates.

    Raises
    ------
    InputError
        A raster cannot be read.
    MissingExtraError
        A raster, and no rasterio.
    """
    problems: list[Problem] = []
    entries: list[dict[str, Any]] = []
    points = sums = grid = own = plots = None
    of_hamlets, of_grid = files.get("hamlets"), files.get("grid")
    if of_hamlets is not None:
        points, sums, used, more = hamlets.hamlets(
            of_hamlets, study.hamlets, townships, villages, register, on_map=on_map
        )
        problems += more
        entries.append(of_hamlets.sheet.entry(used))
    if of_grid is not None:
        grid, used, more = grids.of_table(
            of_grid, study.grid, villages, townships, on_map=on_map
        )
        problems += more
        entries.append(of_grid.sheet.entry(used))
    elif study.grid.source is not None:
        path = study.path(study.grid.source)
        grid, entry, more = rasters.of_raster(path, study.grid.source, villages, townships)
        problems += more
        entries.append(entry)
    of_plots = files.get("homesteads")
    if of_plots is not None:
        plots, used, more = homestead_files.of_plots(
            of_plots, study.homesteads, villages, townships, register, on_map=on_map
        )
        problems += more
        entries.append(of_plots.sheet.entry(used))
    if grid is not None:
        source = study.grid.source or ""
        kind = study.people.kind or "resident"
        own = grids.figures(grid, villages, kind, study.people.year, source)
    return Homesteads(
        points, grid, plots, sums, own, of_hamlets, tuple(entries), tuple(problems)
    )

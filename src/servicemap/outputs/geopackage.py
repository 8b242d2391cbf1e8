"""``coverage.gpkg``: every finding with its place, coloured as soon as QGIS opens it.

OGC GeoPackage 1.2 in EPSG:4326, written by GDAL through pyogrio. Styles are
rows of ``layer_styles``, the table in which QGIS keeps them. Two runs write
the same bytes: the times that GDAL notes are replaced, and the database is
rebuilt, so that nothing of them is left in unused pages.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pyogrio

from servicemap.outputs.geopackage_layers import Layer, layers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from servicemap.result import Result

VERSION = "1.2"  # what the QGIS of an office, years old, opens without a warning
SYNCHRONOUS = "OGR_SQLITE_SYNCHRONOUS"
NO_WAITING = "PRAGMA synchronous = OFF"
NO_TIME = "2000-01-01T00:00:00.000Z"  # times would differ from run to run
LAYER_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT CURRENT_TIMESTAMP)
"""


def write_geopackage(
    result: Result,
    figures: Mapping[str, Any],
    path: Path,
    answers: pd.DataFrame | None = None,
) -> None:
    """Write all layers.

    Parameters
    ----------
    result
        What a run found.
    figures
        Its `servicemap.outputs.summary.summary`.
    path
        A file that does not exist yet, ending in ``.gpkg``.
    answers
        Its `servicemap.outputs.tables_csv.village_answers`, by who has it already.
    """
    layers = list(layers_of(result, figures, answers))
    with no_waiting():
        for layer in layers:
            shape = layer.geometry_type
            many = {} if shape is None else {"promote_to_multi": shape.startswith("Multi")}
            pyogrio.write_dataframe(
                layer.rows,
                path,
                layer=layer.name,
                driver="GPKG",
                geometry_type=shape,
                dataset_options={"VERSION": VERSION},
                layer_options={"IDENTIFIER": layer.title, "DESCRIPTION": layer.title},
                **many,
            )
    _finish(path, layers)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Let GDAL wait for the disk after no layer: the file is a temporary until the end.

    Who renames it brings it to the disk first (`servicemap.outputs.files.replacing`).
    Each layer would otherwise wait several times, for seconds in all.
    """
    before = pyogrio.get_gdal_config_option(SYNCHRONOUS)
    pyogrio.set_gdal_config_options({SYNCHRONOUS: "OFF"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({SYNCHRONOUS: before})


def _finish(path: Path, layers: list[Layer]) -> None:
    """Add the styles, then rebuild the file without times."""
    styled = [layer for layer in layers if layer.style is not None]
    with closing(sqlite3.connect(path)) as base:
        base.execute(NO_WAITING)
        base.execute(LAYER_STYLES)
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '')"
        )
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, useAsDefault, description, owner,"
            " update_time) VALUES ('', '', ?, 'geom', 'servicemap', ?, 1, ?, '', ?)",
            [(one.name, one.style, one.title, NO_TIME) for one in styled],
        )
        base.commit()
    rebuild(path)


def rebuild(path: Path) -> None:
    """Take the times out of a GeoPackage and write it anew: the same rows, the same bytes.

    Into a new file, as the old one counts how often it was changed.
    """
    rebuilt = path.with_name(f"{path.name}.rebuilt")
    with closing(sqlite3.connect(path)) as base:
        base.execute(NO_WAITING)
        base.execute("UPDATE gpkg_contents SET last_change = ?", (NO_TIME,))
        base.commit()
        base.execute("VACUUM INTO ?", (str(rebuilt),))
    rebuilt.replace(path)

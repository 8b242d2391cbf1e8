"""Commands that need no study: ``matrix`` and ``isochrones``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from servicemap.cli import screen, targets
from servicemap.cli.options import Json, Overwrite
from servicemap.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    import pandas as pd

    from servicemap.errors import Problem

PointsHelp = "Points: CSV, xlsx, GeoJSON or GeoPackage with an id and lon/lat or geometry."
Roads = Annotated[
    Path, typer.Option(help="OSM extract: .osm.pbf, .osm, .osm.gz or .osm.bz2.")
]
Mode = Annotated[
    str, typer.Option(help="walk, bike, ebike, motorcycle, drive, or a variant of these.")
]
SnapLimit = Annotated[
    float, typer.Option(help="Longest straight leg between a point and its road, metres.")
]
Language = Annotated[str, typer.Option(help="Language of the messages: en or zh.")]


def matrix(
    roads: Roads,
    origins: Annotated[Path, typer.Option("--from", help=f"Origins. {PointsHelp}")],
    destinations: Annotated[Path, typer.Option("--to", help=f"Destinations. {PointsHelp}")],
    mode: Mode = "walk",
    minutes: Annotated[
        float | None, typer.Option(help="Bound of the door-to-door time. [default: none]")
    ] = None,
    weight: Annotated[
        str, typer.Option(help="What the path minimises: time or distance.")
    ] = "time",
    snap_limit_m: SnapLimit = 500.0,
    out: Annotated[Path | None, typer.Option(help="CSV file. [default: stdout]")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
    language: Language = "en",
) -> None:
    """Travel time and distance of every pair of points, with a reason where there is none.

    Columns: `from_id, to_id, travel_time_s, distance_m, reason`. Times run from the first
    point to the second and include the walk to the road at both ends; distances are
    lengths on the roads.

    **Example:** `servicemap matrix --roads andorra.osm.pbf --from villages.csv
    --to points.csv --mode walk --minutes 30 --out times.csv`
    """
    screen.speak(language)
    if weight not in ("time", "distance"):
        raise InputError("value", name="--weight", value=weight, expected="time | distance")
    inputs = (roads, origins, destinations)
    with targets.file(out, overwrite=overwrite, suffixes=(".csv",), inputs=inputs):
        from servicemap.without_study import matrix as measure

        with screen.stages() as say:
            frame, problems = measure(
                roads,
                origins,
                destinations,
                mode=mode,
                minutes=minutes,
                weight=cast("Literal['time', 'distance']", weight),
                snap_limit_m=snap_limit_m,
                say=say,
            )
        _tell(problems)
        if json:
            records = frame.astype(object).where(frame.notna(), None).to_dict("records")
            screen.data_json(records)
        if out is not None:
            from servicemap.outputs.files import replacing

            with replacing(out) as temporary:
                temporary.write_bytes(_csv(frame).encode())
        elif not json:
            screen.data(_csv(frame).rstrip("\n"))
    missing = int(frame["travel_time_s"].isna().sum())
    screen.talk(screen.words("cli.pairs", count=len(frame), missing=missing))


def _csv(frame: pd.DataFrame) -> str:
    """Times with their milliseconds, so that no digit of the answer is lost."""
    text = io.StringIO()
    shown = frame.assign(
        travel_time_s=frame["travel_time_s"].map("{:.3f}".format, na_action="ignore"),
        distance_m=frame["distance_m"].map("{:.2f}".format, na_action="ignore"),
    )
    shown.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue()


def isochrones(
    roads: Roads,
    points: Annotated[Path, typer.Option(help=PointsHelp)],
    mode: Mode = "walk",
    minutes: Annotated[str, typer.Option(help="Cutoffs with commas between.")] = "5,10,15",
    direction: Annotated[
        str,
        typer.Option(help="to: from where a point is reached in time; from: the reverse."),
    ] = "to",
    merge: Annotated[
        bool, typer.Option("--merge", help="One area of all points together per cutoff.")
    ] = False,
    cell_m: Annotated[
        float | None, typer.Option(help="Grid of the areas, metres. [default: 25 or 33]")
    ] = None,
    snap_limit_m: SnapLimit = 500.0,
    lines: Annotated[
        bool,
        typer.Option(
            "--lines", help="The reached roads, with minutes at both ends, not areas."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help=".geojson or .gpkg. [default: GeoJSON on stdout]")
    ] = None,
    overwrite: Overwrite = False,
    language: Language = "en",
) -> None:
    """Areas or roads within cutoffs of points, as GeoJSON or GeoPackage.

    **Example:** `servicemap isochrones --roads andorra.osm.pbf --points points.csv
    --mode drive --minutes 5,10,15 --out areas.geojson`
    """
    screen.speak(language)
    if direction not in ("to", "from"):
        raise InputError("value", name="--direction", value=direction, expected="to | from")
    if lines and cell_m is not None:
        raise InputError("value", name="--cell-m", value=cell_m, expected="no --lines")
    allowed = (".geojson", ".json", ".gpkg")
    inputs = (roads, points)
    with targets.file(out, overwrite=overwrite, suffixes=allowed, inputs=inputs):
        from servicemap.without_study import isochrones as draw

        with screen.stages() as say:
            table, problems = draw(
                roads,
                points,
                mode=mode,
                minutes=_numbers(minutes),
                direction=cast("Literal['to', 'from']", direction),
                merge=merge,
                cell_m=cell_m,
                snap_limit_m=snap_limit_m,
                lines=lines,
                say=say,
            )
        _tell(problems)
        layer = "reached_roads" if lines else "isochrones"
        if out is None:
            screen.data(_geojson(table))
        else:
            from servicemap.outputs.files import replacing

            with replacing(out) as temporary:
                if out.suffix.lower() == ".gpkg":
                    table.to_file(temporary, driver="GPKG", layer=layer, engine="pyogrio")
                else:
                    temporary.write_bytes(_geojson(table).encode())
    missing = int(table.geometry.isna().sum())
    if lines:
        km = f"{table['length_m'].sum() / 1000.0:,.1f}"
        screen.talk(screen.words("cli.reached", count=len(table), km=km))
    else:
        screen.talk(screen.words("cli.areas", count=len(table), missing=missing))


def _geojson(table: gpd.GeoDataFrame) -> str:
    """RFC 7946: degrees, counter-clockwise outer rings, null where nothing is known."""
    import json

    import shapely

    names = [name for name in table.columns if name != "geometry"]
    shapes = shapely.to_geojson(table.geometry.to_numpy())  # text already: not read again
    features = []
    for row, shape in zip(table[names].itertuples(index=False), shapes, strict=True):
        told = {k: None if v != v else v for k, v in zip(names, row, strict=True)}  # noqa: PLR0124 - NaN alone differs from itself
        properties = json.dumps(told, ensure_ascii=False, allow_nan=False)
        features.append(
            f'{{"type": "Feature", "properties": {properties}, '
            f'"geometry": {shape or "null"}}}'
        )
    inside = ",\n".join(features)
    return f'{{"type": "FeatureCollection", "features": [\n{inside}\n]}}'


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace("，", ",").split(",") if part.strip()]
    except ValueError as error:
        raise InputError(
            "value", name="--minutes", value=text, expected="5,10,15"
        ) from error


def _tell(problems: Iterable[Problem]) -> None:
    for problem in problems:
        severity = screen.words(f"cli.severity.{problem.severity}")
        screen.talk(f"{severity}  {problem.line(screen.language())}")

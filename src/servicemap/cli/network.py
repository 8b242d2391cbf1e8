"""Commands on the road network by itself: ``network inspect|explain|export|build``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from servicemap.cli import screen, targets
from servicemap.cli.network_lines import km_text, mode_lines, road_lines
from servicemap.cli.options import Json, Overwrite
from servicemap.errors import InputError

app = typer.Typer(
    name="network",
    help="The road network by itself: what is kept, left out and why; files for a GIS.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Source = Annotated[
    Path,
    typer.Argument(help="A study (folder or servicemap.toml), or a file of roads."),
]
Modes = Annotated[
    list[str] | None,
    typer.Option(
        "--mode",
        help="A mode; may be given several times. [default: the study's, else walk, drive]",
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        help="Language of the messages: en or zh. [default: the study's, else en]"
    ),
]


@app.command()
def inspect(
    source: Source, mode: Modes = None, json: Json = False, language: Language = None
) -> None:
    """What a network keeps and leaves out, by class and by rule; islands; km by township.

    Islands are listed with their length and with what sits on them: a study's points and
    villages, or the named places of the map. Townships with areas get their kilometres of
    road, beside a published figure where the table of townships has one.

    **Example:** `servicemap network inspect data/liechtenstein --mode drive`
    """
    _speak(language, source)
    from servicemap.road_network import inspect as examine

    with screen.stages() as say:
        report, problems = examine(source, tuple(mode or ()), say=say)
    for problem in problems:
        severity = screen.words(f"cli.severity.{problem.severity}")
        screen.talk(f"{severity}  {problem.line(screen.language())}")
    if json:
        screen.data_json(report)
        return
    west, south, east, north = (f"{one:.4f}" for one in report["bounds"])
    screen.data(
        screen.words(
            "network.head",
            name=report["name"],
            ways=f"{report['ways']:,}",
            date=report["date"] or screen.words("network.undated"),
            west=west,
            south=south,
            east=east,
            north=north,
        )
    )
    for name, figures in report["modes"].items():
        for line in mode_lines(name, figures):
            screen.data(line)


# west of Greenwich a longitude begins as an option does
@app.command(context_settings={"ignore_unknown_options": True})
def explain(
    source: Source,
    lon: Annotated[float, typer.Argument(help="Longitude, degrees.")],
    lat: Annotated[float, typer.Argument(help="Latitude, degrees.")],
    mode: Modes = None,
    most: Annotated[int, typer.Option(help="How many roads.")] = 5,
    json: Json = False,
    language: Language = None,
) -> None:
    """The nearest roads of a place: their tags, and which mode may use them by which rule.

    Roads that no mode may use are listed too; `--mode` defaults to the study's modes and
    all five basic ones.

    **Example:** `servicemap network explain liechtenstein.osm.pbf 9.521 47.141`
    """
    _speak(language, source)
    if most < 1:
        raise InputError("value", name="--most", value=most, expected="1, 2, ...")
    from servicemap.road_network import NEAR_M
    from servicemap.road_network import explain as ask

    with screen.stages() as say:
        found = ask(source, lon, lat, tuple(mode or ()), most=most, say=say)
    if json:
        screen.data_json(found)
        return
    if not found:
        screen.data(screen.words("network.nothing_near", limit=f"{NEAR_M:g}"))
    for road in found:
        for line in road_lines(road):
            screen.data(line)


@app.command()
def export(
    source: Source,
    out: Annotated[Path, typer.Option(help="GeoPackage to write, ending in .gpkg.")],
    mode: Modes = None,
    overwrite: Overwrite = False,
    language: Language = None,
) -> None:
    """Write networks as a GeoPackage: edges with class, speed and times, and junctions.

    Layers `edges_MODE` and `junctions_MODE`; columns are in docs/data.md.

    **Example:** `servicemap network export data/liechtenstein --out roads.gpkg`
    """
    _speak(language, source)
    from servicemap.road_network import export as write

    target = targets.file(out, overwrite=overwrite, suffixes=(".gpkg",), inputs=(source,))
    with target, screen.stages() as say:
        layers = write(source, out, tuple(mode or ()), say=say)
    for layer, rows in layers.items():
        screen.talk(
            screen.words("network.exported", path=out, layer=layer, rows=f"{rows:,}")
        )


@app.command()
def build(
    source: Source, mode: Modes = None, json: Json = False, language: Language = None
) -> None:
    """Build networks into the cache, so that the next run finds them there.

    **Example:** `servicemap network build andorra.osm.pbf --mode walk --mode drive`
    """
    _speak(language, source)
    from servicemap.compiled import cache_folder
    from servicemap.road_network import build as make

    with screen.stages() as say:
        networks = make(source, tuple(mode or ()), say=say)
    figures = {
        name: {key: network.report[key] for key in ("junctions", "edges", "km")}
        for name, network in networks.items()
    }
    if cache_folder() is None:
        screen.talk(screen.words("network.uncached"))
    if json:
        screen.data_json(figures)
        return
    for name, own in figures.items():
        screen.data(
            screen.words(
                "network.built",
                mode=name,
                junctions=f"{own['junctions']:,}",
                edges=f"{own['edges']:,}",
                km=km_text(own["km"]),
            )
        )


def _speak(language: str | None, source: Path) -> None:
    is_study = source.is_dir() or source.suffix.casefold() == ".toml"
    screen.speak(language, source if is_study else None)

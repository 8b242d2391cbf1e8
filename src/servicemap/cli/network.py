"""Commands on the road network by itself: ``network inspect|explain|export|build``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from servicemap.cli import screen
from servicemap.errors import InputError

MOST_ISLANDS, MOST_RULES, MOST_CLASSES = 20, 40, 3

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
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout.")]
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
        for line in _mode_lines(name, figures):
            screen.data(line)


def _mode_lines(mode: str, figures: dict[str, Any]) -> list[str]:
    """One mode's report as lines: a heading, then parts that are indented."""
    lines = [
        "",
        screen.words(
            "network.mode",
            mode=mode,
            name=_title(mode),
            km=_km(figures["km"]),
            junctions=f"{figures['junctions']:,}",
            edges=f"{figures['edges']:,}",
            percent=figures["percent_assumed_speed"],
        ),
        f"  {screen.words('network.classes')}",
    ]
    for row in figures["classes"]:
        kph = "-" if row["kph"] is None else f"{row['kph']:.0f} km/h"
        values = {
            "kept": f"{_km(row['km_kept']):>11}",
            "left_out": f"{_km(row['km_left_out']):>11}",
            "kph": f"{kph:>8}",
        }
        lines.append(f"  {screen.words('network.class', name=row['class'], **values)}")
    lines.append(f"  {screen.words('network.left_out')}")
    for row in figures["left_out"][:MOST_RULES]:
        classes = screen.words("network.comma").join(list(row["by_class"])[:MOST_CLASSES])
        values = {"km": f"{_km(row['km']):>11}", "ways": f"{row['ways']:>7,}"}
        line = screen.words("network.rule", rule=row["rule"], classes=classes, **values)
        lines.append(f"  {line}")
    if figures["barriers"]:
        counted = [f"{rule} {count:,}" for rule, count in figures["barriers"].items()]
        barriers = screen.words("network.comma").join(counted)
        lines.append(f"  {screen.words('network.barriers', barriers=barriers)}")
    if figures["reservations"]:
        lines.append(f"  {screen.words('network.reservations')}")
        lines += [
            f"  {screen.words('network.note', km=f'{_km(km):>11}', note=note)}"
            for note, km in figures["reservations"].items()
        ]
    return [
        *lines,
        *_island_lines(figures["components"]),
        *_townships(figures["townships"]),
    ]


def _island_lines(components: list[dict[str, Any]]) -> list[str]:
    """The main component, then islands: those with something on them first."""
    main, islands = components[:1], components[1:]
    seated = [one for one in islands if one["points"]]
    lines = [
        "  "
        + screen.words(
            "network.components",
            km=_km(sum(one["km"] for one in main)),
            islands=f"{len(islands):,}",
            island_km=_km(sum(one["km"] for one in islands)),
            seated=len(seated),
        )
    ]
    shown = [*seated, *(one for one in islands if not one["points"])]
    for one in shown[:MOST_ISLANDS]:
        kinds = [
            screen.words(
                "network.of_kind",
                kind=screen.words(f"network.kind.{kind}"),
                names=screen.words("network.comma").join(names),
            )
            for kind, names in one.get("on_it", {}).items()
        ]
        what = screen.words("network.semicolon").join(kinds)
        lines.append(
            "  "
            + screen.words(
                "network.island",
                km=f"{_km(one['km']):>11}",
                component=one["component"],
                lon=f"{one['lon']:.5f}",
                lat=f"{one['lat']:.5f}",
                what=what or screen.words("network.nothing"),
            )
        )
    if len(shown) > MOST_ISLANDS:
        more = len(shown) - MOST_ISLANDS
        lines.append(f"  {screen.words('network.more_islands', count=more)}")
    return lines


def _townships(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []

    def shown(value: float | None, unit: str) -> str:
        return f"{'-' if value is None else f'{value:,.1f} {unit}':>13}"

    return [
        f"  {screen.words('network.townships')}",
        *(
            "  "
            + screen.words(
                "network.township",
                km=shown(row["road_km"], "km"),
                published=shown(row["published_road_km"], "km"),
                percent=shown(row["percent"], "%"),
                name=row["name"],
            )
            for row in rows
        ),
    ]


@app.command()
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
        for line in _road_lines(road):
            screen.data(line)


def _road_lines(road: dict[str, Any]) -> list[str]:
    lines = [
        screen.words(
            "network.road",
            distance=f"{road['distance_m']:.1f}",
            way=road["way_id"],
            name=road["name"] or screen.words("network.no_name"),
            length=f"{road['length_m']:,.0f}",
            **{"class": road["class"]},
        ),
        f"  {screen.words('network.tags', tags=_tags(road['tags']))}",
    ]
    for mode, use in road["modes"].items():
        line = screen.words(
            "network.verdict",
            mode=_title(mode),
            verdict=_verdict(use),
            rule=screen.words("network.comma").join([use["rule"], *use["notes"]]),
            page=screen.words("network.page", page=use["page"]) if use["page"] else "",
        )
        lines.append(f"  {line}")
    for node in road["nodes"]:
        stopped = [
            _title(mode) for mode, use in node["modes"].items() if not use["passable"]
        ]
        modes = screen.words("network.comma").join(stopped)
        line = screen.words(
            "network.point",
            node=node["node_id"],
            tags=_tags(node["tags"]),
            modes=modes or screen.words("network.stops_nobody"),
        )
        lines.append(f"  {line}")
    return lines


def _verdict(use: dict[str, Any]) -> str:
    """How a mode may use a road, in a few words."""
    both = use["forward"] and use["backward"]
    if both:
        kind = "both" if use["forward_kph"] == use["backward_kph"] else "different"
    else:
        kind = "forward" if use["forward"] else "backward" if use["backward"] else "none"
    source = use["speed_source"]
    return screen.words(
        f"network.use.{kind}",
        forward=f"{use['forward_kph']:g}",
        backward=f"{use['backward_kph']:g}",
        source=screen.words(f"network.source.{source}") if source else "",
    )


@app.command()
def export(
    source: Source,
    out: Annotated[Path, typer.Option(help="GeoPackage to write, ending in .gpkg.")],
    mode: Modes = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file at --out.")
    ] = False,
    language: Language = None,
) -> None:
    """Write networks as a GeoPackage: edges with class, speed and times, and junctions.

    Layers `edges_MODE` and `junctions_MODE`; columns are in docs/data.md.

    **Example:** `servicemap network export data/liechtenstein --out roads.gpkg`
    """
    _speak(language, source)
    if out.suffix.lower() != ".gpkg":
        raise InputError("value", name="--out", value=out, expected="*.gpkg")
    if out.exists() and not overwrite:
        raise InputError("target_exists", path=out)
    from servicemap.outputs.files import make_folder
    from servicemap.road_network import export as write

    make_folder(out.parent)
    with screen.stages() as say:
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
                km=_km(own["km"]),
            )
        )


def _speak(language: str | None, source: Path) -> None:
    is_study = source.is_dir() or source.suffix.casefold() == ".toml"
    screen.speak(language, source if is_study else None)


def _title(mode: str) -> str:
    from servicemap.outputs.terms import term

    return term("mode", mode, "zh" if screen.language() == "zh" else "en")


def _km(value: float) -> str:
    return f"{value:,.1f}"


def _tags(tags: dict[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(tags.items()))

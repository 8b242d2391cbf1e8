"""A report on roads, and one road, as lines for the screen."""

from __future__ import annotations

from typing import Any

from servicemap.cli import screen

MOST_ISLANDS, MOST_RULES, MOST_CLASSES = 20, 40, 3


def mode_lines(mode: str, figures: dict[str, Any]) -> list[str]:
    """One mode's report as lines: a heading, then parts that are indented."""
    lines = [
        "",
        screen.words(
            "network.mode",
            mode=mode,
            name=_title(mode),
            km=km_text(figures["km"]),
            junctions=f"{figures['junctions']:,}",
            edges=f"{figures['edges']:,}",
            percent=figures["percent_assumed_speed"],
        ),
        f"  {screen.words('network.classes')}",
    ]
    for row in figures["classes"]:
        kph = "-" if row["kph"] is None else f"{row['kph']:.0f} km/h"
        values = {
            "kept": f"{km_text(row['km_kept']):>11}",
            "left_out": f"{km_text(row['km_left_out']):>11}",
            "kph": f"{kph:>8}",
        }
        lines.append(f"  {screen.words('network.class', name=row['class'], **values)}")
    lines.append(f"  {screen.words('network.left_out')}")
    for row in figures["left_out"][:MOST_RULES]:
        classes = screen.words("network.comma").join(list(row["by_class"])[:MOST_CLASSES])
        values = {"km": f"{km_text(row['km']):>11}", "ways": f"{row['ways']:>7,}"}
        line = screen.words("network.rule", rule=row["rule"], classes=classes, **values)
        lines.append(f"  {line}")
    if figures["barriers"]:
        counted = [f"{rule} {count:,}" for rule, count in figures["barriers"].items()]
        barriers = screen.words("network.comma").join(counted)
        lines.append(f"  {screen.words('network.barriers', barriers=barriers)}")
    if figures["reservations"]:
        lines.append(f"  {screen.words('network.reservations')}")
        lines += [
            f"  {screen.words('network.note', km=f'{km_text(km):>11}', note=note)}"
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
            km=km_text(sum(one["km"] for one in main)),
            islands=f"{len(islands):,}",
            island_km=km_text(sum(one["km"] for one in islands)),
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
                km=f"{km_text(one['km']):>11}",
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


def road_lines(road: dict[str, Any]) -> list[str]:
    """One road: its tags, what each mode makes of it, what stands on it."""
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


def _title(mode: str) -> str:
    from servicemap.outputs.terms import term

    return term("mode", mode, "zh" if screen.language() == "zh" else "en")


def km_text(value: float) -> str:
    """Kilometres with one decimal."""
    return f"{value:,.1f}"


def _tags(tags: dict[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(tags.items()))

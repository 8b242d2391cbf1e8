"""The road network by itself, before any question: inspect, explain, export, build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import intake
from servicemap.errors import InputError
from servicemap.given_roads import Given, given
from servicemap.progress import Say, log
from servicemap.roads import explaining, inspection, islands, odd_roads, osm_roads
from servicemap.roads.profile_files import built_in_limits
from servicemap.roads.projection import projection_for
from servicemap.roads.snapping import snap
from servicemap.shares import percent_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from servicemap.errors import Problem
    from servicemap.intake import Inputs
    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network

BASIC_MODES = ("walk", "bike", "ebike", "motorcycle", "drive")
NEAR_M = 500.0  # roads farther away explain nothing


def inspect(
    source: str | Path, modes: Sequence[str] = (), *, say: Say = log
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """What the networks of some modes are made of, and what they leave out.

    Parameters
    ----------
    source
        A study (folder or toml), or a file of roads.
    modes
        Names of profiles; the study's unless told, walk and drive without a study.
    say
        Told the name of each stage.

    Returns
    -------
    report
        ``name, sha256, date, ways, bounds, counts, road_changes`` of the roads, and
        ``modes``: per mode the network's own report,
        `servicemap.roads.inspection.kept_and_left_out`,
        ``components`` with what sits on them and, for a study with areas of townships,
        ``townships`` (``township_id, name, road_km, published_road_km, percent``).
    problems
        Findings in the files.
    """
    asked = given(source, say)
    wanted = asked.profiles(modes)
    say("extract", name=asked.roads.name)
    extract = asked.read(want_map=asked.asked is not None)
    inputs = None
    if asked.asked is not None:
        say("intake")
        inputs = intake.load(asked.asked, extract)
    networks = asked.networks(extract, wanted, say)
    pieces = osm_roads.segments(extract.roads)
    odd = odd_roads.odd(extract.roads, built_in_limits())
    report: dict[str, Any] = {
        "name": extract.name,
        "sha256": extract.sha256,
        "date": extract.date,
        "ways": len(np.unique(extract.roads.way_id)),
        "bounds": [round(one, 7) for one in extract.bounds],
        "counts": dict(extract.counts),
        "odd_roads": odd,
        "road_changes": [dict(one) for one in extract.changes],
        "modes": {},
    }
    for mode, network in networks.items():
        own = inspection.kept_and_left_out(extract, pieces, wanted[mode], asked.when)
        km = network.report["km"]
        assumed = network.report["km_assumed_speed"]
        report["modes"][mode] = {
            **{key: value for key, value in network.report.items() if key != "dropped"},
            "percent_assumed_speed": percent_of(assumed / km) if km else 0.0,
            **own,
            "components": islands.components(
                network, _seated(network, asked, extract, inputs)
            ),
            "townships": _townships(network, inputs),
        }
    told = odd_roads.findings(extract.roads, built_in_limits(), extract.name)
    found = (*extract.problems, *told, *(inputs.problems if inputs is not None else ()))
    return report, found


def _seated(
    network: Network, asked: Given, extract: Extract, inputs: Inputs | None
) -> dict[str, islands.Seated]:
    """What may sit on an island: the study's points and villages, else named places."""
    limit_m = asked.asked.travel.snap_limit_m if asked.asked is not None else 500.0
    if inputs is None:
        places = extract.places[extract.places["name"] != ""]
        rows = {"places": (places, list(places["name"]))}
    else:
        rows = {
            "facilities": (inputs.facilities, list(inputs.facilities["facility_id"])),
            "villages": (inputs.demand, list(inputs.demand["village_id"])),
        }
    return {
        kind: (
            names,
            snap(network, frame["lon"].to_numpy(), frame["lat"].to_numpy(), limit_m).edge,
        )
        for kind, (frame, names) in rows.items()
    }


def _townships(network: Network, inputs: Inputs | None) -> list[dict[str, Any]]:
    """Kilometres per township beside what was published."""
    if inputs is None or not inputs.townships.geometry.notna().any():
        return []
    frame = inputs.townships
    found = inspection.road_km(network, list(frame.geometry))
    rows = []
    for row, km in zip(frame.itertuples(index=False), found.tolist(), strict=True):
        published = float(row.published_road_km)
        known = not np.isnan(km) and published > 0
        rows.append(
            {
                "township_id": row.township_id,
                "name": row.name,
                "road_km": None if np.isnan(km) else round(km, 1),
                "published_road_km": None if np.isnan(published) else published,
                "percent": percent_of(km / published) if known else None,
            }
        )
    return rows


def explain(
    source: str | Path,
    lon: float,
    lat: float,
    modes: Sequence[str] = (),
    *,
    most: int = 5,
    say: Say = log,
) -> list[dict[str, Any]]:
    """The nearest roads of a place, their tags, and what each mode makes of them.

    Parameters
    ----------
    source
        A study, or a file of roads.
    lon, lat
        Degrees.
    modes
        Names of profiles; all built-in ones unless told, and the study's own.
    most
        So many roads.
    say
        Told the name of each stage.

    Returns
    -------
    list of dict
        See `servicemap.roads.explaining.explain`.

    Raises
    ------
    InputError
        No place on earth; a file that cannot be used.
    """
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):  # noqa: PLR2004 - degrees
        raise InputError(
            "value", name="LON LAT", value=f"{lon} {lat}", expected="-180..180 -90..90"
        )
    asked = given(source, say)
    own = asked.asked.modes if asked.asked is not None else ()
    wanted = asked.profiles(modes or tuple(dict.fromkeys([*own, *BASIC_MODES])))
    say("extract", name=asked.roads.name)
    extract = asked.read(want_map=False)
    return explaining.explain(
        extract,
        osm_roads.segments(extract.roads),
        wanted,
        projection_for(asked.crs, lon, lat),
        lon,
        lat,
        most=most,
        within_m=NEAR_M,
        when=asked.when,
    )


def build(
    source: str | Path, modes: Sequence[str] = (), *, say: Say = log
) -> dict[str, Network]:
    """Networks of some modes, from the cache or built and kept there.

    Parameters
    ----------
    source
        A study, or a file of roads.
    modes
        As for `inspect`.
    say
        Told the name of each mode that is built anew.
    """
    asked = given(source, say)
    return asked.networks(asked.lazily(), asked.profiles(modes), say)


def export(
    source: str | Path, path: Path, modes: Sequence[str] = (), *, say: Say = log
) -> Mapping[str, int]:
    """Write the networks of some modes as a GeoPackage.

    Parameters
    ----------
    source
        A study, or a file of roads.
    path
        The file, ending in ``.gpkg``; it appears whole or not at all.
    modes
        As for `inspect`.
    say
        Told the name of each stage.

    Returns
    -------
    dict
        Layer -> rows.
    """
    from servicemap.outputs.files import replacing
    from servicemap.outputs.network_layers import write_network

    asked = given(source, say)
    wanted = asked.profiles(modes)
    say("extract", name=asked.roads.name)
    extract = asked.read(want_map=False)
    networks = asked.networks(extract, wanted, say)
    say("write", folder=path.parent)
    with replacing(path) as temporary:
        return write_network(networks, extract.roads, temporary)

"""An OSM extract -> `Extract`, or what is wrong with the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from servicemap.checksum import sha256
from servicemap.errors import InputError, Problem
from servicemap.osm_file import kept_extract
from servicemap.osm_file.extract import DEGREES, Extract
from servicemap.osm_file.kinds import AREA_KEYS, KEYS

if TYPE_CHECKING:
    from servicemap.osm_file.batches import Ways
    from servicemap.osm_file.collecting import Collector

INSIDE_SHARE = 0.02  # closer to the frame than this share of it may just be the cut


def read(path: str | Path, *, want_map: bool = True) -> Extract:
    """Read an OSM extract, or find in the cache what was read of it before.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    want_map
        Also assemble areas (water, buildings, boundaries); without them only
        roads, places and waterways are read, in half the time.

    Raises
    ------
    InputError
        The file is absent, empty, not an OSM file, cut inside a block, or
        holds no roads.
    """
    file = Path(path)
    refuse(file)
    content = sha256(file)
    extract = kept_extract.load(file, content, want_map=want_map)
    if extract is None:
        extract = _read(file, content, want_map=want_map)
        kept_extract.keep(extract, want_map=want_map)
    return extract


def refuse(file: Path) -> None:
    """Refuse what is no file, or an empty one.

    Raises
    ------
    InputError
        Which of them it is.
    """
    if file.is_dir():
        raise InputError("not_a_file", path=str(file))
    if not file.is_file():
        raise InputError("file_not_found", path=str(file))
    if file.stat().st_size == 0:
        raise InputError([Problem("empty_file", "error", file.name)])


def _read(file: Path, content: str, *, want_map: bool) -> Extract:
    """Read the file itself, in one pass."""
    import osmium

    from servicemap.osm_file.batches import AsText, NodeByNode, UnwrittenError

    header = None
    try:
        header = osmium.io.Reader(str(file)).header()
        try:
            with AsText() as ways:
                collected = _collected(file, ways, want_map=want_map)
        except UnwrittenError:
            collected = _collected(file, NodeByNode(), want_map=want_map)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        kind = "not_osm" if header is None else "cut_osm"
        raise InputError(
            [Problem(kind, "error", file.name, values={"why": str(error)})]
        ) from error
    roads = collected.roads()
    box = header.box()
    if box.valid():
        bounds = (
            box.bottom_left.lon,
            box.bottom_left.lat,
            box.top_right.lon,
            box.top_right.lat,
        )
    elif len(roads.x):
        bounds = (
            float(roads.x.min()) * DEGREES,
            float(roads.y.min()) * DEGREES,
            float(roads.x.max()) * DEGREES,
            float(roads.y.max()) * DEGREES,
        )
    else:
        bounds = (-180.0, -90.0, 180.0, 90.0)
    if not len(roads.way_id):
        kind = "no_roads" if collected.seen["w"] else "no_ways"
        raise InputError([Problem(kind, "error", file.name)])
    date = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    return Extract(
        name=file.name,
        sha256=content,
        date=date or None,
        bounds=bounds,
        counts={
            "nodes_with_tags": collected.seen["n"],
            "ways": collected.seen["w"],
            "relations": collected.seen["r"],
            "missing_nodes": collected.missing,
            "ways_no_line": collected.too_short,
        },
        problems=_findings(collected, file.name, bounds),
        roads=roads,
        places=collected.place_table(),
        offices=collected.office_table(),
        buildings=collected.building_table(),
        boundaries=collected.boundary_table(),
        layers=collected.layers(),
    )


def _collected(file: Path, ways: Ways, *, want_map: bool) -> Collector:
    """Hand all objects whose keys matter to a collector."""
    import osmium

    from servicemap.osm_file.collecting import Collector

    collected = Collector(ways, str(file))
    processor = osmium.FileProcessor(str(file)).with_locations()
    if want_map:
        processor = processor.with_areas(osmium.filter.KeyFilter(*AREA_KEYS))
    for thing in processor.with_filter(osmium.filter.KeyFilter(*KEYS)):
        collected.take(thing)
    collected.settle()
    return collected


def _findings(
    collected: Collector, name: str, bounds: tuple[float, float, float, float]
) -> tuple[Problem, ...]:
    """Signs that a file was cut between two blocks, which reads without an error.

    A cut file is a smaller country: nodes come first, then ways, then
    relations, so the end of the file is what is lost.
    """
    found = []
    if not collected.seen["r"]:
        found.append(Problem("no_relations", "warning", name))
    west, south, east, north = bounds
    margin = INSIDE_SHARE * min(east - west, north - south)
    inside = list(
        dict.fromkeys(
            way
            for way, x, y in collected.broken
            if west + margin < x * DEGREES < east - margin
            and south + margin < y * DEGREES < north - margin
        )
    )
    if inside:
        found.append(
            Problem(
                "missing_nodes",
                "warning",
                name,
                values={"count": len(inside), "ways": ", ".join(map(str, inside[:5]))},
            )
        )
    if collected.too_short:
        values = {"count": collected.too_short}
        found.append(Problem("roads_no_line", "note", name, values=values))
    if collected.bad_areas:
        found.append(
            Problem("bad_areas", "note", name, values={"count": collected.bad_areas})
        )
    return tuple(found)

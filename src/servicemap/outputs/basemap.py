"""The basemap, drawn from the study's own extract: no tiles, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from servicemap.intake import study_area

if TYPE_CHECKING:
    from servicemap.osm_file import Extract
    from servicemap.study import Study

WGS84 = "EPSG:4326"
SIDE = 1e-6  # degrees: a step off the coast line that tells land from water
LOOSE_SHARE = 0.05  # of the frame: a coast that ends this near to its edge goes on to it
AGREED = 0.8  # of the coast of a piece must say that it is sea

CLASSES = {
    "motorway": "motorway",
    "motorway_link": "motorway",
    "trunk": "trunk",
    "trunk_link": "trunk",
    "primary": "primary",
    "primary_link": "primary",
    "secondary": "secondary",
    "secondary_link": "secondary",
    "tertiary": "tertiary",
    "tertiary_link": "tertiary",
    "unclassified": "minor",
    "residential": "minor",
    "living_street": "minor",
    "road": "minor",
    "pedestrian": "minor",
    "track": "track",
    "path": "path",
    "footway": "path",
    "bridleway": "path",
    "steps": "path",
    "cycleway": "path",
}


def basemap(
    extract: Extract, study: Study, townships: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """Layers for drawing, in degrees; see `servicemap.result.Result`.

    Parameters
    ----------
    extract
        Map data with areas.
    study
        Its ``roads.within`` is the outline where there is one.
    townships
        Their union is the outline otherwise; without them the extract's frame is.
    """
    layers = {name: extract.layers[name] for name in ("water", "woods", "built_up", "rail")}
    layers["waterways"] = extract.layers["waterways"].query("kind != 'culvert'")
    frame = shapely.box(*extract.bounds)
    sea = _sea(extract.layers["coastline"].geometry.to_numpy(), frame)
    land = frame if sea is None else frame.difference(sea)
    layers["land"] = gpd.GeoDataFrame(geometry=[land], crs=WGS84)
    if sea is not None:
        water = gpd.GeoDataFrame({"kind": ["sea"]}, geometry=[sea], crs=WGS84)
        layers["water"] = gpd.GeoDataFrame(
            {"kind": [*water["kind"], *layers["water"]["kind"]]},
            geometry=[*water.geometry, *layers["water"].geometry],
            crs=WGS84,
        )
    layers["roads"] = _roads(extract)
    places = extract.places[extract.places["name"] != ""]
    layers["places"] = gpd.GeoDataFrame(
        {"name": places["name"].to_numpy(), "place": places["place"].to_numpy()},
        geometry=gpd.points_from_xy(places["lon"], places["lat"]),
        crs=WGS84,
    )
    shape = outline(study, townships)
    layers["boundary"] = gpd.GeoDataFrame(
        geometry=[frame if shape is None else shape], crs=WGS84
    )
    return layers


def has_outline(study: Study, townships: gpd.GeoDataFrame) -> bool:
    """Whether the layer ``boundary`` is one, and not merely where the extract ends."""
    return study.roads.within is not None or bool(townships.geometry.notna().any())


def _roads(extract: Extract) -> gpd.GeoDataFrame:
    roads = extract.roads
    classes = np.array([CLASSES.get(tags.get("highway", ""), "") for tags in roads.tagsets])
    kind = classes[roads.tagset]
    drawn = np.flatnonzero(kind != "")
    counts = np.diff(roads.first)[drawn]
    line = np.repeat(np.arange(len(drawn)), counts)
    offset = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    at = np.repeat(roads.first[:-1][drawn], counts) + offset
    points = np.column_stack([roads.x[at], roads.y[at]]) * 1e-7
    shapes = shapely.linestrings(points, indices=line) if len(drawn) else []
    names: Any = (
        np.array(roads.names, dtype=object)[roads.name[drawn]] if len(drawn) else []
    )
    columns = {"road_class": kind[drawn], "name": names}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=WGS84)


def outline(study: Study, townships: gpd.GeoDataFrame) -> shapely.Geometry | None:
    """Outline of a study in degrees: ``roads.within``, else of its townships, or None.

    Raises
    ------
    InputError
        The file cannot be read, or has no areas.
    """
    if study.roads.within is not None:
        return study_area.outline(study.path(study.roads.within), study.roads.within)
    shapes = townships.geometry.dropna()
    if len(shapes):
        return shapely.union_all(shapes.to_numpy())
    return None


def _sea(coast: np.ndarray, frame: shapely.Geometry) -> shapely.Geometry | None:
    """Water on the right of the coast line, within the frame.

    The frame is cut along the coast; each piece is land or sea by what its coast
    says. (https://wiki.openstreetmap.org/wiki/Tag:natural=coastline: land is on the
    left in the direction of the way.) A coast that ends inside the frame, as in
    extracts that were not cut along it, goes on to the frame where that is near. A
    piece whose coasts contradict one another is not called sea.
    """
    if not len(coast):
        return None
    inside = shapely.intersection(_to_the_edge(coast, frame), frame)
    cut = shapely.union_all([*inside, frame.boundary])
    pieces = np.array(shapely.get_parts(shapely.polygonize([cut])))
    if not len(pieces):
        return None
    points, line = shapely.get_coordinates(coast, return_index=True)
    same = line[1:] == line[:-1]
    start, end = points[:-1][same], points[1:][same]
    step = end - start
    length = np.hypot(step[:, 0], step[:, 1])
    start, step, length = start[length > 0], step[length > 0], length[length > 0]
    right = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None] * SIDE
    tree = shapely.STRtree(pieces)
    middle = start + step / 2
    wet, dry = (
        np.bincount(
            tree.query(shapely.points(middle + sign * right), predicate="within")[1],
            minlength=len(pieces),
        )
        for sign in (1, -1)
    )
    sea = pieces[(wet > 0) & (wet >= AGREED * (wet + dry))]
    return shapely.union_all(sea) if len(sea) else None


def _to_the_edge(coast: np.ndarray, frame: shapely.Geometry) -> np.ndarray:
    """Coast lines with their loose ends led on to the nearest edge of the frame.

    An extract that ends a little beyond its last piece of coast would not be cut by
    it, and be all land or all sea.
    """
    west, south, east, north = frame.bounds
    reach = LOOSE_SHARE * min(east - west, north - south)
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all(coast)))
    ends = [
        end
        for line in lines[~shapely.is_closed(lines)]
        for end in (shapely.get_point(line, 0), shapely.get_point(line, -1))
        if 0 < frame.boundary.distance(end) <= reach and frame.contains(end)
    ]
    added = [shapely.shortest_line(end, frame.boundary) for end in ends]
    return np.array([*coast, *added], dtype=object)

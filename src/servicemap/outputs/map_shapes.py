"""Geometry for the map: rounded, simplified to a budget, packed into short strings.

A layer is packed as whole numbers of 1e-5 degrees, each vertex as the difference
to the one before, each difference as a zigzag number in groups of five bits, one
letter a group. That is about five letters a vertex, where GeoJSON needs twenty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALPHABET = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8
)
GRID = 1e-5  # degrees: about a metre
METRES_PER_DEGREE = 111_195.0  # of latitude, on the sphere of `contracts.md`
TOLERANCES_M = (2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 250.0)


class Packed(NamedTuple):
    """A layer in the page's own writing.

    Attributes
    ----------
    polygons
        Rings in each polygon; empty for lines.
    parts
        Vertices in each ring or line.
    xy
        Steps from vertex to vertex: longitude, latitude, in units of 1e-5 degrees.
    """

    polygons: str
    parts: str
    xy: str

    @property
    def size(self) -> int:
        """Letters in all."""
        return len(self.polygons) + len(self.parts) + len(self.xy)

    def as_json(self) -> list[str]:
        """As the page reads it."""
        return list(self)


def pack_numbers(values: Iterable[int] | np.ndarray) -> str:
    """Whole numbers as letters: zigzag, five bits a letter, lowest first."""
    numbers = np.asarray(values, dtype=np.int64).ravel()
    if not len(numbers):
        return ""
    rest = np.where(numbers < 0, -2 * numbers - 1, 2 * numbers)
    groups: list[np.ndarray] = []
    alive: list[np.ndarray] = []
    present = np.ones(len(rest), dtype=bool)
    while present.any():
        more = rest >= 32  # noqa: PLR2004 - five bits
        groups.append((rest & 31) | np.where(more, 32, 0))
        alive.append(present)
        rest = rest >> 5
        present = present & more
    table = np.stack(groups, axis=1)
    letters = ALPHABET[table[np.stack(alive, axis=1)]]
    return bytes(letters).decode("ascii")


def pack_points(lon: Any, lat: Any) -> str:
    """Points as steps from one to the next."""
    return pack_numbers(_steps(np.column_stack([lon, lat])))


def pack_lines(shapes: Iterable[Any]) -> Packed:
    """Lines, multilines or their collections; what is no line is left out."""
    parts = _parts_of(shapes, shapely.GeometryType.LINESTRING)
    return Packed("", *_pack_parts(parts))


def pack_areas(shapes: Iterable[Any]) -> Packed:
    """Polygons and multipolygons; what is no polygon is left out."""
    polygons = _parts_of(shapes, shapely.GeometryType.POLYGON)
    rings, owner = shapely.get_rings(polygons, return_index=True)
    if not len(rings):
        return Packed("", "", "")
    counts = np.bincount(owner, minlength=len(polygons))
    return Packed(pack_numbers(counts), *_pack_parts(rings))


def lines_within(shapes: Sequence[Any], budget: int) -> Packed:
    """Lines joined end to end and simplified until they fit a budget of letters."""
    merged = _parts_of(
        [shapely.line_merge(shapely.multilinestrings(list(_lines(shapes))))]
        if len(shapes)
        else [],
        shapely.GeometryType.LINESTRING,
    )
    merged = _in_order(merged)
    packed = Packed("", "", "")
    for tolerance in TOLERANCES_M:
        # lines have no holes or rings to keep: the plain algorithm is ten times faster
        width = tolerance / METRES_PER_DEGREE
        packed = pack_lines(shapely.simplify(merged, width, preserve_topology=False))
        if packed.size <= budget:
            break
    return packed


def areas_within(
    shapes: Sequence[Any], budget: int, *, least_m2: float = 0.0, keep: bool = False
) -> Packed:
    """Polygons simplified until they fit a budget of letters.

    Parameters
    ----------
    shapes
        Polygons and multipolygons in degrees.
    budget
        Letters; the coarsest tolerance is used where none fits.
    least_m2
        Polygons below this area are left out at the finest tolerance; the limit
        grows with the tolerance.
    keep
        Never leave a polygon out and keep the order of the shapes.
    """
    parts = _parts_of(shapes, shapely.GeometryType.POLYGON)
    parts = parts if keep else _in_order(parts)
    packed, simple = Packed("", "", ""), parts
    for tolerance in TOLERANCES_M:
        # from the shapes of the step before, which are a fraction of the whole
        simple = shapely.simplify(simple, tolerance / METRES_PER_DEGREE)
        if not keep:
            least = max(least_m2, (2 * tolerance) ** 2)
            simple = simple[_area_m2(simple) >= least]
        packed = pack_areas(simple)
        if packed.size <= budget:
            break
    return packed


def _area_m2(shapes: Any) -> Any:
    if not len(shapes):
        return np.zeros(0)
    bounds = shapely.bounds(shapes)
    shrink = np.cos(np.radians((bounds[:, 1] + bounds[:, 3]) / 2))
    return shapely.area(shapes) * METRES_PER_DEGREE**2 * shrink


def _in_order(shapes: Any) -> Any:
    """Same bytes whatever the order of the input: by lower left corner, then size."""
    if not len(shapes):
        return shapes
    bounds = shapely.bounds(shapes)
    keys = [shapely.get_num_coordinates(shapes), *bounds.T[::-1]]
    return shapes[np.lexsort(keys)]


def _lines(shapes: Iterable[Any]) -> Any:
    return _parts_of(shapes, shapely.GeometryType.LINESTRING)


def _parts_of(shapes: Iterable[Any], kind: Any) -> Any:
    """Single, non-empty parts of one kind."""
    found = np.asarray([one for one in shapes if one is not None], dtype=object)
    for _ in range(3):  # collections may hold multi-geometries
        found = shapely.get_parts(found) if len(found) else found
    if not len(found):
        return found
    right = (shapely.get_type_id(found) == kind) & ~shapely.is_empty(found)
    return found[right]


def _pack_parts(parts: Any) -> tuple[str, str]:
    if not len(parts):
        return "", ""
    coordinates, owner = shapely.get_coordinates(parts, return_index=True)
    whole = _whole(coordinates)
    # two neighbours that fall on one grid point are one vertex
    fresh = np.ones(len(whole), dtype=bool)
    fresh[1:] = (whole[1:] != whole[:-1]).any(axis=1) | (owner[1:] != owner[:-1])
    whole, owner = whole[fresh], owner[fresh]
    counts = np.bincount(owner, minlength=len(parts))
    return pack_numbers(counts), pack_numbers(np.diff(whole, axis=0, prepend=0))


def _whole(coordinates: Any) -> Any:
    return np.rint(np.asarray(coordinates, dtype="float64") / GRID).astype(np.int64)


def _steps(coordinates: Any) -> Any:
    return np.diff(_whole(coordinates), axis=0, prepend=0)

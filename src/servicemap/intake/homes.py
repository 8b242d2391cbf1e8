"""Buildings that people may live in, and how many each can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.intake import within
from servicemap.intake.places import dense_ids

if TYPE_CHECKING:
    from servicemap.osm_file import Extract

# Columns of the points that people are spread over; ``village`` is a position.
POINTS = ["osm_id", "village", "lon", "lat", "weight"]
NEAR_M = 3000.0  # a building without a township belongs to a village this near
MIN_AREA_M2 = 20.0  # smaller than a hut
DEFAULT_LEVELS = 1.0
MAX_LEVELS = 60.0  # a slip of the key must not house a whole town
# Values of building=* in which plainly nobody lives.
NOT_HOMES = frozenset(
    """
    no garage garages carport carports parking shed roof barn farm_auxiliary stable sty
    cowshed greenhouse slurry_tank agricultural industrial warehouse factory manufacture
    works commercial retail supermarket office kiosk church chapel cathedral mosque temple
    shrine synagogue religious school university college kindergarten hospital clinic
    public civic government townhall train_station transportation station hangar bridge
    bunker ruins ruin construction collapsed demolished service transformer_tower
    water_tower tower silo storage_tank tank digester grandstand stadium sports_hall
    sports_centre riding_hall pavilion toilets fire_station police prison hotel
    gymnasium museum castle tent container boathouse bus_station gatehouse guardhouse
    substation power pumping_station cabin_lift
    """.split()
)
# Uses of a building that leave no home in it. Shops, restaurants and banks are not
# here: people live above them.
NOT_HOME_USES = frozenset(
    """
    school kindergarten university college place_of_worship hospital clinic townhall
    public_building courthouse police fire_station parking fuel bus_station theatre cinema
    community_centre library grave_yard shelter toilets prison government hotel hostel
    museum attraction alpine_hut wilderness_hut sports_centre stadium swimming_pool
    ice_rink works wastewater_plant water_works storage_tank silo tower
    """.split()
)
# Untagged buildings on such ground are workshops and halls.
NOT_HOME_GROUND = ("industrial",)


def homes(extract: Extract) -> pd.DataFrame:
    """Buildings of the extract that may be homes.

    Returns
    -------
    DataFrame
        Columns ``osm_id, lon, lat, weight``, sorted by id; the weight is footprint in
        square metres times storeys (1 where the map does not say).
    """
    buildings = extract.buildings
    lived_in = (
        ~buildings["building"].isin(NOT_HOMES)
        & ~buildings["use"].isin(NOT_HOME_USES)
        & (buildings["area_m2"] >= MIN_AREA_M2)
    )
    done = buildings[lived_in].sort_values("osm_id", kind="stable")
    ground = extract.layers.get("built_up")
    if ground is not None and len(ground) and len(done):
        work = ground[ground["kind"].isin(NOT_HOME_GROUND)]
        inside = within.areas(
            done["lon"].to_numpy(), done["lat"].to_numpy(), work.geometry.to_numpy()
        )
        plain = done["building"].isin(("yes", ""))
        done = done[~((inside >= 0) & plain.to_numpy())]
    levels = done["levels"].fillna(DEFAULT_LEVELS).clip(1.0, MAX_LEVELS)
    return pd.DataFrame(
        {
            "osm_id": done["osm_id"].to_numpy(),
            "lon": done["lon"].to_numpy(dtype=float),
            "lat": done["lat"].to_numpy(dtype=float),
            "weight": (done["area_m2"] * levels).to_numpy(dtype=float),
        }
    )


def with_village(
    points: pd.DataFrame,
    villages: pd.DataFrame,
    townships: pd.DataFrame,
    township: within.Ints | None = None,
) -> pd.DataFrame:
    """Give each home its village, as a position in the table; homes without one go.

    A home belongs to the village whose polygon holds it, else to the nearest village
    of the township whose polygon holds it; where townships have no polygons, to the
    nearest village within `NEAR_M`.

    Parameters
    ----------
    points
        Homes with ``lon`` and ``lat``.
    villages, townships
        The checked tables.
    township
        Of each home, as a position in the table, where that is known already.
    """
    lon, lat = points["lon"].to_numpy(), points["lat"].to_numpy()
    village = within.areas(lon, lat, villages["geometry"].to_numpy())
    shapes = townships["geometry"].to_numpy()
    own = dense_ids(villages["township_id"], townships["township_id"].to_numpy())
    if township is None:
        township = within.areas(lon, lat, shapes)
    else:
        held = np.flatnonzero(village >= 0)
        away = held[own[village[held]] != township[held]]
        village[away] = -1  # on a border it lies in both
    for one in np.unique(township[township >= 0]):
        todo = np.flatnonzero((township == one) & (village < 0))
        members = np.flatnonzero(own == one)
        village[todo] = nearest_of(members, villages, lon[todo], lat[todo])
    if all(shape is None for shape in shapes):
        todo = np.flatnonzero(village < 0)
        to_lon, to_lat = villages["lon"].to_numpy(float), villages["lat"].to_numpy(float)
        village[todo] = within.nearest(lon[todo], lat[todo], to_lon, to_lat, NEAR_M)
    return points.assign(village=village)[village >= 0]


def nearest_of(
    members: within.Ints, villages: pd.DataFrame, lon: within.Floats, lat: within.Floats
) -> within.Ints:
    """Nearest of some villages, given by position; an only one needs no place."""
    if len(members) == 1:
        return np.full(len(lon), members[0], dtype=np.int64)
    there = villages.iloc[members]
    near = within.nearest(
        lon, lat, there["lon"].to_numpy(float), there["lat"].to_numpy(float)
    )
    return np.append(members, -1)[near].astype(np.int64)


def ground_points(extract: Extract, area: object, step_m: float) -> pd.DataFrame:
    """Points on a grid inside the built-up ground of an area.

    Parameters
    ----------
    extract
        Its layer ``built_up``; industrial ground does not count.
    area
        A polygon in degrees.
    step_m
        Distance of grid lines.

    Returns
    -------
    DataFrame
        Columns ``osm_id`` (a name of the grid point), ``lon, lat, weight``; empty
        where nothing is built up.
    """
    import shapely

    empty = pd.DataFrame({"osm_id": [], "lon": [], "lat": [], "weight": []})
    ground = extract.layers.get("built_up")
    if ground is None or not len(ground) or area is None:
        return empty
    live = ground[~ground["kind"].isin(NOT_HOME_GROUND)].geometry.to_numpy()
    near = live[shapely.intersects(live, area)]
    if not len(near):
        return empty
    shape = shapely.intersection(shapely.union_all(shapely.make_valid(near)), area)
    if shape.is_empty:
        return empty
    west, south, east, north = shape.bounds
    lat_step = np.degrees(step_m / within.EARTH_M)
    lon_step = lat_step / np.cos(np.radians((south + north) / 2))
    columns = np.arange(np.floor(west / lon_step), np.ceil(east / lon_step) + 1)
    rows = np.arange(np.floor(south / lat_step), np.ceil(north / lat_step) + 1)
    x, y = (part.ravel() for part in np.meshgrid(columns, rows))
    lon, lat = (x + 0.5) * lon_step, (y + 0.5) * lat_step
    shapely.prepare(shape)
    inside = shapely.contains_xy(shape, lon, lat)
    if not inside.any():
        point = shape.point_on_surface()
        return pd.DataFrame(
            {"osm_id": ["g0"], "lon": [point.x], "lat": [point.y], "weight": [1.0]}
        )
    names = [f"g{int(a)}_{int(b)}" for a, b in zip(x[inside], y[inside], strict=True)]
    return pd.DataFrame(
        {"osm_id": names, "lon": lon[inside], "lat": lat[inside], "weight": 1.0}
    )

"""Where an extract is cut: nobody is stranded there in silence."""

from __future__ import annotations

import numpy as np
import pytest

from servicemap import map_edge

# C and D hang together with the rest at most beyond the map, far from any road of it
ART = """
    A----B----X----Y
    |    |
    E----F                              C----D----G
"""


def found(town, homes: str, points: str, minutes: float = 60.0) -> dict:
    seated = {
        "facilities": (list(points), town.snap("walk", points)),
        "villages": (list(homes), town.snap("walk", homes)),
    }
    is_open = np.ones(len(points), dtype=bool)
    net = town.network("walk")
    return {
        one.kind: one
        for one in map_edge.findings(net, town.extract, seated, is_open, minutes)
    }


def cut(world, gone: str, **more):
    """A town of which one letter's point is not in the file."""
    town = world(ART, ways={"DG": {}, **more})
    text = town.path.read_text("utf-8").split("\n")
    lon, lat = town.seats[gone]
    kept = [line for line in text if f'lat="{lat:.7f}" lon="{lon:.7f}"' not in line]
    assert len(kept) == len(text) - 1
    town.path.write_text("\n".join(kept), "utf-8")
    return town


def test_a_village_on_an_island_that_leaves_the_map_is_told(world) -> None:
    told = found(cut(world, "G"), homes="ACD", points="B")
    assert told["cut_villages"].values["which"] == "C, D"
    assert told["cut_villages"].values["count"] == 2
    assert told["cut_villages"].severity == "warning"
    assert "cut_facilities" not in told


def test_a_service_point_on_such_an_island_is_told(world) -> None:
    told = found(cut(world, "G"), homes="A", points="BD")
    assert told["cut_facilities"].values["which"] == "D"


def test_an_island_that_ends_inside_the_map_is_no_such_finding(world) -> None:
    assert not found(world(ART, ways={"DG": {}}), homes="ACD", points="B")


def test_a_village_nearer_to_the_edge_than_to_any_point_is_told(world) -> None:
    town = cut(world, "Y")
    # the edge is at X: B is five minutes from it and ten from E, A the other way round
    told = found(town, homes="XBAE", points="E")
    assert told["edge_near"].values["which"] == "B, X"
    assert told["edge_near"].severity == "note"
    assert "edge_near" not in found(town, homes="AE", points="E")
    # beyond the largest cutoff it changes nothing
    assert "edge_near" not in found(town, homes="B", points="E", minutes=4.0)
    assert "edge_near" in found(town, homes="B", points="E", minutes=6.0)


def test_a_road_beyond_the_bounds_of_the_file_leaves_the_map(world) -> None:
    town = world(ART, ways={"DG": {}})
    west, south = town.seats["E"]
    east, north = town.seats["D"][0] + 1e-4, town.seats["A"][1]
    box = f'minlat="{south - 1e-3:f}" minlon="{west - 1e-3:f}" '
    box += f'maxlat="{north + 1e-3:f}" maxlon="{east:f}"'
    town.edit('<osm version="0.6">', f'<osm version="0.6"><bounds {box}/>')
    assert found(town, homes="AC", points="B")["cut_villages"].values["which"] == "C"


@pytest.mark.parametrize(("name", "told"), [("secondary", True), ("residential", False)])
def test_a_great_road_that_ends_in_nothing_leaves_the_map(world, name, told) -> None:
    town = world(ART, ways={"DG": {"highway": name}})
    assert ("cut_villages" in found(town, homes="AC", points="B")) == told


def test_both_languages_name_places_and_remedy(world) -> None:
    for one in found(cut(world, "G"), homes="ACD", points="BD").values():
        for language in ("en", "zh"):
            assert "D" in one.message(language)
            assert "--margin" in one.remedy(language)

"""Graphs that osmnx saved: same rules as an extract, and what they lack is said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import osmnx
import pytest

from servicemap.errors import InputError
from servicemap.roads import osm_roads, profiles, sources
from servicemap.roads.projection import projection_for
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs
from worlds import LAT, LON

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Country
    from servicemap.osm_file import Extract
    from worlds import World

pytestmark = pytest.mark.usefixtures("own_cache")

LIECHTENSTEIN = next(
    (Path(__file__).parents[1] / "data" / "liechtenstein").glob("*.osm.pbf")
)
TOWN = """
    A----B----C----G
    |    |    |
    |    |    |
    D----E----F
"""
WAYS = {
    "ABC": {"highway": "primary", "maxspeed": "60", "name": "Main"},
    "CG": {"highway": "residential", "oneway": "yes"},
    "AD": {"oneway": "-1"},
    "BE": {"highway": "service", "access": "private"},
    "CF": {"highway": "steps"},
    "DEF": {"highway": "tertiary", "surface": "gravel"},
}


def graph_of(made: World, *, simplify: bool = False, **options: Any) -> nx.MultiDiGraph:
    """What osmnx makes of a drawn world, with the tags that it is told to keep."""
    keep = ["highway", "oneway", "maxspeed", "name", "access", "surface", "junction"]
    before = osmnx.settings.useful_tags_way
    osmnx.settings.useful_tags_way = keep
    try:
        return osmnx.graph_from_xml(
            made.path, simplify=simplify, retain_all=True, **options
        )
    finally:
        osmnx.settings.useful_tags_way = before


def times(extract: Extract, made: World, mode: str, marks: str) -> dict[str, int]:
    """Milliseconds between all pairs of letters."""
    net = osm_roads.build(
        extract,
        osm_roads.segments(extract.roads),
        profiles.load([mode])[mode],
        projection_for("auto", LON, LAT),
    )
    at = snap(net, *made.degrees(marks))
    found = pairs(net, at, at)
    return {
        marks[a] + marks[b]: int(ms)
        for a, b, ms in zip(found.origin, found.destination, found.travel_ms, strict=True)
    }


@pytest.mark.parametrize("simplify", [False, True])
@pytest.mark.parametrize("mode", ["walk", "bike", "drive"])
def test_a_saved_graph_gives_the_times_of_its_extract(
    world: Callable[..., World], tmp_path: Path, mode: str, simplify: bool
) -> None:
    """Every pair, both directions; what osmnx keeps of the tags goes by the same rules.

    Simplified, an edge may join several roads: here such roads are alike.
    """
    alike = {"CG": WAYS["CG"], "BE": WAYS["BE"]}
    made = world(TOWN, ways=alike if simplify else WAYS)
    path = tmp_path / "town.graphml"
    osmnx.save_graphml(graph_of(made, simplify=simplify), path)
    saved = sources.read(path)
    expected = times(made.extract, made, mode, "ABCDEFG")
    assert times(saved, made, mode, "ABCDEFG") == pytest.approx(expected, abs=3)
    assert len(expected) > 30


def test_a_street_open_both_ways_is_one_way_of_the_map(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world(TOWN, ways=WAYS)
    path = tmp_path / "town.graphml"
    osmnx.save_graphml(graph_of(made), path)
    extract = sources.read(path)
    drawn = osm_roads.segments(made.extract.roads).length_m.sum()
    assert osm_roads.segments(extract.roads).length_m.sum() == pytest.approx(
        drawn, rel=1e-6
    )
    assert extract.counts["edges"] > extract.counts["ways"]
    assert set(extract.roads.way_id) == set(made.extract.roads.way_id)
    assert "Main" in extract.roads.names


def test_a_projected_graph_and_bends_inside_edges_are_read(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world(
        """
        A----B----C
                  |
             E----D
        """
    )
    plain, flat = tmp_path / "plain.graphml", tmp_path / "flat.graphml"
    graph = graph_of(made, simplify=True)
    osmnx.save_graphml(graph, plain)
    osmnx.save_graphml(osmnx.project_graph(graph), flat)
    one, other = sources.read(plain), sources.read(flat)
    assert len(one.roads.way_id) == 1
    assert len(one.roads.node_id) == 5
    np.testing.assert_allclose(one.roads.x, other.roads.x, atol=2)
    np.testing.assert_allclose(one.roads.y, other.roads.y, atol=2)


def test_what_a_graph_lacks_is_said(world: Callable[..., World], tmp_path: Path) -> None:
    made = world("A----B", nodes={"A": {"highway": "traffic_signals"}})
    path = tmp_path / "town.graphml"
    osmnx.save_graphml(graph_of(made), path)
    found = {one.kind: one for one in sources.read(path).problems}
    assert found["saved_graph"].severity == "warning"
    lost = found["saved_graph"].values["lost"]
    assert "access" in lost
    assert "barrier (node)" in lost
    assert "highway (node)" not in lost
    assert "saved_graph_both_ways" in found
    for problem in found.values():
        assert problem.message("zh")


def test_a_matrix_on_a_saved_graph_says_what_it_lacks(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """Also the second time, when the network comes from the cache."""
    from servicemap import without_study

    made = world(TOWN, ways=WAYS)
    path = tmp_path / "town.graphml"
    osmnx.save_graphml(graph_of(made), path)
    known = profiles.load(["walk"])
    for _ in range(2):
        _, problems = without_study._network(path, known, say=lambda *_, **__: None)
        assert "saved_graph" in {one.kind for one in problems}


def test_barriers_of_nodes_count_where_they_were_saved(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A----------B-------C", nodes={"B": {"barrier": "gate", "access": "no"}})
    before = osmnx.settings.useful_tags_node
    osmnx.settings.useful_tags_node = [*before, "barrier", "access"]
    try:
        graph = graph_of(made)
    finally:
        osmnx.settings.useful_tags_node = before
    path = tmp_path / "town.graphml"
    osmnx.save_graphml(graph, path)
    saved = sources.read(path)
    assert set(times(saved, made, "drive", "AC")) == {"AA", "CC"}
    assert "barrier (node)" not in saved.problems[0].values["lost"]


def test_of_mixed_tags_the_slowest_and_strictest_count(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """Simplified, two roads in line are one edge with lists of values."""
    made = world(
        "A----B----C",
        ways={
            "AB": {"highway": "primary", "maxspeed": "80", "access": "yes"},
            "BC": {"highway": "tertiary", "maxspeed": "50", "access": "private"},
        },
    )
    path = tmp_path / "town.graphml"
    osmnx.save_graphml(graph_of(made, simplify=True), path)
    extract = sources.read(path)
    (tags,) = extract.roads.tagsets
    assert tags == {"highway": "tertiary", "maxspeed": "50", "access": "private"}
    found = {one.kind: one for one in extract.problems}
    assert found["saved_graph_mixed"].values["count"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no xml at all", "content is not what"),
        ('<?xml version="1.0"?><!DOCTYPE x><graphml></graphml>', "content is not what"),
        ("<graphml><broken", "cannot be read"),
    ],
)
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.graphml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=says):
        sources.read(path)


def test_a_graph_of_another_program_is_refused(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge(1, 2)
    nx.write_graphml(graph, tmp_path / "other.graphml")
    with pytest.raises(InputError, match="no street network"):
        sources.read(tmp_path / "other.graphml")


def test_a_real_graph_has_the_kilometres_of_its_extract(
    liechtenstein: Country, tmp_path: Path
) -> None:
    """Liechtenstein as osmnx simplifies it: the same roads, to a metre per kilometre."""
    import osmium

    whole = liechtenstein.extract
    xml = tmp_path / "country.osm"
    with osmium.SimpleWriter(str(xml)) as writer:
        for thing in osmium.FileProcessor(
            str(LIECHTENSTEIN), osmium.osm.NODE | osmium.osm.WAY
        ):
            if thing.is_node() or thing.tags.get("highway") in ("primary", "secondary"):
                writer.add(thing)
    path = tmp_path / "country.graphml"
    osmnx.save_graphml(osmnx.graph_from_xml(xml, retain_all=True), path)
    main = [tags.get("highway") in ("primary", "secondary") for tags in whole.roads.tagsets]
    pieces = liechtenstein.pieces
    expected = pieces.length_m[np.array(main)[whole.roads.tagset][pieces.way]].sum()
    saved = osm_roads.segments(sources.read(path).roads).length_m.sum()
    assert saved == pytest.approx(expected, rel=1e-3)

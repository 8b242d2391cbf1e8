"""Make the files of ``extracts/``: each has one fault and is named after it.

    python tests/bad_inputs/make.py

Needs osmium. The bytes may differ with its version; the faults do not.
"""

from __future__ import annotations

import struct
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

HERE = Path(__file__).parent / "extracts"
SIDE = 12


def grid(path: Path, tags: dict[str, str]) -> None:
    """A town of 144 crossings with a road along each row, and a bus line."""
    path.unlink(missing_ok=True)
    header = osmium.io.Header()
    header.set("generator", "servicemap tests")
    with osmium.SimpleWriter(str(path), header=header) as file:
        for number in range(SIDE * SIDE):
            row, column = divmod(number, SIDE)
            file.add_node(
                Node(
                    id=number + 1,
                    version=1,
                    location=(9.0 + column * 1e-3, 47.0 + row * 1e-3),
                )
            )
        for row in range(SIDE):
            nodes = [row * SIDE + column + 1 for column in range(SIDE)]
            file.add_way(Way(id=row + 1, version=1, nodes=nodes, tags=tags))
        for column in range(SIDE):
            nodes = [row * SIDE + column + 1 for row in range(SIDE)]
            file.add_way(Way(id=SIDE + column + 1, version=1, nodes=nodes, tags=tags))
        members = [("w", 1, "")]
        file.add_relation(
            Relation(
                id=1, version=1, members=members, tags={"type": "route", "route": "bus"}
            )
        )


def blocks(data: bytes) -> list[int]:
    """Where the blocks of a PBF begin, and where the last one ends."""
    starts, at = [0], 0
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        header = data[at + 4 : at + 4 + length]
        size, shift, k = 0, 0, header.rindex(b"\x18") + 1
        while True:
            size |= (header[k] & 127) << shift
            shift, k = shift + 7, k + 1
            if not header[k - 1] & 128:
                break
        at += 4 + length + size
        starts.append(at)
    return starts


def without(text: str, *nodes: int) -> str:
    """The same file with some nodes left out."""
    gone = tuple(f'<node id="{node}"' for node in nodes)
    return "\n".join(line for line in text.split("\n") if not line.strip().startswith(gone))


def main() -> None:
    """Write all files."""
    whole = HERE / "whole.osm.pbf"
    grid(whole, {"highway": "residential"})
    data = whole.read_bytes()
    _, nodes, ways, relations, _ = blocks(data)
    (HERE / "empty.osm.pbf").write_bytes(b"")
    (HERE / "not_a_pbf.osm.pbf").write_bytes(b"PK\x03\x04 a workbook, renamed " * 8)
    (HERE / "a_web_page.osm").write_text("<html><body>504 Gateway Time-out</body></html>\n")
    (HERE / "unknown_ending.roads").write_bytes(data)
    (HERE / "cut_inside_a_block.osm.pbf").write_bytes(data[: relations - 20])
    (HERE / "cut_after_the_nodes.osm.pbf").write_bytes(data[:ways])
    (HERE / "cut_after_the_ways.osm.pbf").write_bytes(data[:relations])
    (HERE / "without_the_nodes.osm.pbf").write_bytes(data[:nodes] + data[ways:])
    grid(HERE / "no_roads.osm", {"waterway": "stream"})
    grid(HERE / "text.osm", {"highway": "residential"})
    text = (HERE / "text.osm").read_text("utf-8")
    (HERE / "cut_inside_a_tag.osm").write_text(text[: len(text) // 2])
    north = text.replace('lat="47.005"', 'lat="north"', 1)
    (HERE / "coordinate_in_words.osm").write_text(north)
    (HERE / "missing_nodes_inside.osm").write_text(without(text, 66, 79))
    (HERE / "missing_nodes_at_the_border.osm").write_text(without(text, 144))
    (HERE / "way_of_one_node.osm").write_text(
        text.replace(
            "</osm>",
            '<way id="99" version="1"><nd ref="5"/><tag k="highway" v="service"/></way></osm>',
        )
    )
    for made in ("whole.osm.pbf", "text.osm"):
        (HERE / made).unlink()


if __name__ == "__main__":
    main()

"""Make ``extracts/`` and ``tables/lock_file_beside/``: each fault has a file named after it.

    python tests/bad_inputs/make.py

Needs osmium and xlsxwriter. The bytes may differ with its version; the faults do not.
"""

from __future__ import annotations

import datetime as dt
import struct
from pathlib import Path

import osmium
import xlsxwriter
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


def owner_file(name: str) -> bytes:
    """What Excel and WPS leave beside a workbook that they show: who has it open.

    165 bytes: the name's length, the name in the code page of the system, padded to 54;
    the length in two bytes, and the name in UTF-16.
    """
    ansi = bytes([len(name)]) + name.encode("ascii").ljust(54)
    wide = struct.pack("<H", len(name)) + name.ljust(54).encode("utf-16-le")
    return ansi + wide


def lock_files(folder: Path) -> None:
    """A workbook of two points, and what three programs leave beside one that is open."""
    folder.mkdir(exist_ok=True)
    with xlsxwriter.Workbook(str(folder / "points.xlsx")) as book:
        book.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001 - as Excel has it
        page = book.add_worksheet("points")
        header = ["id", "name", "tier", "township", "one-stop system"]
        page.write_row(0, 0, [*header, "longitude", "latitude"])
        for row, point in enumerate(("P2", "P1"), 1):
            cells = [point, f"Point {point}", "township", "Town", "yes"]
            page.write_row(row, 0, [*cells, "9.0", "47.0"])
    for name in ("~$points.xlsx", ".~points.xlsx"):
        (folder / name).write_bytes(owner_file("Planner"))
    said = ",planner,office,01.01.2026 09:00,file:///home/planner/.config/libreoffice/4;"
    (folder / ".~lock.points.xlsx#").write_text(said, encoding="utf-8")


def main() -> None:
    """Write all files."""
    lock_files(HERE.parent / "tables" / "lock_file_beside")
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

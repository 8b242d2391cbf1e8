"""dBase tables, lists of records in JSON, folders of KML."""

import contextlib
import json
import struct

import pytest

from servicemap.errors import InputError
from servicemap.intake import sheets
from servicemap.intake.columns import match
from servicemap.intake.sheets import read
from test_intake_sheets import kinds

FIELDS = [
    ("编号", "C", 8),
    ("名称", "C", 12),
    ("经度", "N", 12),
    ("纬度", "N", 12),
    ("日期", "D", 8),
]
ROWS = [["P1", "甲站", "121.1", "28.1", "20250630"], ["P2", "乙站", "121.2", "", ""]]


def dbase(path, encoding, rows=ROWS, deleted=(), fields=FIELDS):
    """A table as dBase III keeps it."""
    size = 1 + sum(wide for *_, wide in fields)
    head = 32 + 32 * len(fields) + 1
    data = struct.pack("<BBBBIHH20x", 3, 125, 6, 30, len(rows), head, size)
    for name, kind, wide in fields:
        data += struct.pack("<11sc4xBB14x", name.encode(encoding), kind.encode(), wide, 0)
    data += b"\r"
    for number, row in enumerate(rows):
        data += b"*" if number in deleted else b" "
        for cell, (_, kind, wide) in zip(row, fields, strict=True):
            text = cell.encode(encoding)[:wide]
            data += text.rjust(wide) if kind == "N" else text.ljust(wide)
    path.write_bytes(data + b"\x1a")
    return path


def columns_of(path):
    return match(read(path, "facilities"), "facilities", {})


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_dbase_table_is_read_in_either_encoding(tmp_path, encoding):
    found = columns_of(dbase(tmp_path / "p.dbf", encoding))

    assert list(found.text("facility_id")) == ["P1", "P2"]
    assert list(found.text("name")) == ["甲站", "乙站"]
    assert [cell for _, cell in found.rows("lon")] == [121.1, 121.2]
    assert [cell for _, cell in found.rows("lat")] == [28.1, None]
    assert list(found.sheet.cells["日期"]) == ["2025-06-30", None]


def test_deleted_records_are_no_rows(tmp_path):
    found = columns_of(dbase(tmp_path / "p.dbf", "gbk", deleted=(0,)))

    assert list(found.text("facility_id")) == ["P2"]


@pytest.mark.parametrize("cut", [10, 40, 250])
def test_a_dbase_table_that_is_cut_short_is_told(tmp_path, cut):
    path = dbase(tmp_path / "p.dbf", "gbk")
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(InputError) as raised:
        read(path, "facilities")

    assert kinds(raised.value)[0] in ("dbase_broken", "not_its_format")


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_character_that_its_field_cuts_does_not_change_the_encoding(tmp_path, encoding):
    rows = [["P1", "一二三四五六七", "121.1", "28.1", ""]]
    fields = [(name, kind, 11 if name == "名称" else wide) for name, kind, wide in FIELDS]

    found = columns_of(dbase(tmp_path / "p.dbf", encoding, rows, fields=fields))

    assert found.strings("name") == ["一二三四五" if encoding == "gbk" else "一二三"]


def test_text_named_dbase_is_told(tmp_path):
    (tmp_path / "p.dbf").write_text("编号,名称\nP1,甲\n" * 9, encoding="utf-8")

    with pytest.raises(InputError) as raised:
        read(tmp_path / "p.dbf", "facilities")

    assert kinds(raised.value) == ["not_its_format"]


@pytest.mark.parametrize("size", range(0, 400, 7))
def test_no_bytes_of_a_dbase_table_raise_anything_else(tmp_path, size):
    data = bytearray(dbase(tmp_path / "p.dbf", "gbk").read_bytes())
    data[size % len(data)] ^= 0xFF
    (tmp_path / "p.dbf").write_bytes(bytes(data))

    found = 0
    with contextlib.suppress(InputError):
        found = len(read(tmp_path / "p.dbf", "facilities").cells)

    assert found <= len(ROWS)


POIS = [
    {"id": "P1", "name": "甲站", "location": "121.1,28.1", "biz": {"rating": "4"}},
    {"id": "P2", "name": "乙站", "location": "121.2,28.2", "photos": [{"url": "x"}]},
]
BAIDU = [{"uid": "P1", "name": "甲站", "location": {"lng": 121.1, "lat": 28.1}}]


@pytest.mark.parametrize(
    ("content", "pairs"),
    [
        ({"status": "1", "pois": POIS}, ["121.1,28.1", "121.2,28.2"]),
        (POIS, ["121.1,28.1", "121.2,28.2"]),
        ({"result": {"data": POIS, "few": POIS[:1]}}, ["121.1,28.1", "121.2,28.2"]),
    ],
)
def test_records_of_a_map_service_are_a_table(tmp_path, content, pairs):
    text = json.dumps(content, ensure_ascii=False)
    (tmp_path / "p.json").write_text(text, encoding="utf-8")

    found = columns_of(tmp_path / "p.json")

    assert list(found.text("name")) == ["甲站", "乙站"]
    assert list(found.text("lonlat")) == pairs
    assert sheets.raw(found.sheet, tmp_path / "p.json", "facilities")[0][1][1][0] == "P1"


def test_records_within_records_are_columns(tmp_path):
    (tmp_path / "p.json").write_text(json.dumps({"results": BAIDU}), encoding="utf-8")

    found = columns_of(tmp_path / "p.json")

    assert (found.cells["lon"].iloc[0], found.cells["lat"].iloc[0]) == (121.1, 28.1)


@pytest.mark.parametrize("text", ["{}", "[]", "[1, 2]", '{"a": {"b": []}}'])
def test_json_without_records_is_told(tmp_path, text):
    (tmp_path / "p.json").write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as raised:
        read(tmp_path / "p.json", "facilities")

    assert kinds(raised.value) == ["json_no_records"]


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "编号,名称"])
def test_what_is_no_json_is_told(tmp_path, text):
    (tmp_path / "p.json").write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as raised:
        read(tmp_path / "p.json", "facilities")

    assert kinds(raised.value) == ["file_unreadable"]


@pytest.mark.parametrize("late", [False, True])
def test_shapes_in_a_json_file_are_still_shapes(tmp_path, late):
    point = {"type": "Point", "coordinates": [121.1, 28.1]}
    one = {"type": "Feature", "properties": {"name": "甲"}, "geometry": point}
    content = {"features": [one], "type": "FeatureCollection"}
    if late:
        content = {"note": "x" * 5_000, **content}
    (tmp_path / "p.json").write_text(json.dumps(content), encoding="utf-8")

    assert read(tmp_path / "p.json", "facilities").geometry is not None


def kml(path, folders):
    marks = "".join(
        f"<Folder><name>{name}</name>"
        + "".join(
            f"<Placemark><name>{one}</name><Point><coordinates>121.1,28.1</coordinates>"
            "</Point></Placemark>"
            for one in points
        )
        + "</Folder>"
        for name, points in folders.items()
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document>{marks}</Document></kml>",
        encoding="utf-8",
    )


def test_folders_of_a_kml_are_one_table(tmp_path):
    kml(tmp_path / "p.kml", {"乡镇": ["甲", "乙"], "村": ["丙"]})

    found = match(read(tmp_path / "p.kml", "facilities"), "facilities", {"tier": "folder"})

    assert kinds(found.sheet) == ["folders_joined"]
    assert list(found.text("name")) == ["甲", "乙", "丙"]
    assert list(found.text("tier")) == ["乡镇", "乡镇", "村"]
    assert len(found.sheet.geometry) == 3


def test_one_folder_of_a_kml_may_be_asked_for(tmp_path):
    kml(tmp_path / "p.kml", {"乡镇": ["甲", "乙"], "村": ["丙"]})

    assert len(read(tmp_path / "p.kml", "facilities", sheet="村").cells) == 1

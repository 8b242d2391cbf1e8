"""The same two points in every format that offices hand over."""

import hashlib
import shutil
import zipfile
from pathlib import Path

import geopandas
import pyogrio
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from servicemap.errors import InputError
from servicemap.intake import read_points, text_files, vectors
from servicemap.intake.columns import match
from servicemap.intake.sheets import read

OFFICE = Path(__file__).parent / "office_files"
ROWS = [
    ["编号", "名称", "经度", "纬度"],
    ["P1", "甲站", 121.1, 28.1],
    ["P2", "乙站", 121.2, 28.2],
]
ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="服务点">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""


def shapes():
    return geopandas.GeoDataFrame(
        {"编号": ["P1", "P2"], "名称": ["甲站", "乙站"]},
        geometry=[Point(121.1, 28.1), Point(121.2, 28.2)],
        crs=4326,
    )


def as_xlsx(path):
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("服务点")
        for number, row in enumerate(ROWS):
            page.write_row(number, 0, row)


def as_ods(path):
    def cell(value):
        if isinstance(value, str):
            return (
                '<table:table-cell office:value-type="string">'
                f"<text:p>{value}</text:p></table:table-cell>"
            )
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    rows = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in ROWS
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr("META-INF/manifest.xml", manifest)


def as_text(mark, encoding):
    def write(path):
        lines = [mark.join(map(str, row)) for row in ROWS]
        path.write_bytes("\r\n".join(lines).encode(encoding))

    return write


def as_layer(driver, **options):
    def write(path):
        pyogrio.write_dataframe(shapes(), path, driver=driver, **options)

    return write


def as_zipped_gbk(path):
    folder = path.parent / "shape"
    folder.mkdir()
    pyogrio.write_dataframe(shapes(), folder / "点.shp", encoding="GBK")
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.iterdir():
            if part.suffix != ".cpg":  # old programs write none
                archive.write(part, f"数据/{part.name}")


def as_zipped_database(path):
    as_layer("OpenFileGDB")(path.parent / "点.gdb")
    with zipfile.ZipFile(path, "w") as archive:
        for part in (path.parent / "点.gdb").iterdir():
            archive.write(part, f"数据/点.gdb/{part.name}")


def as_kml(path):
    marks = "".join(
        f"<Placemark><name>{name}</name>"
        f'<ExtendedData><Data name="编号"><value>{one}</value></Data></ExtendedData>'
        f"<Point><coordinates>{lon},{lat}</coordinates></Point></Placemark>"
        for one, name, lon, lat in ROWS[1:]
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><Folder><name>站点</name>{marks}</Folder></Document></kml>",
        encoding="utf-8",
    )


def as_quoted_kml(path):
    """Fields in single quotes, as some programs write them."""
    as_kml(path)
    text = path.read_text(encoding="utf-8").replace('name="编号"', "name='编号'")
    path.write_text(text, encoding="utf-8")


def as_kmz(path):
    as_kml(path.with_suffix(".kml"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(path.with_suffix(".kml"), "doc.kml")
        archive.writestr("files/icon.png", b"")


FORMATS = {
    "p.xlsx": as_xlsx,
    "p.xlsm": as_xlsx,
    "p.xls": lambda path: shutil.copyfile(OFFICE / "points.xls", path),
    "p.ods": as_ods,
    "comma.csv": as_text(",", "utf-8-sig"),
    "wide.csv": as_text("，", "gb18030"),
    "semicolon.csv": as_text(";", "utf-8"),
    "p.tsv": as_text("\t", "gb18030"),
    "p.txt": as_text("\t", "utf-16"),
    "p.geojson": as_layer("GeoJSON"),
    "p.gpkg": as_layer("GPKG"),
    "p.shp": as_layer("ESRI Shapefile", encoding="UTF-8"),
    "p.zip": as_zipped_gbk,
    "p.gdb": as_layer("OpenFileGDB"),
    "q.zip": as_zipped_database,
    "p.kml": as_kml,
    "quoted.kml": as_quoted_kml,
    "p.kmz": as_kmz,
    "p.parquet": lambda path: shapes().to_parquet(path),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_offices_gives_the_same_points(tmp_path, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    FORMATS[name](tmp_path / name)

    points, problems = read_points(tmp_path / name)

    assert points["lon"].tolist() == pytest.approx([121.1, 121.2], abs=1e-7)
    assert points["lat"].tolist() == pytest.approx([28.1, 28.2], abs=1e-7)
    assert [one for one in problems if one.severity == "error"] == []
    names = match(read(tmp_path / name, "points"), "points", {})
    assert list(names.text("name")) == ["甲站", "乙站"]
    assert list(points["id"]) == ["P1", "P2"]


def test_a_password_on_an_old_workbook_is_told(tmp_path):
    content = bytearray((OFFICE / "points.xls").read_bytes())
    after = content.find(b"\x09\x08\x10\x00") + 20
    content[after : after + 2] = b"\x2f\x00"
    (tmp_path / "p.xls").write_bytes(content)

    with pytest.raises(InputError) as caught:
        read(tmp_path / "p.xls", "facilities")

    assert [one.kind for one in caught.value.problems] == ["encrypted"]


@pytest.mark.parametrize("lost", [[".shx"], [".shx", ".dbf"]])
@pytest.mark.parametrize("zipped", [False, True])
def test_parts_that_a_shapefile_lacks_are_named(tmp_path, lost, zipped):
    as_layer("ESRI Shapefile", encoding="UTF-8")(tmp_path / "p.shp")
    for suffix in lost:
        (tmp_path / f"p{suffix}").unlink()
    name = "p.shp"
    if zipped:
        name = "q.zip"
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for part in tmp_path.glob("p.*"):
                archive.write(part, part.name)

    with pytest.raises(InputError) as caught:
        read(tmp_path / name, "points")

    (one,) = caught.value.problems
    assert (one.kind, one.values["parts"]) == ("shape_parts", ", ".join(lost))


def test_other_layers_are_named_and_the_library_says_nothing_itself(tmp_path, recwarn):
    shapes().to_file(tmp_path / "p.gpkg", layer="点")
    shapes().to_file(tmp_path / "p.gpkg", layer="线")

    sheet = read(tmp_path / "p.gpkg", "points")

    assert [(one.kind, one.sheet) for one in sheet.problems] == [("sheet_not_read", "线")]
    assert [str(one.message) for one in recwarn] == []


@pytest.mark.parametrize("packed", ["<kml", "<!DOCTYPE kml><kml>", "", None])
def test_a_kmz_without_a_sound_document_is_refused(tmp_path, packed):
    with zipfile.ZipFile(tmp_path / "p.kmz", "w") as archive:
        if packed is not None:
            archive.writestr("doc.kml", packed)

    with pytest.raises(InputError):
        read(tmp_path / "p.kmz", "points")


def test_a_workbook_named_text_is_told_as_such(tmp_path):
    as_xlsx(tmp_path / "p.xlsx")
    (tmp_path / "p.xlsx").rename(tmp_path / "p.csv")

    with pytest.raises(InputError) as caught:
        read(tmp_path / "p.csv", "points")

    assert [one.kind for one in caught.value.problems] == ["workbook_as_text"]


def test_two_encodings_in_one_file_are_told_with_the_row_where_the_second_begins(tmp_path):
    text = "编号,名称,经度,纬度\nP1,甲站,121.1,28.1\n".encode()
    (tmp_path / "p.csv").write_bytes(text + "P2,乙站（新）,121.2,28.2\n".encode("gb18030"))

    with pytest.raises(InputError) as caught:
        read(tmp_path / "p.csv", "points")

    (one,) = caught.value.problems
    assert (one.kind, one.row) == ("encoding_mixed", 3)
    assert one.line("zh").startswith("p.csv，第 3 行：从该行起是另一种编码")


@pytest.mark.parametrize("first", ["utf-8", "gb18030"])
def test_bytes_that_are_no_text_are_told_with_their_row(tmp_path, first):
    head = "编号,名称,经度,纬度\nP1,甲乡镇便民站,121.1,28.1\n".encode(first)
    (tmp_path / "p.csv").write_bytes(head + b"P2,\xff\xff,121.2,28.2\n")

    with pytest.raises(InputError) as caught:
        read(tmp_path / "p.csv", "points")

    (one,) = caught.value.problems
    assert (one.kind, one.row) == ("encoding", 3)


@given(
    st.lists(st.text("一乙甲石桥村镇站社区便民服务中心（）、鑫浙", min_size=1), min_size=1)
)
def test_chinese_in_gb18030_is_never_taken_for_two_encodings(lines):
    text = "编号,名称\n" + "\n".join(lines)

    assert text_files.decode(text.encode("gb18030"), "p.csv") == text


def test_a_stray_nul_spoils_its_cell_only(tmp_path):
    (tmp_path / "p.csv").write_text(
        "编号,名称,经度,纬度\nP1,甲\0站,121.1,28.1\nP2,乙站,121.2,28.2\n", encoding="utf-8"
    )

    points, problems = read_points(tmp_path / "p.csv")

    assert list(points["id"]) == ["P1", "P2"]
    assert [(one.kind, one.row) for one in problems if one.row] == [("cell_cleaned", 2)]


@pytest.mark.parametrize("source", ["https://example.org/p.geojson", "/vsicurl/x.geojson"])
def test_an_address_in_a_study_is_told_as_one(tmp_path, source):
    with pytest.raises(InputError) as caught:
        read(tmp_path / source, "points", source=source)

    assert [one.kind for one in caught.value.problems] == ["not_local"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.kml", '<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource><kml>'),
        ("p.kml", '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml>&x;</kml>'),
        ("p.geojson", '<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>'),
        ("p.geojson", '{"type":"FeatureCollection","features":"http://example.org/a"}'),
        ("p.geojson", '{"displayFieldName":"","fields":[],"features":[]}'),
    ],
)
def test_files_that_point_elsewhere_are_refused(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")

    with pytest.raises(InputError):
        read(tmp_path / name, "points")


def test_a_database_may_not_lead_out_of_its_folder(tmp_path):
    as_layer("OpenFileGDB")(tmp_path / "p.gdb")
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    inside = tmp_path / "copy"
    inside.mkdir()
    (tmp_path / "p.gdb" / "a00000099.gdbtable").symlink_to(secret)
    (tmp_path / "p.gdb" / "readme.vrt").write_text("<OGRVRTDataSource/>")

    copied = vectors._database(tmp_path / "p.gdb", "p.gdb", inside)

    names = {one.name for one in copied.iterdir()}
    assert "a00000099.gdbtable" not in names
    assert "readme.vrt" not in names
    assert len(read_points(tmp_path / "p.gdb")[0]) == 2


CHARACTERS = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff")
CELL = st.text(CHARACTERS, max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(CELL, min_size=1, max_size=5),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    mark=st.sampled_from([",", "\t", ";"]),
    above=st.integers(0, 3),
    below=st.booleans(),
    order=st.permutations(range(4)),
)
def test_no_encoding_and_layout_loses_or_invents_a_row(
    tmp_path_factory, names, encoding, mark, above, below, order
):
    """Titles above, notes below, columns in any order, any text in the name."""
    import csv
    import io

    rows = [[f"P{k}", f"站{name}", f"121.{k}", f"28.{k}"] for k, name in enumerate(names)]
    table = [[row[k] for k in order] for row in [["编号", "名称", "经度", "纬度"], *rows]]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark)
    writer.writerows([[f"第{k}行标题"] for k in range(above)])
    writer.writerows(table)
    if below:
        writer.writerow(["注：以上数据由各乡镇填报"])
    path = tmp_path_factory.mktemp("layout") / "p.csv"
    path.write_bytes(text.getvalue().encode(encoding))

    sheet = read(path, "points")

    columns = match(sheet, "points", {})
    assert list(columns.text("id")) == [row[0] for row in rows]
    assert list(columns.text("lon")) == [row[2] for row in rows]
    found = [cell or "" for cell in columns.strings("name")]
    assert found == [row[1].strip() for row in rows]
    assert len([one for one in sheet.problems if one.kind == "note_row"]) == below


FILES = sorted(name for name in FORMATS if not name.endswith(".gdb"))  # that is a folder


def read_or_told(path):
    """A sheet that is whole, or findings that tell in both languages what is wrong."""
    told = None
    try:
        sheet = read(path, "points")
    except InputError as error:
        told = error.problems
    if told is not None:
        assert told
        for one in told:
            for language in ("zh", "en"):
                assert one.message(language).strip()
                assert one.line(language).startswith(path.name)
        return None
    assert sheet.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(sheet.cells) > 0
    assert sheet.cells.index.is_unique
    assert sheet.cells.columns.is_unique
    assert all(isinstance(name, str) for name in sheet.cells.columns)
    return sheet


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=200) | st.text(CHARACTERS, max_size=60).map(str.encode),
    st.sampled_from(FILES),
)
@example("编号,名称\nP1,甲站\n".encode("gb18030"), "p.txt")
@example(b"a\tb\n1\t2\n", "p.xls")
def test_no_bytes_raise_anything_but_a_finding(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(content)

    sheet = read_or_told(path)

    if sheet is not None:
        values = {cell for row in sheet.cells.to_numpy() for cell in row}
        assert all(cell is None or (isinstance(cell, str) and cell) for cell in values)
        assert sheet.cells.notna().any(axis=1).all()


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """Content of a good file of every format."""
    folder = tmp_path_factory.mktemp("whole")
    for name in FILES:
        FORMATS[name](folder / name)
    return {name: (folder / name).read_bytes() for name in FILES}


# Not the old format: one wrong byte may make its reader ask for all memory there is.
@settings(max_examples=120, deadline=None)
@given(
    name=st.sampled_from([name for name in FILES if name != "p.xls"]),
    end=st.none() | st.floats(0, 1, exclude_max=True),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4
    ),
)
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning:pyogrio")
def test_a_damaged_file_is_read_or_told(tmp_path_factory, whole_files, name, end, changes):
    content = bytearray(whole_files[name])
    for place, value in changes:
        content[int(place * len(content))] = value
    if end is not None:
        content = content[: int(end * len(content)) + 1]
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(content)

    found = read_or_told(path)

    assert path.read_bytes() == content
    if content == whole_files[name]:
        # The Shapefile lies here without the table that belongs to it.
        assert (found is None) == (name == "p.shp")
    if found is not None:
        assert found.cells.notna().any(axis=1).all()


@pytest.mark.parametrize("name", ["p.xlsx", "p.ods", "p.zip", "q.zip"])
@pytest.mark.parametrize(
    ("place", "mask", "kind"),
    [("flag", 0x01, "encrypted"), ("method", 0x7F, "zip_broken"), ("crc", 1, "zip_broken")],
)
def test_locked_and_damaged_parts_of_zip_files_are_told(
    tmp_path, whole_files, name, place, mask, kind
):
    content = bytearray(whole_files[name])
    entry = content.find(b"PK\x01\x02")
    while entry >= 0:  # in the directory of the archive, for every part
        content[entry + {"flag": 8, "method": 10, "crc": 16}[place]] ^= mask
        entry = content.find(b"PK\x01\x02", entry + 4)
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError) as caught:
        read(tmp_path / name, "points")

    assert [one.kind for one in caught.value.problems] == [kind]


def test_an_old_workbook_that_is_cut_short_is_told(tmp_path, whole_files):
    (tmp_path / "p.xls").write_bytes(whole_files["p.xls"][:4500])

    with pytest.raises(InputError) as caught:
        read(tmp_path / "p.xls", "points")

    assert [one.kind for one in caught.value.problems] == ["workbook_broken"]

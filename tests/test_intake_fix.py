"""``check --fix``: a corrected copy, every change marked, that reads back with fewer faults."""

import shutil
import subprocess
import sys

import openpyxl
import pytest
import xlsxwriter

from servicemap import preparation, study
from servicemap.errors import ResourceError
from servicemap.intake import corrected_pages, load
from servicemap.synthetic import make_mess

GREEN, YELLOW = "FFC6E0B4", "FFFFE699"


@pytest.fixture(scope="module")
def mess(tmp_path_factory):
    """A small county with planted faults, checked once, and its corrected copy."""
    folder = tmp_path_factory.mktemp("mess")
    make_mess(folder, townships=5, villages=90, seed=3)
    asked = study.read(folder)
    given, _ = preparation.check(asked)
    out = folder / "fixed.xlsx"
    count = preparation.fix(asked, given, out)
    return folder, given, out, count


def marked(page, colour):
    return {
        cell.coordinate: cell
        for row in page.iter_rows()
        for cell in row
        if cell.fill.fill_type and cell.fill.start_color.rgb == colour
    }


def test_every_change_is_green_has_its_old_value_and_is_listed(mess):
    _, _, out, count = mess
    book = openpyxl.load_workbook(out)
    listed = list(book.worksheets[0].iter_rows(min_row=4, values_only=True))

    assert len(listed) == count > 30
    green = {
        (page.title, name): cell
        for page in book.worksheets[1:]
        for name, cell in marked(page, GREEN).items()
    }
    assert len(green) == count
    assert all("原值：" in cell.comment.text for cell in green.values())
    targets = [row[0].hyperlink.location for row in book.worksheets[0].iter_rows(min_row=4)]
    links = {tuple(one.replace("'", "").split("!")) for one in targets}
    assert links == set(green)


def test_what_is_not_certain_is_yellow_and_unchanged(mess):
    _, given, out, _ = mess
    book = openpyxl.load_workbook(out)
    wrong = [one for one in given.problems if one.kind == "tier_unknown"]
    page = book["服务点"]

    yellow = marked(page, YELLOW)
    (cell,) = [c for c in yellow.values() if c.row == wrong[0].row and c.value == "省级"]
    assert "层级" in cell.comment.text


def test_untouched_cells_are_as_they_were(mess):
    folder, _, out, _ = mess
    old = openpyxl.load_workbook(folder / "points.xlsx")["服务点"]
    new = openpyxl.load_workbook(out)["服务点"]

    changed = marked(new, GREEN)
    for row in old.iter_rows():
        for cell in row:
            if cell.coordinate not in changed:
                assert new[cell.coordinate].value == cell.value, cell.coordinate


def test_the_copy_reads_back_without_the_faults_that_it_corrects(mess, tmp_path):
    folder, given, _, _ = mess
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    toml = (folder / "servicemap.toml").read_bytes().decode("gb18030")
    for name in ("points.xlsx", "villages.xlsx"):
        toml = toml.replace(f'source = "{name}"', 'source = "fixed.xlsx"')
    toml = toml.replace(
        'source = "people.csv"', 'source = "fixed.xlsx"\nsheet = "people.csv"'
    )
    toml = toml.replace('datum = "auto"', 'datum = "wgs84"')
    (tmp_path / "servicemap.toml").write_text(toml, encoding="utf-8")

    again, _ = preparation.check(tmp_path)

    before = {one.kind for one in given.problems}
    after = {one.kind for one in again.problems}
    gone = {"swapped_lonlat", "zero_zero", "cell_cleaned", "code_lost_digits"}
    assert gone <= before
    assert not gone & after
    same = given.facilities.set_index("facility_id")
    now = again.facilities.set_index("facility_id").loc[same.index]
    known = same["lon"].notna()
    assert now.loc[known, "lon"].to_numpy() == pytest.approx(
        same.loc[known, "lon"], abs=2e-7
    )
    assert now["township_id"].fillna("").tolist() == same["township_id"].fillna("").tolist()


def test_changes_are_made_in_every_sheet_of_a_table_wherever_its_header_stands(tmp_path):
    head = ["编号", "名称", "层级", "窗口数", "经度", "纬度"]
    with xlsxwriter.Workbook(str(tmp_path / "points.xlsx")) as book:
        for name, titles, row in (("甲镇", 0, "P1"), ("乙镇", 4, "P2"), ("丙镇", 1, "P3")):
            page = book.add_worksheet(name)
            for at in range(titles):
                page.write_string(at, 0, "服务点一览表")
            page.write_row(titles, 0, head)
            page.write_row(titles + 1, 0, [row, f"{name}站", "乡镇", "3 个", 121.1, 28.1])
    (tmp_path / "v.csv").write_text("编号,村名,乡镇,经度,纬度\nV1,一村,甲镇,121.1,28.1\n")
    (tmp_path / "servicemap.toml").write_text(
        '[facilities]\nsource = "points.xlsx"\n[villages]\nsource = "v.csv"\n'
    )
    asked = study.read(tmp_path)
    given = load(asked, None)

    pages = corrected_pages.pages(asked, given)

    changed = {
        page.sheet: [
            (one.row, page.places[one.column], one.new) for one in page.corrections
        ]
        for page in pages
    }
    assert changed["甲镇"] == [(2, 3, 3)]
    assert changed["乙镇"] == [(6, 3, 3)]
    assert changed["丙镇"] == [(3, 3, 3)]
    assert [page.header_row for page in pages if page.table == "facilities"] == [1, 5, 2]


def test_two_copies_have_the_same_bytes_and_none_is_replaced_unasked(mess, tmp_path):
    folder, given, out, _ = mess
    asked = study.read(folder)

    preparation.fix(asked, given, tmp_path / "a.xlsx")

    assert (tmp_path / "a.xlsx").read_bytes() == out.read_bytes()
    with pytest.raises(ResourceError):
        preparation.fix(asked, given, out)


def test_no_cell_of_the_copy_is_a_formula(mess):
    _, _, out, _ = mess
    book = openpyxl.load_workbook(out)

    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert "=1+1" in {cell.value for cell in cells}


def test_the_command_writes_the_copy_and_says_so(mess, tmp_path):
    folder, *_ = mess
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "servicemap",
            "check",
            str(folder),
            "--fix",
            str(tmp_path / "x.xlsx"),
        ],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )

    assert ran.returncode == 1
    assert "x.xlsx" in ran.stderr
    assert (tmp_path / "x.xlsx").exists()

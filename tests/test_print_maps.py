"""Printed maps, read back: their text, their fonts, their figures, their bytes."""

from __future__ import annotations

import dataclasses
import re
from importlib import resources

import numpy as np
import pandas as pd
import pypdf
import pypdfium2
import pytest
import shapely

from servicemap.outputs import palette
from servicemap.outputs.paper import faces
from servicemap.outputs.paper.formats import FORMATS, Box, layout
from servicemap.outputs.paper.frame import centred, fitted, round_scale
from servicemap.outputs.paper.furniture import degree_text
from servicemap.outputs.paper.legend_columns import Entry, Group, draw_legend
from servicemap.outputs.print_maps import write_print_maps
from servicemap.outputs.summary import summary
from servicemap.outputs.terms import term
from servicemap.study import Outputs
from servicemap.words import say
from small_result import HOSTILE, small_result

SILENT = dict.fromkeys(map(ord, faces.SILENT))


def written(folder, result, **options):
    question = result.study.questions[0].id
    return write_print_maps(
        result, summary(result), folder, question_id=question, **options
    )


def text_of(path):
    """All text of a PDF without spaces: lines are broken where there is room."""
    pages = pypdf.PdfReader(path).pages
    return ["".join(page.extract_text().split()) for page in pages]


def squeezed(text):
    return "".join(text.translate(SILENT).split())


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    return written(tmp_path_factory.mktemp("print"), small_result("zh"), with_atlas=True)


def test_the_title_the_answer_and_the_legend_can_be_read_and_searched(atlas):
    """Text in the PDF is text: what a reader searches for is found."""
    result = small_result("zh")
    (page,) = text_of(atlas.files["map_a4.pdf"])
    entry = summary(result)["coverage"][0]
    assert squeezed(f"{result.study.name}政务服务圈覆盖图") in page
    assert squeezed(entry["sentence"]) in page
    assert f"{entry['people']['percent']:.1f}%" in page
    assert f"{entry['villages']['percent']:.1f}%" in page
    for word in (
        "15分钟界线",
        "超出时限",
        "市级政务服务中心",
        "内部工作用图",
        "投影：WGS84/UTM",
    ):
        assert word in page
    assert re.search(r"1:[\d,]+0", page)


def test_fonts_are_embedded_as_truetype(atlas):
    """No font is asked of the reader's machine."""
    fonts = {}
    for page in pypdf.PdfReader(atlas.files["map_a4.pdf"]).pages:
        for font in page["/Resources"]["/Font"].values():
            kept = font.get_object()
            inner = (
                kept["/DescendantFonts"][0].get_object()
                if "/DescendantFonts" in kept
                else kept
            )
            fonts[inner["/BaseFont"]] = inner
    assert fonts
    for name, font in fonts.items():
        assert "NotoSansSC" in name.replace("-", "").replace(" ", "")
        assert "/FontFile2" in font["/FontDescriptor"].get_object()


def test_the_atlas_has_a_page_for_each_township_with_its_figures(atlas):
    """Overview first, then code order; figures are those of the summary."""
    entry = summary(small_result("zh"))["coverage"][0]
    pages = text_of(atlas.files["atlas_a4.pdf"])
    assert len(pages) == 1 + len(entry["by_township"])
    for page, row in zip(pages[1:], entry["by_township"], strict=True):
        assert squeezed(row["name"]) in page
        assert f"人口{row['people']['total']:,}" in page
        assert f"人口覆盖率{row['people']['percent']:.1f}%" in page


def test_villages_left_out_are_listed_before_undetermined_ones(atlas):
    """As in the table of gaps: a list that is cut loses what is not known first."""
    page = text_of(atlas.files["atlas_a4.pdf"])[2]
    names = [page.rindex(name) for name in ("高坪村", "岭头村", "松坑村")]
    assert names == sorted(names)


def test_hostile_names_are_printed_as_they_are(atlas):
    """Neither markup nor mathematics: a dollar is a dollar."""
    assert atlas.problems == ()
    whole = "".join(text_of(atlas.files["atlas_a4.pdf"]))
    for text in HOSTILE[:1]:
        assert squeezed(text)[:10] in whole
    assert "${alert(1)}" in whole


def test_two_runs_write_the_same_bytes(tmp_path):
    """Of every kind; there is no date in them."""
    options = {"kinds": ("pdf", "svg", "png"), "slide": True}
    one = written(tmp_path / "one", small_result("en"), **options)
    two = written(tmp_path / "two", small_result("en"), **options)
    assert list(one.files) == ["map_a4.pdf", "map_a4.svg", "map_a4.png", "map_slide.png"]
    for name, path in one.files.items():
        assert path.read_bytes() == two.files[name].read_bytes(), name
    assert b"/CreationDate" not in one.files["map_a4.pdf"].read_bytes()


def test_sheets_have_their_sizes(tmp_path):
    """A4 and A3 in millimetres, the slide in pixels."""
    files = written(tmp_path, small_result("en"), papers=("A4", "A3"), slide=True).files
    for name, sides in (("map_a4.pdf", (210, 297)), ("map_a3.pdf", (297, 420))):
        box = pypdf.PdfReader(files[name]).pages[0].mediabox
        found = sorted(float(side) / 72 * 25.4 for side in (box.width, box.height))
        assert np.allclose(found, sides, atol=0.2)
    header = files["map_slide.png"].read_bytes()[16:24]
    assert [int.from_bytes(header[at : at + 4], "big") for at in (0, 4)] == [1920, 1080]


def test_a_public_map_asks_for_its_review_number_and_bears_no_internal_mark(tmp_path):
    """The number stands on it when the study has one."""
    result = small_result("zh")
    for number, said in (
        (None, "审图号：（公开使用前须送审）"),
        ("浙S(2026)1号", "审图号：浙S(2026)1号"),
    ):
        outputs = Outputs(
            audience="public",
            review_number=number,
            office="示例市测绘院",
            date="2026年10月",
        )
        study = dataclasses.replace(result.study, outputs=outputs)
        files = written(tmp_path, dataclasses.replace(result, study=study)).files
        (page,) = text_of(files["map_a4.pdf"])
        assert said in page
        assert "制图单位：示例市测绘院" in page
        assert "内部工作用图" not in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"handling": "finish"}, "办结"),
        ({"items": "社会保障"}, "社会保障"),
        ({"points": {"tier": ("city",)}}, "市级政务服务中心"),
        ({"appointment": False}, "预约"),
    ],
)
def test_a_sheet_says_what_is_asked_where_not_every_point_counts(tmp_path, changes, said):
    """In the answer, once."""
    result = small_result("zh")
    first, *others = result.study.questions
    asked = dataclasses.replace(first, **changes)
    study = dataclasses.replace(result.study, questions=(asked, *others))
    result = dataclasses.replace(result, study=study)
    (page,) = text_of(written(tmp_path, result).files["map_a4.pdf"])
    sentence = squeezed(summary(result)["coverage"][0]["sentence"])
    told = sentence[: sentence.index(said) + len(said)]
    assert page.count(told) == 1


def test_names_of_files_hold_nothing_that_is_no_name_of_a_file(tmp_path):
    """An id is a text of the user's; a folder of that name is not made."""
    result = small_result("zh")
    other = dataclasses.replace(result.study.questions[0], id="../步行/15?")
    coverage = result.coverage[result.coverage["question_id"] == "headline"]
    both = pd.concat([result.coverage, coverage.assign(question_id=other.id)])
    study = dataclasses.replace(result.study, questions=(*result.study.questions, other))
    named = dataclasses.replace(result, study=study, coverage=both)
    figures = summary(named)
    files = write_print_maps(named, figures, tmp_path, question_id=other.id).files
    assert list(files) == ["map_.._步行_15__a4.pdf"]
    assert [one.name for one in tmp_path.iterdir()] == list(files)


def test_rare_characters_have_glyphs_and_a_missing_one_is_told(tmp_path):
    """Place names of the coast: 㙦, 垟, 岙, 峃, 嶴; what no font has is 〓 and a finding."""
    assert faces.lacking(["㙦头村", "垟岙峃嶴砩碶埭堍"]) == ""
    assert faces.printable("㙦\U00030000村") == "㙦〓村"
    result = small_result("zh")
    villages = result.villages.copy()
    villages.loc[0, "name"] = "\U00030000溪村"
    found = written(tmp_path, dataclasses.replace(result, villages=villages))
    (problem,) = found.problems
    assert problem.kind == "glyph_missing"
    assert "U+30000" in problem.message("zh")
    assert "〓溪村" in text_of(found.files["map_a4.pdf"])[0]


def test_colours_and_signs_are_those_of_the_interactive_map():
    """One legend for the wall and the screen."""
    folder = resources.files("servicemap.outputs").joinpath("assets")
    script = folder.joinpath("palette.js").read_text("utf-8")
    for name, colour in palette.PAPER.items():
        assert re.search(rf'{name}: "{colour}"', script), name
    assert f"const RAMP = {list(palette.RAMP)};".replace("'", '"') in script
    for tier, (colour, _) in palette.TIERS.items():
        assert f'{tier}: {{ colour: "{colour}"' in script
    assert [palette.ramp(at, 4) for at in range(4)] == list(palette.RAMP)


def test_a_millimetre_on_the_sheet_is_what_the_scale_says():
    """1:50,000: a kilometre is two centimetres."""
    frame = centred(Box(10, 10, 110, 90), 50_000.0, 500_000.0, 3_000_000.0)
    (a, b) = frame.points([[500_000.0, 3_000_000.0], [501_000.0, 3_000_000.0]])
    assert np.allclose(a, (60, 50))
    assert np.allclose(b - a, (20, 0))
    (line,) = frame.shapes(
        [shapely.LineString([(499_000, 3_000_000), (501_000, 3_000_000)])]
    )
    assert np.isclose(line.length, 40)


def test_scales_are_round_and_the_whole_extent_is_shown():
    assert [round_scale(one) for one in (1, 9.9, 101_000, 150_000, 260_000)] == [
        1.0,
        10.0,
        125_000.0,
        150_000.0,
        300_000.0,
    ]
    frame = fitted(Box(0, 0, 200, 150), (0.0, 0.0, 40_000.0, 10_000.0))
    west, south, east, north = frame.window_m
    assert west <= 0
    assert south <= 0
    assert east >= 40_000
    assert north >= 10_000
    assert frame.scale == 200_000.0


PLANS = [
    (name, is_upright, is_wide)
    for is_upright, is_wide in ((False, False), (True, False), (False, True))
    for name in FORMATS
    if is_upright or name != "phone"  # whose picture always stands
]


@pytest.mark.parametrize(("name", "is_upright", "is_wide"), PLANS)
def test_nothing_on_a_sheet_lies_on_another_thing(name, is_upright, is_wide):
    plan = layout(FORMATS[name], is_upright=is_upright, is_wide=is_wide)
    boxes = [plan.title, plan.map, plan.panel, plan.inset, plan.notes]
    # a figure of the report has no title of its own: a box without height
    shapes = [shapely.box(*one) for one in boxes if one.width and one.height]
    sheet = shapely.box(0, 0, plan.width_mm, plan.height_mm)
    for at, one in enumerate(shapes):
        assert sheet.contains(one)
        assert all(one.intersection(other).area == 0 for other in shapes[at + 1 :])
    assert plan.map.width * plan.map.height > 0.4 * sheet.area


class Written:
    """A canvas that keeps what was written where, as rectangles, and where signs are."""

    def __init__(self):
        self.boxes, self.signs = [], []

    def text(self, x, y, text, size_pt, *, bold=False):
        wide = faces.width_mm(text, size_pt, bold=bold)
        high = size_pt * faces.POINT_MM
        self.boxes.append((text, shapely.box(x, y - 0.15 * high, x + wide, y + 0.8 * high)))


def legend(language, n_tiers):
    def sign(canvas, x, y, zoom):
        half = 1.35 * zoom  # of a village's sign
        canvas.signs.append(shapely.box(x - half, y - half, x + half, y + half))

    bands = [Entry(sign, f"{one} min", is_half=True) for one in (5, 10, 15, 30)]
    tiers = [Entry(sign, f"{term('tier', 'township', language)} (25)")] * n_tiers
    ground = [
        Entry(sign, say(f"paper.{key}", language), is_half=True)
        for key in ("township_border", "main_roads", "other_roads", "built_up", "woods")
    ]
    return [
        Group("A", tuple(bands)),
        Group("B", tuple(tiers)),
        Group("C", tuple(tiers[:3])),
        Group("D", tuple(ground)),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("n_tiers", [1, 7, 10])
@pytest.mark.parametrize(
    ("name", "is_upright", "is_wide"),
    [
        ("A4", False, False),
        ("A4", True, False),
        ("figure", False, False),
        ("figure", True, False),
        ("phone", True, False),
        ("slide", False, True),
        ("slide", False, False),
    ],
)
def test_nothing_in_a_legend_lies_on_another_thing(
    language, n_tiers, name, is_upright, is_wide
):
    """However much there is to explain: all of it becomes smaller, signs and lines alike."""
    plan = layout(FORMATS[name], is_upright=is_upright, is_wide=is_wide)
    room = plan.panel._replace(top=plan.panel.top - 28.0 * plan.zoom)  # below the figures
    if is_upright:
        room = plan.panel._replace(top=plan.panel.top - 14.0 * plan.zoom)
    canvas = Written()
    draw_legend(canvas, legend(language, n_tiers), room, plan.zoom, plan.columns)
    assert len(canvas.boxes) == len(canvas.signs) + 4
    for at, (text, box) in enumerate(canvas.boxes):
        assert shapely.box(*room).buffer(0.01).contains(box), text
        others = [other for _, other in canvas.boxes[at + 1 :]] + canvas.signs
        assert all(box.intersection(other).area < 0.01 for other in others), text
    for at, sign in enumerate(canvas.signs):
        assert all(sign.intersection(other).area < 0.01 for other in canvas.signs[at + 1 :])


def test_an_apostrophe_in_a_word_is_not_as_wide_as_a_chinese_quotation_mark():
    assert faces.width_mm("Mas d’Alins", 10.0) == faces.width_mm("Mas d'Alins", 10.0)
    assert faces.width_mm("“一”", 10.0) == faces.width_mm("一一一", 10.0)


def test_a_village_without_a_name_has_no_label_on_paper(tmp_path):
    result = small_result("en")
    bare = dataclasses.replace(
        result, villages=result.villages.assign(name=result.villages["village_id"])
    )
    (with_names,) = text_of(written(tmp_path / "a", result).files["map_a4.pdf"])
    (without,) = text_of(written(tmp_path / "b", bare).files["map_a4.pdf"])
    assert "Gaoping" in with_names
    assert not [one for one in bare.villages["village_id"] if one in without]


def test_a_pdf_writes_no_finer_than_a_hundredth_of_a_point(atlas):
    """Six decimals would be half of the bytes of an atlas, and nobody would see them."""
    page = pypdf.PdfReader(atlas.files["map_a4.pdf"]).pages[0]
    lines = re.findall(rb"\n([-\d. ]+) [ml](?=\n)", page.get_contents().get_data())
    numbers = b" ".join(lines).split()
    assert len(numbers) > 2_000
    fine = [one for one in numbers if len(one.partition(b".")[2]) > 2]
    assert len(fine) < 0.01 * len(numbers)


def test_degrees_are_written_with_their_sides():
    assert degree_text(121.25, "EW") == "121°15′E"
    assert degree_text(-0.5, "NS") == "0°30′S"


def test_the_page_is_drawn_where_it_should_be(atlas):
    """The PDF as a picture: the map is full, margins are white."""
    page = pypdfium2.PdfDocument(atlas.files["map_a4.pdf"])[0]
    pixels = np.asarray(page.render(scale=1.0).to_pil().convert("L"))
    assert (pixels[:10] == 255).all()
    assert (pixels[:, :10] == 255).all()
    assert (pixels < 250).mean() > 0.2

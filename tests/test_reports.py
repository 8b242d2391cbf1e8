"""The report and the brief, read back: what they say is what the summary says."""

from __future__ import annotations

import dataclasses
import re
import struct
import zipfile
from html.parser import HTMLParser

import docx
import pandas as pd
import pytest
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

import browser
from servicemap.errors import InputError
from servicemap.outputs.report import charts, paging, word_fonts
from servicemap.outputs.report.blocks import (
    Heading,
    Numbers,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    chinese,
)
from servicemap.outputs.report.columns import column_widths_mm, line_mm
from servicemap.outputs.report.telling import Story, own_gaps, spread
from servicemap.outputs.reports import write_report
from servicemap.outputs.summary import summary
from servicemap.outputs.workbook_hours import first_with_hours, week_values
from servicemap.study import Outputs
from servicemap.words import renamed, say, table
from small_result import HOSTILE, small_result


@pytest.fixture(scope="module")
def result():
    return small_result("zh")


@pytest.fixture(scope="module")
def figures(result):
    return summary(result)


@pytest.fixture(scope="module")
def files(result, figures, tmp_path_factory):
    return write_report(result, figures, tmp_path_factory.mktemp("report")).files


def said(path):
    return [one.text for one in docx.Document(path).paragraphs]


def cells(path):
    return [
        [[cell.text for cell in row.cells] for row in one.rows]
        for one in docx.Document(path).tables
    ]


def with_outputs(result, **outputs):
    study = dataclasses.replace(result.study, outputs=Outputs(**outputs))
    return dataclasses.replace(result, study=study)


def test_the_answer_stands_in_both_documents_as_in_the_summary(files, figures):
    """Word for word, and each number once computed."""
    sentence = figures["coverage"][0]["sentence"]
    assert sentence in said(files["report.docx"])
    assert sentence in said(files["brief.docx"])
    for name in ("report.html", "brief.html"):
        assert sentence in files[name].read_text(encoding="utf-8")


def test_the_table_of_townships_has_the_figures_of_the_summary_and_a_total(files, figures):
    """Code order, rank as a column, one decimal, the whole at the foot."""
    entry = figures["coverage"][0]
    found = cells(files["report.docx"])[2]
    rows = [*entry["by_township"], {**entry, "name": "合计", "rank": None}]
    assert len(found) == 1 + len(rows)
    for line, row in zip(found[1:], rows, strict=True):
        expected = []
        for what in ("villages", "people"):
            shares = row[what]
            expected += [f"{shares['total']:,}", f"{shares['covered']:,}"]
            expected.append(
                "-" if shares["percent"] is None else f"{shares['percent']:.1f}"
            )
        rank = "" if row["rank"] is None else str(row["rank"])
        assert line[1:] == [*expected, rank]


def test_the_meanings_of_coverage_stand_side_by_side(files, figures):
    """Each line says of what; the shares are those of the summary."""
    found = cells(files["report.docx"])[1]
    known = [one for one in figures["coverage"][0]["meanings"] if one["level"] == "city"]
    assert len(found) == 1 + len(known)
    assert found[1][0] == "有便民服务站的村（社区）"
    for line, row in zip(found[1:], known, strict=True):
        assert line[5] == f"{row['percent']:.1f}"


def test_every_question_has_its_row(files, figures):
    found = cells(files["report.docx"])[0]
    assert [row[1] for row in found[1:]] == [
        f"{one['people']['percent']:.1f}" for one in figures["coverage"]
    ]


def test_the_appendix_has_a_paragraph_for_each_township(files, figures):
    """With its number in Chinese and who is left out."""
    texts = said(files["report.docx"])
    start = next(at for at, text in enumerate(texts) if text.startswith("附录"))
    for number, row in enumerate(figures["coverage"][0]["by_township"], 1):
        heads = [
            text for text in texts[start:] if text.startswith(f"（{chinese(number)}）")
        ]
        assert len(heads) == 1
        body = texts[texts.index(heads[0], start) + 1]
        assert f"人口{row['people']['total']:,}人" in body


def test_the_layout_is_that_of_the_standard(files):
    """GB/T 9704-2012: margins, fonts and sizes, 22 lines, page numbers outside."""
    document = docx.Document(files["report.docx"])
    section = document.sections[0]
    sides = ("page_width", "page_height", "top_margin", "bottom_margin", "left_margin")
    found = [round(getattr(section, side).mm) for side in sides]
    assert found == [210, 297, 37, 35, 28]
    assert round(section.right_margin.mm) == 26
    fonts = {
        "servicemap title": ("方正小标宋简体", 22),
        "servicemap heading 1": ("黑体", 16),
        "servicemap heading 2": ("楷体_GB2312", 16),
        "servicemap text": ("仿宋_GB2312", 16),
    }
    for name, (font, size) in fonts.items():
        style = document.styles[name]
        assert style.element.rPr.rFonts.get(qn("w:eastAsia")) == font
        assert style.font.size == Pt(size)
    spacing = document.styles["servicemap text"].paragraph_format.line_spacing
    assert int(Mm(225) / spacing) == 22
    assert document.settings.odd_and_even_pages_header_footer
    for footer in (section.footer, section.even_page_footer):
        assert footer.paragraphs[0].text.replace("\t", "") == "—  —"
        assert "PAGE" in footer._element.xml


def test_headings_count_as_chinese_papers_do_and_as_english_ones_do():
    numbers = Numbers(is_chinese=True)
    levels = (1, 2, 2, 3, 3, 1, 2)
    found = [numbers.heading("", level).text for level in levels]
    assert found == ["一、", "（一）", "（二）", "1.", "2.", "二、", "（一）"]
    numbers = Numbers(is_chinese=False)
    found = [numbers.heading("A", level).text for level in levels]
    assert found == ["1 A", "1.1 A", "1.2 A", "1.2.1 A", "1.2.2 A", "2 A", "2.1 A"]
    assert [
        chinese(one) for one in (1, 10, 11, 20, 25, 99)
    ] == "一 十 十一 二十 二十五 九十九".split()


def test_two_runs_write_the_same_bytes(result, figures, files, tmp_path):
    again = write_report(result, figures, tmp_path).files
    for name, path in files.items():
        assert path.read_bytes() == again[name].read_bytes(), name


def test_hostile_names_are_text_in_word_and_in_html(files):
    """No tag, script or attribute is made of a name."""

    seen = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            seen.add(tag)
            assert not [name for name, _ in attributes if name.startswith("on")]
            assert all(
                "alert" not in (value or "") for name, value in attributes if name == "src"
            )

    page = files["report.html"].read_text(encoding="utf-8")
    Tags().feed(page)
    assert "script" not in seen
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    whole = "\n".join(said(files["report.docx"]))
    assert HOSTILE[0] in whole
    assert "\u202e" not in whole


@pytest.mark.browser
@pytest.mark.skipif(browser.chromium() is None, reason="no Chromium")
def test_the_page_opens_without_a_request_and_without_a_complaint(files):
    with browser.page() as page:
        page.call("Page.navigate", url=files["report.html"].as_uri())
        page.wait("document.readyState === 'complete' && !!document.querySelector('main')")
        assert page.complaints() == []
        assert page.run("document.images.length") == 4
        assert page.run("Array.from(document.images).every(i => i.naturalWidth > 0)")


def test_an_office_has_its_own_words(result, figures, tmp_path):
    """服务薄弱村 for 服务盲区, everywhere but in names."""
    named = with_outputs(result, wording={"服务盲区": "服务薄弱村"})
    files = write_report(named, figures, tmp_path).files
    whole = "\n".join(said(files["report.docx"]))
    assert "服务薄弱村" in whole
    assert "服务盲区" not in whole
    with renamed({"村": "X{0}", "服务盲区": "Y"}):
        assert say("report.gaps_none", "zh") == "没有Y。"
        assert (
            "{{" in table("zh")["report.gaps_cut"]
            or "村" not in table("zh")["report.gaps_cut"]
        )
    assert "服务盲区" in table("zh")["report.gaps_none"]


def test_the_template_of_the_user_gives_page_and_styles(result, figures, tmp_path):
    """Its margins, its text and its styles stay; what it lacks is added."""
    own = docx.Document()
    own.sections[0].left_margin = Mm(40)
    own.add_paragraph("示例市人民政府办公室")
    own.styles.add_style("servicemap text", 1).font.size = Pt(12)
    study = dataclasses.replace(
        result.study, folder=tmp_path, outputs=Outputs(template="own.docx")
    )
    own.save(tmp_path / "own.docx")
    named = dataclasses.replace(result, study=study)
    made = write_report(named, figures, tmp_path / "out", kinds=["docx"]).files
    document = docx.Document(made["report.docx"])
    assert round(document.sections[0].left_margin.mm) == 40
    assert document.paragraphs[0].text == "示例市人民政府办公室"
    assert document.styles["servicemap text"].font.size == Pt(12)
    assert document.styles["servicemap heading 1"].font.size == Pt(16)
    (tmp_path / "own.docx").write_text("no document", encoding="utf-8")
    with pytest.raises(InputError, match=r"own\.docx"):
        write_report(named, figures, tmp_path / "out")


@pytest.mark.parametrize("damage", ["xml", "bytes"])
def test_a_damaged_template_is_said_in_words(result, figures, tmp_path, damage):
    """A document whose parts are no XML, or whose packing is broken in the middle."""
    path = tmp_path / "own.docx"
    docx.Document().save(path)
    if damage == "xml":
        with zipfile.ZipFile(path) as before:
            parts = {name: before.read(name) for name in before.namelist()}
        with zipfile.ZipFile(path, "w") as after:
            for name, content in parts.items():
                after.writestr(name, b"<" if name == "word/document.xml" else content)
    else:
        with zipfile.ZipFile(path, "a") as packed:
            start = packed.getinfo("word/document.xml").header_offset
        content = path.read_bytes()
        path.write_bytes(content[: start + 80] + b"?" * 40 + content[start + 120 :])
    outputs = Outputs(template="own.docx")
    study = dataclasses.replace(result.study, folder=tmp_path, outputs=outputs)
    with pytest.raises(InputError, match=r"own\.docx"):
        write_report(dataclasses.replace(result, study=study), figures, tmp_path / "out")


def test_the_english_report_says_the_same(tmp_path):
    english = small_result("en")
    figures = summary(english)
    files = write_report(english, figures, tmp_path, kinds=["docx"]).files
    texts = said(files["report.docx"])
    assert figures["coverage"][0]["sentence"] in texts
    assert "1 The whole" in texts
    assert not [text for text in texts if re.search(r"[\u4e00-\u9fff]", text)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_where_nobody_was_counted_no_paper_speaks_of_people(language, tmp_path):
    """No empty column, no number left out of a sentence, the farthest villages first."""
    result = small_result(language, counted=False)
    figures = summary(result)
    assert figures["coverage"][0]["people"]["total"] is None
    files = write_report(result, figures, tmp_path).files
    texts = said(files["report.docx"])
    method = texts.index(
        next(one for one in texts if say("report.how", language) in one)
    )  # what a share of people is, is told in any case
    findings = texts[:method] + said(files["brief.docx"])
    sentences = [one for one in findings if one != figures["coverage"][0]["sentence"]]
    lines = [one for one in sentences if not one.startswith(("图", "Figure"))]
    assert not [one for one in lines if re.search("人口|人[，、：。]|people", one)]
    assert not [one for one in texts if re.search(r"[，、：,] *(people|人)|\(\)|（）", one)]
    for rows in cells(files["report.docx"]):
        for column in list(zip(*rows, strict=True))[1:]:
            assert any(cell not in ("", "-") for cell in column[1:]), column[0]
    unit = say("report.unit_gaps_nobody", language)
    assert unit in texts
    farthest = own_gaps(Story(result, figures, None, None))["minutes_beyond"]
    assert farthest.dropna().is_monotonic_decreasing
    assert farthest.isna().any()
    assert pd.isna(farthest.iloc[0])


@pytest.mark.parametrize("counted", [True, False])
def test_the_week_is_told_and_drawn_as_the_workbook_has_it(counted, tmp_path, monkeypatch):
    """The most and the least of the sentence are those of the table; a square an hour."""
    result = small_result("zh", counted=counted)
    drawn = []
    real = charts.png
    monkeypatch.setattr(
        charts, "png", lambda canvas, dpi: drawn.append(canvas.texts) or real(canvas, dpi)
    )
    files = write_report(result, summary(result), tmp_path, kinds=["docx"]).files
    at = first_with_hours(result)
    rows = result.annex["hours_of_week"]
    values = week_values(rows, result.study.questions[at].id)
    assert len(values) == 7 * 24
    known = [one for one in values if one is not None]
    assert min(known) < max(known)
    (sentence,) = [one for one in said(files["report.docx"]) if "一周之内" in one]
    unit = "%" if counted else "个"
    for value in (min(known), max(known)):
        day, hour = divmod(values.index(value), 24)
        number = f"{value:.1f}" if counted else str(value)
        assert f"{number}{unit}（周{'一二三四五六日'[day]}{hour:02d}:00）" in sentence
    texts, narrow = [one for one in drawn if "周一" in one]
    assert texts[:24] == [str(hour) for hour in range(24)]
    squares = [one for one in texts[24:] if not one.startswith("周")]
    assert squares == [str(int(one + 0.5)) for one in known]
    by_hour = [values[day * 24 + hour] for hour in range(24) for day in range(7)]
    squares = [one for one in narrow[7:] if ":" not in one]  # a row an hour on a phone
    assert squares == [str(int(one + 0.5)) for one in by_hour if one is not None]


def test_a_week_of_like_hours_is_not_told(tmp_path):
    """Nothing depends on the hour where all hours are alike or unknown."""
    result = small_result("en")
    rows = result.annex["hours_of_week"].assign(n_covered=1, n_open=1)
    still = dataclasses.replace(result, annex={**result.annex, "hours_of_week": rows})
    files = write_report(still, summary(still), tmp_path, kinds=["docx"]).files
    assert not [one for one in said(files["report.docx"]) if "Through the week" in one]


@pytest.mark.browser
@pytest.mark.skipif(browser.chromium() is None, reason="no Chromium is installed")
def test_on_a_phone_a_title_of_a_table_is_read_without_moving_it(files):
    with browser.page() as opened:
        opened.size(390, 844, phone=True)
        opened.call("Page.navigate", url=files["report.html"].as_uri())
        opened.wait(
            "document.readyState === 'complete' && !!document.querySelector('main')"
        )
        assert opened.run("document.documentElement.scrollWidth") <= 390
        ends = opened.run(
            "[...document.querySelectorAll('caption')].flatMap(one => {"
            " const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);"
            " const found = [];"
            " while (walker.nextNode()) { const all = document.createRange();"
            " all.selectNodeContents(walker.currentNode);"
            " found.push(all.getBoundingClientRect().right); }"
            " return found; })"
        )
        assert len(ends) > 4
        assert max(ends) <= 390, ends


@pytest.mark.browser
@pytest.mark.skipif(browser.chromium() is None, reason="no Chromium is installed")
def test_figures_are_drawn_anew_for_a_phone(files):
    """As wide as the page there, their smallest letters no less than nine pixels."""
    chosen = "[...document.querySelectorAll('figure img')].map(one => one.currentSrc)"
    with browser.page() as opened:
        for width in (1200, 390):
            opened.size(width, 844, phone=width == 390)
            opened.call("Page.navigate", url=files["report.html"].as_uri())
            opened.wait(
                "document.readyState === 'complete' && !!document.querySelector('main')"
            )
            shown = opened.run(chosen)
            if width == 1200:
                wide = shown
        widths = opened.run(
            "[...document.querySelectorAll('figure img')].map(one => one.clientWidth)"
        )
        assert opened.run("document.documentElement.scrollWidth") <= 390
        assert opened.complaints() == []
    assert len(wide) == len(shown) >= 3
    assert not set(wide) & set(shown)
    assert min(widths) >= 340
    letters_px = min(widths) / charts.NARROW_MM * charts.SMALL_PT * 25.4 / 72
    assert letters_px >= 9


def text_mm(blocks):
    """Heights that `paging` reckons with, one after another without pages."""
    return [paging._after(one, 0.0, is_chinese=True) for one in blocks]


def picture(share=1.0, least=1.0, high_mm=100.0):
    wide, high = 1560, int(10 * high_mm)
    return Picture(
        b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", wide, high), "图", share, least
    )


def test_a_picture_waits_for_the_next_page_and_the_text_flows_on():
    """It keeps its turn among pictures; nothing is lost and nothing else changes places."""
    lines = [Paragraph("文" * 20) for _ in range(40)]
    blocks = [*lines[:15], first := picture(), second := picture(), *lines[15:]]
    found = [*paging.paged(blocks, is_chinese=True)]
    assert [one for one in found if isinstance(one, Paragraph)] == lines
    assert [one for one in found if isinstance(one, Picture)] == [first, second]
    before = found[: found.index(first)]
    per_page = int(paging.PAGE_MM / paging.LINE_MM)
    assert len(before) == per_page + 1  # the page is full, and the next has begun


def test_a_picture_shrinks_to_stay_beside_its_text():
    """The map on the page of the answer: as wide as there is room, but no narrower."""
    lines = [Paragraph("文") for _ in range(12)]
    (shrunk,) = (
        one
        for one in paging.paged(
            [*lines, picture(least=0.7, high_mm=110.0)], is_chinese=True
        )
        if isinstance(one, Picture)
    )
    assert 0.7 <= shrunk.width_share < 1.0
    used = sum(text_mm(lines)) + paging._picture_mm(shrunk)
    assert paging.PAGE_MM - 10 < used <= paging.PAGE_MM


def test_no_picture_goes_beyond_a_break_or_parts_a_heading_from_its_text():
    lines = [Paragraph("文") for _ in range(20)]
    blocks = [*lines, picture(), Heading("一、总体", 1), Paragraph("文"), PageBreak()]
    found = [*paging.paged([*blocks, Heading("附录", 1)], is_chinese=True)]
    kinds = [type(one) for one in found[20:]]
    assert kinds == [Heading, Paragraph, Picture, PageBreak, Heading]


def test_the_first_page_of_the_report_has_the_answer_and_the_map(files):
    """The map comes right after the answer; what is told of the place follows it."""
    body = docx.Document(files["report.docx"]).paragraphs
    with_map = next(at for at, one in enumerate(body) if one._p.xpath(".//w:drawing"))
    assert [one.style.name[11:] for one in body[:with_map]][-3:] == [
        "heading 1", "heading 2", "text"
    ]  # fmt: skip
    assert body[with_map + 2].style.name == "servicemap text"


def test_rows_stay_together_at_the_ends_of_a_page_and_tables_within_the_text(files):
    """Three rows at least before and after the end of a page; none juts out."""
    tables = docx.Document(files["report.docx"]).tables
    assert len(tables) > 3
    for found in tables:
        assert found.alignment == WD_TABLE_ALIGNMENT.CENTER
        kept = [
            row.cells[0].paragraphs[0].paragraph_format.keep_with_next is True
            for row in found.rows
        ]
        size = len(kept)
        assert all(kept[: min(3, size - 1)])
        assert all(kept[max(size - 3, 0) : size - 1])


def test_missing_fonts_have_stand_ins_and_letters_are_simplified(files):
    """Offices' fonts are missing at home; without a language they become Japanese ones."""
    with zipfile.ZipFile(files["report.docx"]) as parts:
        fonts = parts.read("word/fontTable.xml").decode()
        styles = parts.read("word/styles.xml").decode()
    for name, other in word_fonts.STAND_INS.items():
        assert f'<w:font w:name="{name}"><w:altName w:val="{other}"/>' in fonts
    assert 'w:eastAsia="zh-CN"' in styles
    assert 'w:eastAsia="en-US"' not in styles


def test_what_columns_do_not_need_goes_to_long_texts():
    """A short column as wide as meant would leave its neighbour in two lines."""
    block = Table("T", "", ("甲", "乙"), (("短", "很" * 20),), (0.5, 0.5))
    first, second = column_widths_mm(block, 100.0, 10.5)
    assert first + second == pytest.approx(100.0)
    assert second >= line_mm("很" * 20, 10.5)


def test_nobody_is_both_ahead_and_behind(figures, result):
    """Of three townships one is named on each side; of one there is nothing to say."""
    told = Story(result, figures, None, None)
    rows = [one for one in told.headline["by_township"] if one["rank"] is not None]
    ordered = sorted(rows, key=lambda one: one["rank"])
    sentence = spread(told)
    assert len(rows) == 3
    assert ordered[0]["name"] in sentence
    assert ordered[1]["name"] not in sentence
    assert ordered[2]["name"] in sentence
    alone = {**figures["coverage"][0], "by_township": rows[:1]}
    assert spread(Story(result, {**figures, "coverage": [alone]}, None, None)) == ""


def test_headings_of_an_english_appendix_have_its_letter():
    numbers = Numbers(is_chinese=False, letter="A")
    numbers.heading("", 1)
    assert numbers.heading("Vaduz", 2).text == "A.1 Vaduz"
    assert numbers.heading("Schaan", 2).text == "A.2 Schaan"


def test_a_long_name_beside_a_bar_stands_in_two_lines(monkeypatch):
    """No word of a reason is lost; only a third line is cut, and that is seen."""
    drawn = []
    monkeypatch.setattr(charts, "png", lambda canvas, _: drawn.append(canvas.texts) or b"")
    reason = say("terms.reason.island", "en")
    charts.count_bars("why", [(reason, 3, "3")])
    charts.share_bars("who", [("Municipality of " * 9, 3.0)], None)
    for texts in drawn[:2]:  # on a page and on a phone
        assert "".join(texts).replace(" ", "").startswith(reason.replace(" ", ""))
    for texts in drawn[2:]:
        assert [one for one in texts if one.endswith("…")]


def test_no_word_of_a_table_is_broken_where_there_is_room():
    """A narrow column of a long word takes from wide ones; the sum stays."""
    block = Table("T", "", ("What", "Undetermined"), (("a", "1"),), (0.9, 0.1), (1,))
    first, second = column_widths_mm(block, 156.0, 10.5)
    assert first + second == pytest.approx(156.0)
    assert second > len("Undetermined") * 0.5 * 10.5 * 25.4 / 72
    chinese_text = Table("T", "", ("名称", "未能判定"), (("甲", "1"),), (0.9, 0.1), (1,))
    assert column_widths_mm(chinese_text, 156.0, 10.5) == [0.9 * 156.0, 0.1 * 156.0]
    crowded = Table("T", "", ("Undetermined",) * 9, (("1",) * 9,), (1 / 9,) * 9)
    assert column_widths_mm(crowded, 156.0, 10.5) == [156.0 / 9] * 9

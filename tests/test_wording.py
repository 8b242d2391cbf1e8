"""An office's own words stand in every output, and names stay names."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path

import pypdf
import pytest

from servicemap.outputs.exports import write_exports
from servicemap.outputs.print_maps import write_print_maps
from servicemap.outputs.reports import write_report
from servicemap.outputs.summary import summary
from servicemap.outputs.write import write
from servicemap.study import Outputs
from small_result import small_result

OURS, THEIRS = "服务盲区", "服务薄弱村"
OTHER, OTHERS = "便民服务站", "便民服务室"


def texts(file: Path) -> str:
    """What can be read in a file."""
    data = file.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    if file.suffix == ".pdf":
        pages = pypdf.PdfReader(io.BytesIO(file.read_bytes())).pages
        return "".join(one.extract_text() for one in pages).replace("\n", "")
    return data.decode("utf-8", "ignore")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All outputs of the small county with two words of an office's own."""
    result = small_result()
    own = Outputs(wording={OURS: THEIRS, OTHER: OTHERS})
    result = dataclasses.replace(
        result, study=dataclasses.replace(result.study, outputs=own)
    )
    out, figures = tmp_path_factory.mktemp("own_words"), summary(result)
    write(result, out)
    write_report(result, figures, out)
    write_exports(result, figures, out, kinds=("geojson", "shp"))
    write_print_maps(
        result, figures, out, question_id="headline", kinds=("pdf",), with_atlas=True
    )
    return {file.name: texts(file) for file in sorted(out.rglob("*")) if file.is_file()}


def test_no_output_says_it_in_our_words(files: dict[str, str]) -> None:
    """The word of the program is gone wherever it stood."""
    assert {name for name, text in files.items() if OURS in text} == set()


@pytest.mark.parametrize(
    "name", ["map.html", "workbook.xlsx", "report.docx", "report.html"]
)
def test_outputs_that_tell_of_gaps_tell_of_them_in_the_offices_words(
    files: dict[str, str], name: str
) -> None:
    """And they have its word instead."""
    assert THEIRS in files[name]


def test_legends_have_the_offices_words_and_names_stay(files: dict[str, str]) -> None:
    """The tier is called as the office calls it; the point keeps its name."""
    assert OTHERS in files["map_a4.pdf"]
    assert f"村（社区）{OTHERS}" in files["map.html"]
    assert f"上塘村{OTHER}" in files["map.html"]
    assert f"上塘村{OTHER}" in files["facilities.geojson"]

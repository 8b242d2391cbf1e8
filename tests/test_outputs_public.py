"""Every file that a public study writes, opened to its last part and searched."""

from __future__ import annotations

import io
import socket
import sqlite3
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pypdf
import pytest

import small_study
from servicemap import study
from servicemap.outputs.exports import write_exports
from servicemap.outputs.print_maps import write_print_maps
from servicemap.outputs.reports import write_report
from servicemap.outputs.summary import summary
from servicemap.outputs.write import write
from servicemap.pipeline import run

if TYPE_CHECKING:
    from pathlib import Path

MOBILE = "13912345678"
HOST, USER, FOLDER = "amt-pc-4711", "zhangsan4711", "geheim4711"
# figures that stand nowhere else: of disabled people, of few people, in a broken cell
DISABLED, BROKEN, NOTE = "70117", "broken70118", "note70119"
PEOPLE = {"V00": 7, "V01": 40, "V02": 4, "V03": 8, "V04": 160, "V05": 32, "V06": 64}


def made(folder: Path) -> Path:
    """The small study, with whatever an office may have left in its cells."""
    villages = {
        one: (letter, PEOPLE.get(one, 128))
        for one, (letter, _) in small_study.VILLAGES.items()
    }
    small_study.write(folder, villages=villages)
    table = pd.read_csv(folder / "villages.csv", dtype=str)
    table["disabled"] = [DISABLED, *["0"] * (len(table) - 1)]
    # a cell that is no number, a place that is none, a row that is there twice
    extra = table.iloc[[1, 2, 2]].assign(id=["V90", "V91", "V91"])
    extra["people"] = [BROKEN, "12", "12"]
    extra["longitude"] = ["", BROKEN, BROKEN]
    pd.concat([table, extra]).to_csv(folder / "villages.csv", index=False)
    points = pd.read_csv(folder / "points.csv", dtype=str)
    points["phone"] = f"{MOBILE}\x08"
    points["address"] = f"ask {MOBILE}"
    points["form"] = "agent"
    odd = points.iloc[[0]].assign(id="P9", tier=BROKEN, status=f"{NOTE} {MOBILE}")
    pd.concat([points, odd]).to_csv(folder / "points.csv", index=False)
    toml = folder / "servicemap.toml"
    text = toml.read_text(encoding="utf-8")
    for name in ("villages.csv", "points.csv"):
        text = text.replace(f'"{name}"', f'"{(folder / name).as_posix()}"')
    toml.write_text(text, encoding="utf-8")
    return folder


def contents(file: Path) -> bytes:
    """Everything in a file as it can be read by anybody: unzipped, decoded, listed."""
    data = file.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(
                name.encode() + b"\n" + archive.read(name) for name in archive.namelist()
            )
    if file.suffix == ".parquet":
        return pd.read_parquet(file).to_csv().encode()
    if file.suffix == ".pdf":
        reader = pypdf.PdfReader(io.BytesIO(data))
        texts = [page.extract_text() for page in reader.pages]
        return data + "\n".join([*texts, str(reader.metadata)]).encode()
    if file.suffix == ".gpkg":
        with sqlite3.connect(file) as database:
            lines = "\n".join(database.iterdump())
        database.close()
        return data + lines.encode("utf-8", "replace")
    return data


@pytest.fixture(scope="module")
def read(runs: dict[str, Path]) -> dict[str, dict[str, bytes]]:
    """What stands in each file of both runs."""
    return {
        audience: {one.name: contents(one) for one in folder.rglob("*") if one.is_file()}
        for audience, folder in runs.items()
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of an internal and of a public run, with papers, maps and exports."""
    base = tmp_path_factory.mktemp("public")
    patch = pytest.MonkeyPatch()
    patch.setenv("SERVICEMAP_CACHE", str(base / "cache"))
    patch.setattr(socket, "gethostname", lambda: HOST)
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        patch.setenv(name, USER)
    folder = made(base / FOLDER / USER)
    toml = folder / "servicemap.toml"
    text = toml.read_text(encoding="utf-8")
    found = {}
    for audience in ("internal", "public"):
        toml.write_text(f'{text}\n[outputs]\naudience = "{audience}"\n', encoding="utf-8")
        result, out = run(study.read(folder)), base / audience
        figures = summary(result)
        write(result, out)
        write_exports(result, figures, out, kinds=("geojson", "parquet", "shp"))
        write_report(result, figures, out)
        write_print_maps(
            result,
            figures,
            out,
            question_id="headline",
            kinds=("pdf", "svg"),
            slide=True,
            with_atlas=True,
        )
        found[audience] = out
    patch.undo()
    return found


def holding(files: dict[str, bytes], needle: str) -> set[str]:
    """Names of the files in which a text stands, in any of the usual encodings."""
    forms = {needle.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")}
    return {name for name, data in files.items() if any(form in data for form in forms)}


@pytest.mark.parametrize("needle", [MOBILE, HOST, USER, FOLDER, DISABLED, BROKEN, NOTE])
def test_no_file_of_a_public_run_holds_it(
    read: dict[str, dict[str, bytes]], needle: str
) -> None:
    """Numbers of persons, cells, folders, names of computer and user: nowhere.

    The internal run shows that the search finds them where they are.
    """
    assert holding(read["internal"], needle)
    assert holding(read["public"], needle) == set()


def test_a_public_run_writes_the_same_files(runs: dict[str, Path]) -> None:
    """What is for the public is not less, only without what is personal."""
    names = {
        audience: sorted(file.name for file in folder.rglob("*"))
        for audience, folder in runs.items()
    }
    assert names["public"] == names["internal"]
    assert len(names["public"]) > 20


def test_small_counts_are_in_no_table_of_a_public_run(runs: dict[str, Path]) -> None:
    """Seven, four and eight people of a village are told to nobody."""
    table = pd.read_csv(runs["public"] / "villages.csv", dtype=str)
    small = pd.to_numeric(table["n_people"]).dropna()
    assert not small.between(1, 9).any()
    internal = pd.read_csv(runs["internal"] / "villages.csv", dtype=str)
    assert pd.to_numeric(internal["n_people"]).dropna().between(1, 9).any()

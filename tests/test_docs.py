"""The documentation keeps up with the code."""

import csv
import dataclasses
import importlib.util
import json
import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from typer.main import get_command

from servicemap import study, table_columns, tables
from servicemap.cli import app
from servicemap.intake import homes, synonyms
from servicemap.outputs.summary import summary
from servicemap.outputs.tables_csv import VILLAGE_COLUMNS
from servicemap.outputs.workbook_tables import sheets
from servicemap.outputs.write import write
from servicemap.roads import profile_files, profiles
from servicemap.words import table as words
from small_result import small_result

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("data/*.md"),
        *ROOT.glob("data/*/*.md"),
        *ROOT.glob("maps/*.md"),
        *ROOT.glob("src/servicemap/**/*.md"),
    }
)
GROUPS = {
    name: command
    for name, command in get_command(app).commands.items()
    if hasattr(command, "commands")
}
COMMANDS = {
    name: command
    for name, command in get_command(app).commands.items()
    if name not in GROUPS
} | {
    f"{group} {name}": command
    for group, its in GROUPS.items()
    for name, command in its.commands.items()
}
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def text(name):
    """One page."""
    return (ROOT / name).read_text(encoding="utf-8")


def section(page, heading):
    """What stands under a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    content = text(page)
    assert f"\n{heading}\n" in content, f"{page} has no heading {heading!r}"
    after = content.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"\n#{{1,{level}}} ", after, maxsplit=1)[0]


def rows(part):
    """Rows of the Markdown tables of a part, as cells, by the plain text of the first."""
    lines = part.splitlines()
    rules = {number for number, line in enumerate(lines) if line.startswith("| ---")}
    found = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for number, line in enumerate(lines)
        if line.startswith("| ") and not {number, number + 1} & rules
    ]
    return {cells[0].strip("`"): cells for cells in found}


def anchors(page):
    """Names that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", text(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in titles}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The files of a run of the small county, in English."""
    folder = tmp_path_factory.mktemp("run")
    write(small_result("en"), folder)
    return folder


def test_the_page_of_the_command_line_is_what_the_program_says():
    """`make docs` was run after the last change of a command."""
    spec = importlib.util.spec_from_file_location("make_cli", ROOT / "docs" / "make_cli.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert text("docs/cli.md") == made.page()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_option_is_documented_with_an_example(command):
    """A command's help shows how it is called, and names every option."""
    part = section("docs/cli.md", f"## `servicemap {command}`")
    assert "Example:" in part
    for option in COMMANDS[command].params:
        for name in option.opts:
            assert name in part, f"{command} {name}"


@pytest.mark.parametrize("table", sorted(table_columns.TABLES))
def test_every_column_of_a_table_is_documented(table):
    """Its type, whether it may be missing, the values it may have, what it means."""
    listed = rows(section("docs/data.md", f"### Table `{table}`"))
    for column in table_columns.TABLES[table].columns:
        assert column.name in listed, column.name
        _, kind, missing, values, meaning, chinese = listed[column.name]
        assert (kind, missing) == (column.kind, "yes" if column.optional else "no")
        assert meaning or chinese, column.name
        if column.values == table_columns.REASONS:
            assert values.startswith("a reason"), column.name
        else:
            assert ", ".join(column.values) in values, column.name
    assert list(listed) == table_columns.TABLES[table].names


def _spelled(default):
    """A default as the toml has it; empty where a setting has none."""
    if default is dataclasses.MISSING or default in (None, ()):
        return ""
    return re.sub(r"\.0\b", "", f"`{json.dumps(default)}`")


@pytest.mark.parametrize("name", sorted(study.settings()))
def test_every_setting_is_documented_with_its_default(name):
    """A section per table of the toml, a row per setting."""
    repeated = {"question": study.Question, "tiles": study.Tiles}
    head = f"#### `[[{name}]]`" if name in repeated else f"#### `[{name}]`"
    listed = rows(section("docs/data.md", head))
    owner = repeated[name] if name in repeated else study.SECTIONS[name][1]
    defaults = {one.name: one.default for one in dataclasses.fields(owner)}
    for setting in study.settings()[name]:
        assert setting in listed, setting
        _, kind, default, meaning = listed[setting]
        assert kind
        assert meaning
        if setting in defaults:
            assert default == _spelled(defaults[setting]), setting


def test_the_example_of_a_study_and_of_a_profile_can_be_read(tmp_path):
    """Whoever copies them from the page gets no error, and sees every section."""
    whole, own = re.findall(r"```toml\n(.*?)```", text("docs/data.md"), re.DOTALL)
    (tmp_path / "servicemap.toml").write_text(whole, encoding="utf-8")
    (tmp_path / "modes.toml").write_text(own, encoding="utf-8")
    assert {*study.settings()} == {*tomllib.loads(whole)} - {"scenario"}
    read = study.read(tmp_path)
    assert len(read.questions) == 2
    profiles.load([*read.modes, *tomllib.loads(own)], tmp_path / "modes.toml")


def test_every_reason_and_origin_of_coordinates_is_explained():
    """In English, and in the words that the outputs use in Chinese."""
    listed = rows(section("docs/data.md", "### Reasons"))
    for reason in table_columns.REASONS:
        assert listed[reason][1] == words("zh")[f"terms.reason.{reason}"]
        undetermined = reason in table_columns.UNDETERMINED_REASONS
        assert ("*undetermined*" in listed[reason][2]) == undetermined, reason
    for name in (*table_columns.LOCATED_BY, *table_columns.DATUMS):
        assert f"`{name}`" in section("docs/data.md", "## Tables"), name


def test_every_file_of_a_run_is_documented(written):
    """A heading and a row each."""
    listed = rows(section("docs/data.md", "## The files of a run"))
    for file in written.iterdir():
        assert file.name in listed
        assert section("docs/data.md", f"### `{file.name}`")


def test_every_column_of_the_csv_files_is_documented(written):
    """As it stands in their first line."""
    for name in ("villages.csv", "problems.csv"):
        with (written / name).open(encoding="utf-8-sig", newline="") as file:
            for column in next(csv.reader(file)):
                assert f"`{column}`" in section("docs/data.md", f"### `{name}`"), column


def _keys(value, names):
    """Keys of JSON, less those that are data (modes, tiers, kinds, reasons)."""
    for key, one in value.items():
        if key not in names:
            yield key
        parts = one if isinstance(one, list) else [one]
        for part in parts:
            if isinstance(part, dict):
                yield from _keys(part, names)


def test_every_key_of_the_json_files_is_documented(written):
    """Keys that are data are not asked for."""
    result = small_result("en")
    data = {
        *result.study.modes,
        *table_columns.TIERS,
        *table_columns.REASONS,
        *result.problems["kind"],
    }
    data |= {*result.network["walk"]["km_by_class"], *result.network["walk"]["dropped"]}
    data |= {"people", "elderly"}
    for name in ("summary.json", "provenance.json"):
        content = json.loads((written / name).read_text(encoding="utf-8"))
        versions = set(content.get("versions", ()))
        if name == "provenance.json":
            del content["inputs"]  # as in summary.json
        part = section("docs/data.md", f"### `{name}`")
        for key in _keys(content, data | versions):
            assert f"`{key}`" in part, f"{name}: {key}"


def test_every_layer_and_column_of_the_geopackage_is_documented(written):
    """Columns by name, or by the table whose columns a layer has."""
    listed = rows(section("docs/data.md", "### `coverage.gpkg`"))
    own = {"fid", "geom", *tables.people_groups(small_result("en").demand)}
    with closing(sqlite3.connect(written / "coverage.gpkg")) as base:
        layers = base.execute("SELECT table_name FROM gpkg_contents").fetchall()
        for (layer,) in layers:
            if layer == "layer_styles":
                continue
            row = listed[re.sub(r"_(walk|drive)", "_<mode>", layer)]
            said = set(re.findall(r"`(\w+)`", row[2]))
            for table in re.findall(r"the table `(\w+)`", row[2]):
                said |= set(table_columns.TABLES[table].names)
            if "`villages.csv`" in row[2]:
                said |= set(VILLAGE_COLUMNS)
            for _, column, *_ in base.execute(f"PRAGMA table_info({layer})"):
                plain = column.removeprefix("people_").removeprefix("villages_")
                assert {plain, column} & (said | own), f"{layer}: {column}"


def test_every_sheet_and_heading_of_the_workbook_is_documented():
    """English headings, and the sheets' names in both languages."""
    part = section("docs/data.md", "### `workbook.xlsx`")
    names = {language: [] for language in ("en", "zh")}
    for language, found in names.items():
        result = small_result(language)
        for sheet in sheets(result, summary(result)):
            found.append(sheet.name)
            asked = [field.title for field in sheet.fields if " min " not in field.title]
            asked = [re.sub(r", of \d+$", ", of N", one) for one in asked]
            asked = [one.removeprefix("Items: ") for one in asked]
            if language == "en":
                assert [one for one in asked if one not in part] == []
    listed = rows(part)
    for english, chinese in zip(names["en"], names["zh"], strict=True):
        assert listed[english][1] == chinese


def test_every_header_and_word_that_is_recognised_is_documented():
    """With all its names in both languages."""
    titles = {
        "facilities": "Service points",
        "villages": "Villages",
        "townships": "Townships",
        "people": "People",
        "changes": "Changed villages",
        "hamlets": "Hamlets",
        "homesteads": "Homesteads",
        "grid": "Population grid",
        "items": "Items",
        "templates": "Templates of services",
        "exceptions": "Exceptions",
        "holidays": "Holidays",
        "points": "Points of `matrix` and `isochrones`",
    }
    content = tomllib.loads(
        (Path(synonyms.__file__).parent / "synonyms.toml").read_text(encoding="utf-8")
    )
    assert set(content["tables"]) == set(titles)
    for table, title in titles.items():
        listed = rows(section("docs/data.md", f"#### {title}"))
        for column, names in synonyms.headers(table).items():
            assert listed[column][1:] == ["; ".join(names["en"]), "、".join(names["zh"])]
    part = section("docs/data.md", "### Words in cells")
    for column, values in content["values"].items():
        for value, names in values.items():
            both = f"{'; '.join(names['en'])} | {'、'.join(names['zh'])}"
            assert f"| `{column}` | {value} | {both} |" in part, f"{column} {value}"


def test_what_is_no_home_is_documented():
    """People are spread by these lists."""
    part = section("docs/data.md", "### People")
    for head, names in (
        ("Building values that are not homes: ", homes.NOT_HOMES),
        ("Uses that are not homes: ", homes.NOT_HOME_USES),
    ):
        said = part.split(head, 1)[1].split(".", 1)[0]
        assert set(said.split(", ")) == names


def test_every_mode_is_in_the_method_with_its_top_speed():
    """A mode's speed has its source."""
    listed = rows(section("docs/method.md", "## Profiles"))
    for mode, profile in profiles.load(profile_files.known({})).items():
        assert listed[mode][2] == f"{profile.max_kph:g} km/h"
        assert listed[mode][3]


def test_terms_are_those_of_the_chinese_outputs():
    """One word for one thing, on screen and on paper."""
    page = text("docs/glossary.md")
    kinds = ("status", "severity", "tier", "form", "point_status")
    for key, word in words("zh").items():
        if key.startswith(tuple(f"terms.{kind}." for kind in kinds)):
            # long forms of the tiers: the glossary has the place and the kind of point
            short = re.sub(r"政务服务中心$|便民服务[中站][心]?$", "", word)
            assert short in page, key


def test_the_commands_of_the_readme_exist():
    """What a stranger types works: targets of the Makefile, commands of the program."""
    readme, makefile = text("README.md"), text("Makefile")
    targets = set(re.findall(r"^\$ make (\w+)", readme, re.MULTILINE))
    named = set(re.findall(r"[$`] ?servicemap (\w+) ", readme))
    assert targets
    assert named
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert named <= {*COMMANDS, *GROUPS}
    called = "|".join(sorted(COMMANDS, key=len, reverse=True))
    for name, rest in re.findall(rf"servicemap ({called}|\w+)([^\n`]*)", readme):
        params = COMMANDS[name].params if name in COMMANDS else []
        known = {option for one in params for option in one.opts}
        assert set(re.findall(r"--[\w-]+", rest)) <= known, f"{name}{rest}"


def test_the_list_of_the_house_names_every_part():
    """A newcomer finds each module, or its folder, in the package's README."""
    page = text("src/servicemap/README.md")
    for part in (ROOT / "src" / "servicemap").iterdir():
        is_module = part.suffix == ".py" or (part / "__init__.py").is_file()
        if is_module and not part.name.startswith("__"):
            assert re.search(rf"\b{part.stem}\b", page), part.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere_and_no_page_names_a_machine(page):
    """Links inside the repository, headings included; no paths, no registries."""
    content = FENCED.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", content):
        if target.startswith(("http://", "https://")):
            continue
        file, _, heading = target.partition("#")
        there = page.parent / file if file else page
        assert there.exists(), target
        if heading:
            assert heading in anchors(there), target
    whole = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(work|tmp|root|home|usr)/", whole)
    assert not re.search(r"index-url|pypi\.|npmjs|/simple/|registry\.", whole)

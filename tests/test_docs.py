"""The documentation keeps up with the code."""

import importlib.util
import re
from pathlib import Path

import pytest
from typer.main import get_command

from servicemap import study, tables
from servicemap.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("data/**/*.md"),
        *ROOT.glob("maps/*.md"),
    ]
)


def text(name):
    """One page."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_page_of_the_command_line_is_what_the_program_says():
    """`make docs` was run after the last change of a command."""
    spec = importlib.util.spec_from_file_location("make_cli", ROOT / "docs" / "make_cli.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert text("docs/cli.md") == made.page()


@pytest.mark.parametrize("command", sorted(get_command(app).commands))
def test_every_command_is_documented_with_an_example(command):
    """A command's help shows how it is called."""
    assert f"## `servicemap {command}`" in text("docs/cli.md")
    assert "Example:" in get_command(app).commands[command].help


@pytest.mark.parametrize("table", sorted(tables.TABLES))
def test_every_table_and_column_is_documented(table):
    """A section per table, a row per column."""
    section = text("docs/data.md").split(f"### Table `{table}`", 1)[1].split("\n### ", 1)[0]
    for column in tables.TABLES[table].names:
        assert re.search(rf"^\| \*?`{column}`", section, re.MULTILINE), column


@pytest.mark.parametrize("section", sorted(study.settings()))
def test_every_setting_is_documented(section):
    """A section per table of the toml, a row per setting."""
    head = f"[[{section}]]" if section == "question" else f"[{section}]"
    part = text("docs/data.md").split(f"### `{head}`", 1)[1].split("\n### ", 1)[0]
    for setting in study.settings()[section]:
        assert f"| `{setting}` |" in part, setting


def test_every_reason_and_every_file_of_a_run_is_documented():
    """Words that stand in results are explained."""
    page = text("docs/data.md")
    for reason in tables.REASONS:
        assert f"`{reason}`" in page, reason
    for name in ("map.html", "coverage.gpkg", "villages.csv", "workbook.xlsx"):
        assert f"`{name}`" in page
    for name in ("summary.json", "problems.csv", "provenance.json"):
        assert f"### `{name}`" in page


def test_every_mode_is_in_the_method():
    """A mode's speed has its source."""
    from servicemap.roads.profile_files import known

    for mode in known({}):
        assert f"`{mode}`" in text("docs/method.md"), mode


def test_the_commands_of_the_readme_exist():
    """What a stranger types works: targets of the Makefile, commands of the program."""
    readme, makefile = text("README.md"), text("Makefile")
    for target in set(re.findall(r"^\$ make (\w+)", readme, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    named = set(re.findall(r"servicemap (\w+) ", readme)) & set(
        re.findall(r"^\$ servicemap (\w+)", readme, re.MULTILINE)
    )
    assert named
    assert named <= set(get_command(app).commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_points_nowhere_and_no_page_names_a_machine(page):
    """Relative links lead to files; paths of a machine stand nowhere."""
    content = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", content):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target
    assert not re.search(r"(?<![\w.])/(work|tmp|root|home)/", content)

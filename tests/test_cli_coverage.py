"""``servicemap coverage`` and ``gaps`` over the files of a finished run."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from servicemap.cli import app
from servicemap.cli.coverage import _mode
from servicemap.errors import InputError
from servicemap.outputs.write import write
from small_result import small_result

RUN = CliRunner()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same run, made in each language."""
    folders = {one: tmp_path_factory.mktemp("run") / one for one in ("en", "zh")}
    for one, folder in folders.items():
        write(small_result(one), folder)
    return folders


@pytest.fixture(scope="module")
def run(runs):
    return runs["en"]


def ask(*arguments):
    found = RUN.invoke(app, [str(one) for one in arguments])
    assert found.exit_code == 0, found.output
    return found


OWN_WORDS = ("of_what", "change", "reason_text", "remedy_text", "status_text", "tier_text")


@pytest.mark.parametrize(("made_in", "asked_in"), [("zh", "en"), ("en", "zh")])
@pytest.mark.parametrize(
    "arguments",
    [
        *(("coverage", "--level", one) for one in ("city", "tier", "township")),
        *(("coverage", "--table", one) for one in ("villages", "gaps", "facilities")),
        ("gaps",),
        ("gaps", "--json"),
        ("gaps", "--remedies"),
    ],
)
def test_our_own_words_are_in_the_language_that_is_asked_for(
    runs, made_in, asked_in, arguments
):
    """A run made in the other language is told as one made in this."""
    command, *more = arguments

    def words(made_in, *options):
        found = ask(command, runs[made_in], *more, *options)
        rows = json.loads(found.stdout) if "--json" in more else table(found)
        columns = [one for one in OWN_WORDS if one in rows[0]]
        columns += ["name"] if "tier" in more else []
        assert columns
        return [[row[one] for one in columns] for row in rows], found.stderr

    asked = words(made_in, "--language", asked_in)
    assert asked == words(asked_in)
    assert asked != words(made_in)


def _figures(run):
    return json.loads((run / "summary.json").read_text("utf-8"))


def table(found):
    return list(csv.DictReader(io.StringIO(found.stdout)))


def test_the_headline_comes_first_and_every_share_says_of_what(run):
    """Every meaning of coverage in words, with the figures of summary.json."""
    rows = table(ask("coverage", run))
    figures = json.loads((run / "summary.json").read_text("utf-8"))["coverage"]
    assert [row["question_id"] for row in rows[:2]] == ["headline", "headline"]
    own = [row for row in rows if row["question_id"] == "headline"]
    said = [(row["meaning"], row["group"], row["of_what"]) for row in own]
    assert said == [
        ("villages_with_station", "people", "villages with a station of their own"),
        ("villages", "people", "villages within reach"),
        ("people", "people", "people within reach"),
        ("people", "elderly", "people within reach"),
    ]
    assert float(own[1]["percent"]) == figures[0]["villages"]["percent"]
    assert float(own[2]["percent"]) == figures[0]["people"]["percent"]
    first = [row for row in rows if row["question_id"] == "elderly"][1:3]
    assert {row["group"] for row in first} == {"elderly"}


def test_each_group_stands_beside_the_mode_in_which_it_travels(run):
    entry = {"mode": "walk", "group": "elderly"}
    question = {"mode": {"default": "ebike", "elderly": "walk"}, "standard": []}
    assert _mode(question, "elderly", entry) == "walk"
    assert _mode(question, "people", entry) == "ebike"
    ruled = question | {"standard": [{"mode": None}, {"mode": "drive"}]}
    assert _mode(ruled, "people", entry) == "ebike+drive"
    rows = table(ask("coverage", run, "--question", "elderly"))
    asked = {one["id"]: one for one in _figures(run)["study"]["questions"]}
    modes = asked["elderly"]["mode"]
    for row in rows:
        own = modes if isinstance(modes, str) else modes.get(row["group"], modes["default"])
        assert row["mode"] == own


def test_tiers_and_kinds_of_area_are_levels_of_their_own(run):
    """What one tier covers alone; townships have a rank by people."""
    tiers = table(ask("coverage", run, "--level", "tier", "--question", "headline"))
    assert {row["id"] for row in tiers} == {"city", "township", "village", "bank", "kiosk"}
    assert all(row["name"] and row["of_what"] for row in tiers)
    areas = table(ask("coverage", run, "--level", "area_type"))
    assert {row["level"] for row in areas} == {"area_type"}
    ranked = table(ask("coverage", run, "--level", "township", "--question", "headline"))
    ranks = {row["meaning"] for row in ranked if row["rank"]}
    assert ranks == {"people"}


def test_townships_villages_and_tables_of_the_annex(run):
    """One question of them, or all."""
    rows = table(ask("coverage", run, "--level", "township", "--question", "by_car"))
    assert {row["question_id"] for row in rows} == {"by_car"}
    assert sum(int(row["total"]) for row in rows if row["meaning"] == "villages") == 8
    villages = table(ask("coverage", run, "--level", "village", "--question", "headline"))
    assert len(villages) == 8
    assert all(row["village"] for row in villages)
    depth = table(ask("coverage", run, "--table", "depth"))
    assert {row["n_within"] for row in depth} == {"0", "1", "2", "3"}


def test_gaps_are_ranked_and_can_be_picked(run):
    """By reason and group of neighbours; JSON has the same rows."""
    rows = table(ask("gaps", run, "--question", "headline"))
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    reason = rows[0]["reason"]
    picked = json.loads(ask("gaps", run, "--reason", reason, "--json").stdout)
    assert {row["reason"] for row in picked} == {reason}
    assert "geom" not in picked[0]


def test_gaps_can_be_ranked_by_depth(run):
    """Who has no known way comes first, then most minutes beyond; ties by people, id."""
    rows = table(ask("gaps", run, "--question", "headline", "--by", "depth"))
    own = [row for row in rows if row["status"] == "uncovered"]
    beyond = [float(row["minutes_beyond"] or "inf") for row in own]
    assert beyond == sorted(beyond, reverse=True)
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    other = table(ask("gaps", run, "--question", "headline"))
    assert {row["village_id"] for row in rows} == {row["village_id"] for row in other}


def test_remedies_say_what_would_help_where_and_whom(run):
    """Each change by itself and in greedy steps; no reason goes with them."""
    rows = table(ask("gaps", run, "--remedies", "--question", "headline"))
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["change"] and row["name"] and row["n_people"] for row in rows)
    steps = [row for row in rows if row["step"]]
    assert {row["step"] for row in steps} == {str(n + 1) for n in range(len(steps))}
    odd = RUN.invoke(app, ["gaps", str(run), "--remedies", "--reason", "closed"])
    assert isinstance(odd.exception, InputError)


def test_minutes_have_three_decimals_as_in_villages_csv(run):
    """Not the sixteen of a division by sixty."""
    rows = [*table(ask("gaps", run)), *table(ask("coverage", run, "--table", "coverage"))]
    beyond = [row["minutes_beyond"] for row in rows if row["minutes_beyond"]]
    assert beyond
    assert all(len(one.partition(".")[2]) <= 3 for one in beyond)


def test_a_file_is_written_once_and_replaced_on_demand(run, tmp_path):
    """UTF-8 with BOM, so that Excel and WPS read it right."""
    out = tmp_path / "gaps.csv"
    ask("gaps", run, "--out", out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    refused = RUN.invoke(app, ["gaps", str(run), "--out", str(out)])
    assert refused.exit_code != 0
    ask("gaps", run, "--out", out, "--overwrite")


@pytest.mark.parametrize(
    "arguments",
    [
        ["coverage", "{run}", "--level", "county"],
        ["coverage", "{run}", "--question", "none"],
        ["coverage", "{run}", "--table", "none"],
        ["gaps", "{run}", "--reason", "far"],
        ["gaps", "{run}/nowhere"],
    ],
)
def test_what_is_not_there_is_told(run, arguments):
    """With what there is."""
    found = RUN.invoke(app, [one.format(run=run) for one in arguments])
    assert found.exit_code != 0
    assert found.exception.kind in ("value", "no_run")

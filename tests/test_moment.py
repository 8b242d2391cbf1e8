"""Conditions of roads are judged at the moment of the study."""

from __future__ import annotations

import datetime as dt

import pytest

from servicemap import preparation, study
from servicemap.errors import InputError
from servicemap.study import Question, Roads, Study, Travel

TUESDAY_8, TUESDAY_12 = "2026-12-01 08:00", "2026-12-01 12:00"
ART = """
         N----F
         |    |
    W----J----E
    """


def asked_about(made, when: str | None, question: str = "any opening hour") -> Study:
    return Study(
        folder=made.path.parent,
        roads=Roads(source=made.path.name),
        travel=Travel(modes=("drive",), when=when),
        questions=(Question("headline", mode="drive", when=question),),
    )


@pytest.mark.parametrize(
    ("when", "question", "moment"),
    [
        (None, "any opening hour", None),
        (None, "share of week", None),
        (None, TUESDAY_8, dt.datetime.fromisoformat(TUESDAY_8)),
        (TUESDAY_12, TUESDAY_8, dt.datetime.fromisoformat(TUESDAY_12)),
        (TUESDAY_12, "any opening hour", dt.datetime.fromisoformat(TUESDAY_12)),
    ],
)  # fmt: skip
def test_the_moment_is_that_of_travel_else_of_the_headline(
    world, when, question, moment
) -> None:
    assert asked_about(world("A----B"), when, question).moment == moment


def test_a_moment_that_is_none_is_a_finding(tmp_path) -> None:
    file = tmp_path / "servicemap.toml"
    for text in ("tomorrow", "2026-12-01T08:00+08:00"):
        file.write_text(f'[travel]\nwhen = "{text}"\n', encoding="utf-8")
        with pytest.raises(InputError, match=r"travel\.when"):
            study.read(file)


@pytest.mark.parametrize(
    ("ways", "turns"),
    [
        ({"JN": {"motor_vehicle:conditional": "no @ (Mo-Fr 07:00-09:00)"}}, ()),
        ({"JN": {"oneway:conditional": "-1 @ (Mo-Fr 07:00-09:00)"}}, ()),
        ({"JN": {"maxspeed:conditional": "5 @ (Mo-Fr 07:00-09:00)"}}, ()),
        (
            {},
            [("", "WJ", "J", "JN",
              {"restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"})],
        ),
    ],
)  # fmt: skip
def test_conditions_hold_when_they_hold(world, own_cache, ways, turns) -> None:
    made = world(ART, ways=ways, turns=turns)
    took = {}
    for when in (TUESDAY_8, TUESDAY_12, None):
        asked = asked_about(made, when)
        network = preparation.networks(asked, made.path)["drive"]
        assert network.report.get("when") == when
        made.made["drive"] = network
        took[when] = made.ms("drive", "W", "N")
    assert took[TUESDAY_8] > 1.3 * took[TUESDAY_12]
    assert took[None] == took[TUESDAY_12]

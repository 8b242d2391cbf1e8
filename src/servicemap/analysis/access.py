"""How much of the points' capacity is left for people: catchments of each question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.analysis.catchment import Decay, of_pairs, within, zones
from servicemap.analysis.places import total
from servicemap.analysis.times import UNDETERMINED

if TYPE_CHECKING:
    from servicemap.analysis.answers import Answers
    from servicemap.analysis.places import Flags, Numbers, Positions
    from servicemap.question import Question

# Luo and Qi's weights for zones of 10 minutes, here for thirds of the cutoff
ZONE_WEIGHTS = (1.0, 0.68, 0.22)
PER = 1_000.0


def access(answers: Answers) -> pd.DataFrame:
    """Windows per 1,000 people in reach, for villages, townships and the city.

    Supply are the windows of the points that count; where no point has a
    figure, every point is one. A place's figure is the mean over its
    determined people.

    Returns
    -------
    DataFrame
        Table ``access``, by the plain (``2sfca``) and the zoned method
        (``e2sfca``); missing without people figures.
    """
    parts = []
    for question in answers.study.questions:
        if question.standard:
            continue  # a catchment has one cutoff
        minutes = question.minutes or 0.0
        thirds = [minutes / 3, minutes * 2 / 3, minutes]
        methods = {
            "2sfca": within(minutes),
            "e2sfca": zones(list(zip(thirds, ZONE_WEIGHTS, strict=True))),
        }
        for method, decay in methods.items():
            parts.append(_of_question(answers, question, decay).assign(method=method))
    if not parts:
        return tables.empty("access")
    return tables.check(pd.concat(parts, ignore_index=True), "access")


def _of_question(answers: Answers, question: Question, decay: Decay) -> pd.DataFrame:
    answer = answers.reach(question, question.people)
    world = answers.places
    people = answers.figures[question.people].people
    people = np.where(answer.status == UNDETERMINED, 0.0, people)
    windows = answers.facilities["windows"].to_numpy(dtype="float64", na_value=np.nan)
    counting = answers.conditions(question).of_points(question.handlings)
    has_windows = bool((counting & np.isfinite(windows)).any())
    offer = np.nan_to_num(windows) if has_windows else np.ones(len(windows))
    demand, facility, time_ms = answer.within
    per_person = of_pairs((demand, facility), decay(time_ms), people, offer)
    in_township = world.township_of[world.village_of]
    everybody = np.zeros(len(people), dtype="int64")
    parts = []
    for level, ids, of in (
        ("village", world.village_id, world.village_of),
        ("township", world.township_id, in_township),
        ("city", pd.Index(["city"]), everybody),
    ):
        mean = _mean(per_person, people, of, len(ids))
        parts.append(
            pd.DataFrame({"level": level, "id": ids, "supply_per_1000": mean * PER})
        )
    supply = "windows" if has_windows else "points"
    return pd.concat(parts).assign(question_id=question.id, supply=supply)


def _mean(values: Numbers, people: Numbers, of: Positions, size: int) -> Numbers:
    whole = total(people, of, size)
    has_people: Flags = whole > 0
    part = total(values * people, of, size)
    return np.asarray(np.divide(part, whole, out=np.full(size, np.nan), where=has_people))

"""What the values of the tables are called in the language of the study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.question import ANY_HOUR, SHARE_OF_WEEK
from servicemap.words import say, table

if TYPE_CHECKING:
    from servicemap.study import Language, Question, Study


def term(kind: str, value: Any, language: Language) -> str:
    """One value in words; a value without a word (a people group, say) stands for itself.

    Parameters
    ----------
    kind
        Which vocabulary: ``tier``, ``form``, ``reason``, ``status``, ``mode``, ...
    value
        A value of a table; missing gives ``""``.
    language
        Of the outputs.
    """
    if pd.isna(value):
        return ""
    word = str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
    return table(language).get(f"terms.{kind}.{word}", word)


def terms(kind: str, values: pd.Series, language: Language) -> list[str]:
    """A column in words; each value is looked up once, however long the column is."""
    words = {value: term(kind, value, language) for value in values.dropna().unique()}
    return ["" if pd.isna(value) else words[value] for value in values]


def minutes_text(minutes: float) -> str:
    """Write a cutoff as people do: 15, 7.5."""
    return f"{minutes:g}"


def modes_text(modes: str, language: Language) -> str:
    """Put one mode, or several with a plus between them, in words."""
    comma = say("outputs.comma", language)
    return comma.join(term("mode", mode, language) for mode in modes.split("+"))


def limit_text(question: Question, language: Language, group: str | None = None) -> str:
    """Say how long it may take and how one travels: minutes, or the norm that rules."""
    modes = "+".join(question.modes_of(question.people if group is None else group))
    mode = modes_text(modes, language)
    if question.preset is not None:
        norm = term("preset", question.preset, language)
        return say("outputs.question.preset", language, norm=norm)
    if question.minutes is None:
        return say("outputs.question.rules", language, mode=mode)
    minutes = minutes_text(question.minutes)
    return say("outputs.question.minutes", language, minutes=minutes, mode=mode)


def question_text(question: Question, language: Language) -> str:
    """One question in a few words: minutes, mode, and what differs from the plain one."""
    what = limit_text(question, language)
    group = term("group", question.people, language)
    what = say("outputs.question.group", language, what=what, group=group)
    return with_conditions(what, question, language)


def with_conditions(what: str, question: Question, language: Language) -> str:
    """Add which points count, for what and when, as far as it is not the plain case."""
    comma = say("outputs.comma", language)

    def listed(kind: str, values: tuple[str, ...]) -> str:
        return comma.join(term(kind, value, language) for value in values)

    parts = {
        "items": comma.join(question.names),
        "handling": listed("handling", question.handlings),
        "status": listed("point_status", question.points_of("status")),
        "tier": listed("tier", question.points_of("tier")),
        "without": comma.join(
            (*question.points_of("without_partner"), *question.points_of("without"))
        ),
        "when": "" if question.when == ANY_HOUR else term("when", question.when, language),
    }
    for key, value in parts.items():
        if value:
            what = say(f"outputs.question.{key}", language, what=what, **{key: value})
    if not question.appointment:
        what = say("outputs.question.no_appointment", language, what=what)
    return what


def conditions_text(question: Question, language: Language) -> str:
    """Which points count, for what and when; of the plain question nothing."""
    if question.when == SHARE_OF_WEEK:  # its rate is that of any hour
        question = replace(question, when=ANY_HOUR)
    return with_conditions("", question, language).lstrip("；; ")


def mark_text(study: Study) -> str:
    """What every sheet and screen says of its audience and review number.

    Internal ones are marked so. A public map in Chinese without a review number says
    that it lacks it.
    """
    outputs, language = study.outputs, study.language
    if outputs.audience == "internal":
        return say("outputs.mark.internal", language)
    if outputs.review_number:
        return say("outputs.mark.review", language, number=outputs.review_number)
    return say("outputs.mark.review_open", language) if language == "zh" else ""

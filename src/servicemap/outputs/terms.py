"""What the values of the tables are called in the language of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.words import say, table

if TYPE_CHECKING:
    from servicemap.study import Language, Question


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


def question_text(question: Question, language: Language) -> str:
    """One question in a few words: minutes, mode, and what differs from the plain one."""
    mode = term("mode", question.mode_of(question.people), language)
    if question.minutes is None:
        what = say("outputs.question.rules", language, mode=mode)
    else:
        minutes = minutes_text(question.minutes)
        what = say("outputs.question.minutes", language, minutes=minutes, mode=mode)
    group = term("group", question.people, language)
    what = say("outputs.question.group", language, what=what, group=group)
    if not isinstance(question.items, str):
        items = say("outputs.comma", language).join(question.items)
        what = say("outputs.question.items", language, what=what, items=items)
    if question.when != "any opening hour":
        what = say("outputs.question.when", language, what=what, when=question.when)
    return what

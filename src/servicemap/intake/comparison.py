"""Sources of population side by side: sums per township, held against published totals.

Nothing here becomes demand. Figures of one kind are compared with figures of that kind,
of the same year where both say it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap import tables
from servicemap.errors import Problem
from servicemap.intake.people import ALL
from servicemap.intake.synonyms import header, headers
from servicemap.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from servicemap.errors import Severity

_LEAST = 0.01
_PER_CENT = 100.0
_KEY = ["township_id", "group", "source", "kind", "year"]


@dataclass(frozen=True)
class Compared:
    """What was compared.

    Attributes
    ----------
    sources
        Table ``people_sources``; empty where there is one source only.
    problems
        Differences from published totals.
    """

    sources: pd.DataFrame
    problems: tuple[Problem, ...]


def compared(
    figures: Iterable[pd.DataFrame],
    published: pd.DataFrame,
    *,
    villages: pd.DataFrame,
    townships: pd.DataFrame,
    tolerance_percent: float,
    rough: Iterable[pd.DataFrame] = (),
) -> Compared:
    """Sum up every source by township and hold the sums against published totals.

    Parameters
    ----------
    figures
        Of all sources, columns `people.FIGURES`.
    published
        Totals of townships, the same columns.
    villages, townships
        The checked tables.
    tolerance_percent
        A difference beyond it is a warning, a smaller one a note.
    rough
        Sources that stand in the table and are held against nothing: grids.
    """
    own = _sums(figures, villages)
    beside = _sums(rough, villages)
    names = dict(zip(townships["township_id"], townships["name"], strict=True))
    told = published[published["level"] == "township"].drop_duplicates(
        ["place_id", "group", "kind", "year", "source"]
    )
    listed = told.rename(columns={"place_id": "township_id", "count": "n_people"})
    listed = listed.assign(n_villages=None, published=True)
    both = [
        part[[*_KEY, "n_people", "n_villages", "published"]]
        for part in (own, beside, listed)
    ]
    every = pd.concat([part for part in both if len(part)] or both[:1], ignore_index=True)
    every = every[every["group"] == ALL].drop(columns="group")
    every = every.drop_duplicates(["township_id", "published", "source", "kind", "year"])
    if every[["source", "kind", "year", "published"]].drop_duplicates().shape[0] < 2:  # noqa: PLR2004 - nothing to compare
        every = every.iloc[:0]
    every = every.astype(
        {"n_people": "Int64", "n_villages": "Int64", "published": "boolean"}
    )
    every = every.astype({"year": "Int64"})
    key = ["township_id", "published", "source", "kind", "year"]
    sources = tables.check(tables.in_order(every, key), "people_sources")
    found = _differences(listed, own, names, tolerance_percent)
    return Compared(sources, tuple(found))


def _sums(figures: Iterable[pd.DataFrame], villages: pd.DataFrame) -> pd.DataFrame:
    """Sums by township; a township's own figure stands for the sum of its villages."""
    parts = [part for part in figures if len(part)]
    if not parts:
        return pd.DataFrame(columns=[*_KEY, "n_people", "n_villages", "published"])
    told = pd.concat(parts, ignore_index=True).drop_duplicates(
        ["level", "place_id", "group", "kind", "year", "source"]
    )
    town = dict(zip(villages["village_id"], villages["township_id"], strict=True))
    own = told["place_id"].map(town)
    frame = told.assign(township_id=own.where(told["level"] == "village", told["place_id"]))
    frame = frame[frame["township_id"].notna()]
    rows: list[dict[str, Any]] = []
    for key, part in frame.groupby(_KEY, sort=False, dropna=False):
        whole = part[part["level"] == "township"]
        used = whole if len(whole) else part
        count = pd.NA if len(whole) else part["place_id"].nunique()
        sums = {"n_people": int(used["count"].sum()), "n_villages": count}
        rows.append({**dict(zip(_KEY, key, strict=True)), **sums, "published": False})
    return pd.DataFrame(rows, columns=[*_KEY, "n_people", "n_villages", "published"])


_NO_YEAR = {"en": "", "zh": ""}


def _said(group: str, kind: str, language: str) -> str:
    """What was counted, as the headers of the language name it."""
    of_kind = header("people", kind, language)
    if group == ALL:
        return of_kind
    known = group in headers("people")
    own = header("people", group, language) if known else group
    return f"{own}, {of_kind}" if language == "en" else f"{own}（{of_kind}）"


def _differences(
    published: pd.DataFrame,
    own: pd.DataFrame,
    names: dict[str, str],
    tolerance_percent: float,
) -> Iterator[Problem]:
    for row in published.to_dict("records"):
        one: Any = SimpleNamespace(**{str(k): v for k, v in row.items()})
        same = own[
            (own["township_id"] == one.township_id)
            & (own["group"] == one.group)
            & (own["kind"] == one.kind)
        ]
        if not pd.isna(one.year):
            same = same[same["year"].isna() | (same["year"] == one.year)]
        name = names.get(str(one.township_id), str(one.township_id))
        known = not pd.isna(one.year)
        year = {"en": f" {one.year}", "zh": f" {one.year} 年"} if known else _NO_YEAR
        what = {name: _said(one.group, one.kind, name) for name in LANGUAGES}
        values: dict[str, Any] = {"township": name, "what": what, "year": year}
        total = int(one.n_people)
        values |= {"published": total}
        if not len(same):
            yield Problem("published_alone", "note", str(one.source), values=values)
        for record in same.to_dict("records"):
            other: Any = SimpleNamespace(**{str(k): v for k, v in record.items()})
            difference = int(other.n_people) - total
            if difference == 0:
                continue
            share = _PER_CENT * difference / total if total else float("inf")
            severity: Severity = "warning" if abs(share) > tolerance_percent else "note"
            more = {
                "sum": int(other.n_people),
                "other": other.source,
                "difference": f"{difference:+d}",
                # a difference that is there never shows as none
                "percent": f"{math.copysign(max(abs(share), _LEAST), share):+.2f}",
            }
            yield Problem(
                "published_differs", severity, str(one.source), values={**values, **more}
            )


__all__ = ["Compared", "compared"]

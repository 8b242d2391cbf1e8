"""`Result` -> ``summary.json``: every figure that another file of the run shows.

The workbook, the GeoPackage and the sentences take their figures from here,
so that one figure is the same number everywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.outputs.coverage_figures import coverage_figures

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from servicemap.result import Result
    from servicemap.study import Question, Study

SCHEMA_VERSION = 1
MIN_DECIDED = 100  # places; a share of fewer is mostly chance
SHORT_TABLES = ("depth", "tiers_shared", "partners", "access")


def summary(result: Result) -> dict[str, Any]:
    """List the figures of a run as plain values, in a fixed order.

    Parameters
    ----------
    result
        What a run found.

    Returns
    -------
    dict
        ``schema_version``, ``study``, ``inputs``, ``network``, ``road_changes``,
        ``snaps``, ``facilities``, ``people``, ``coverage``, ``gaps``, ``annex``,
        ``isochrones``, ``problems``; only JSON's own types, unknown figures are ``None``.
        ``docs/data.md`` lists the keys.
    """
    whole = {
        "schema_version": SCHEMA_VERSION,
        "study": _study(result.study),
        "inputs": [dict(one) for one in result.inputs],
        "network": {mode: dict(result.network[mode]) for mode in result.network},
        "road_changes": [dict(one) for one in result.road_changes],
        "snaps": _snaps(result),
        "facilities": _facilities(result.facilities),
        "people": _people(result),
        "coverage": coverage_figures(result),
        "gaps": [_gaps(result, question) for question in result.study.questions],
        "annex": _annex(result),
        "isochrones": _isochrones(result.audit),
        "problems": _problems(result.problems),
    }
    plain: dict[str, Any] = as_json(whole)
    return plain


def write_summary(figures: Mapping[str, Any], path: Path) -> None:
    """Write figures as JSON: UTF-8, never ``NaN``, the same bytes for the same figures."""
    text = json.dumps(as_json(figures), ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def as_json(value: Any) -> Any:  # noqa: PLR0911 - one line per type
    """Put a value into JSON's own types; missing and infinite become ``None``."""
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray | pd.Series):
        return [as_json(one) for one in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return str(value)


def _study(study: Study) -> dict[str, Any]:
    return {
        "name": study.name,
        "language": study.language,
        "timezone": study.about.timezone,
        "crs": study.about.crs,
        "modes": study.modes,
        "minutes": study.travel.minutes,
        "snap_limit_m": study.travel.snap_limit_m,
        "horizon_min": study.horizon_min,
        "village_covered_share": study.village_covered_share,
        "questions": [_question(question) for question in study.questions],
    }


def _question(question: Question) -> dict[str, Any]:
    """Give its settings and the rules that they led to, as plain values."""
    # not dataclasses.asdict: it copies, and read-only mappings cannot be copied
    own = {one.name: getattr(question, one.name) for one in fields(question)}
    return own | {"standard": [asdict(rule) for rule in question.standard]}


def _annex(result: Result) -> dict[str, Any]:
    """The short tables of the annex as they are; the long ones are in the GeoPackage."""
    found = {}
    for name in SHORT_TABLES:
        rows = result.annex.get(name)
        if rows is None:
            continue
        if "level" in rows.columns:
            rows = rows[rows["level"] == "city"]
        found[name] = rows.to_dict("records")
    return found


def _snaps(result: Result) -> list[dict[str, Any]]:
    rows = []
    for (table, mode), its in result.snaps.groupby(["table", "mode"], sort=True):
        lengths = its["snap_m"].dropna()
        reasons = its["reason"].dropna()
        rows.append(
            {
                "table": table,
                "mode": mode,
                "count": len(its),
                "median_m": round(lengths.median(), 1) if len(lengths) else None,
                "max_m": round(lengths.max(), 1) if len(lengths) else None,
                "off_network": int((reasons == "off_network").sum()),
                "island": int((reasons == "island").sum()),
            }
        )
    return rows


def _facilities(facilities: pd.DataFrame) -> dict[str, Any]:
    def counts(its: pd.DataFrame) -> dict[str, int]:
        by_status = {
            name: int((its["status"] == name).sum()) for name in table_columns.STATUSES
        }
        one_stop = int(its["one_stop"].fillna(value=False).sum())
        return {"count": len(its), **by_status, "one_stop": one_stop}

    tiers = [tier for tier in table_columns.TIERS if (facilities["tier"] == tier).any()]
    by_tier = {tier: counts(facilities[facilities["tier"] == tier]) for tier in tiers}
    return {**counts(facilities), "by_tier": by_tier}


def _people(result: Result) -> dict[str, Any]:
    demand = result.demand
    sums = {group: _sum(demand[group]) for group in tables.people_groups(demand)}
    sources = result.people.groupby(
        ["group", "kind", "year", "source"], sort=True, dropna=False
    )["count"].agg(["size", "sum"])
    figures = [
        {name: row[name] for name in ("group", "kind", "year", "source")}
        | {"villages": row["size"], "count": row["sum"]}
        for row in sources.reset_index().to_dict("records")
    ]
    return {"places": len(demand), "counted": sums, "figures": figures}


def _gaps(result: Result, question: Question) -> dict[str, Any]:
    its = result.gaps[result.gaps["question_id"] == question.id]
    answers = result.answers(question, "village").set_index("id")["status"]
    unknown = its["village_id"].map(answers) == "undetermined"

    def counted(rows: pd.DataFrame) -> dict[str, Any]:
        return {"count": len(rows), "people": _sum(rows["n_people"])}

    return {
        "question_id": question.id,
        **counted(its[~unknown]),
        "undetermined": counted(its[unknown]),
        "by_reason": {
            reason: counted(its[its["reason"] == reason])
            for reason in table_columns.REASONS
            if (its["reason"] == reason).any()
        },
    }


def _isochrones(audit: pd.DataFrame) -> list[dict[str, Any]]:
    rows: dict[tuple[str, float], dict[str, Any]] = {}
    for row in audit.to_dict("records"):
        key = (row["mode"], row["cutoff_min"])
        entry = rows.setdefault(
            key,
            {name: row[name] for name in ("mode", "cutoff_min", "area_km2")},
        )
        entry[row["where"]] = {
            name: row[name] for name in ("samples", "decided", "precision", "recall")
        }
    return list(rows.values())


def agreement(isochrones: Iterable[Mapping[str, Any]]) -> tuple[float, int] | None:
    """How often areas and router agree at worst, over modes and cutoffs.

    Parameters
    ----------
    isochrones
        As ``summary.json`` has them.

    Returns
    -------
    share, decided
        The least of all precisions and recalls that at least `MIN_DECIDED` places
        decide, and how many places decide all of these; None where there is none.
    """
    told = [
        found
        for entry in isochrones
        for found in (entry["off_road"], entry["on_road"])
        if found["decided"] >= MIN_DECIDED
        and None not in (found["precision"], found["recall"])
    ]
    if not told:
        return None
    share = min(min(found["precision"], found["recall"]) for found in told)
    return share, sum(found["decided"] for found in told)


def _problems(problems: pd.DataFrame) -> dict[str, Any]:
    weights = ("error", "warning", "note")
    kinds = problems["kind"].value_counts()
    return {
        "count": len(problems),
        "by_severity": {
            name: int((problems["severity"] == name).sum()) for name in weights
        },
        "by_kind": {kind: int(kinds[kind]) for kind in sorted(kinds.index)},
    }


def _sum(values: pd.Series) -> int | None:
    """Sum what is known; None where there are rows and nothing is."""
    total = values.sum(min_count=min(len(values), 1))
    return None if pd.isna(total) else int(total)

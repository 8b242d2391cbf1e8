"""Questions answered over times that are there: a county, a province, and PySAL access.

    python benchmarks/questions.py [--runs 3] [--province] [--access PYTHON]

*County*: 420 villages, 5,000 places where people live, 400 points, as many pairs within
60 minutes on foot, by e-bike and by car as a straight line times 1.35 gives. Fifty
questions: three modes, cutoffs, item groups, handling, moments, tiers, partners, rules.
Timed are the tables as arrays with all answers (``coverage``), and what else a run makes
of them (``gaps``, the annex), each in a fresh state; nothing is routed.

*Province* (``--province``): 60,000 villages, 10,000 points, 60 minutes on foot and by
e-bike; its peak memory is that of a process of its own.

*PySAL access* (``--access``, or SERVICEMAP_ACCESS: Python of an environment with
``pip install access``) has floating catchments and no questions: 2SFCA and E2SFCA of the
same pairs, with the largest difference between the answers.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from peers import Absent, Peer
from servicemap import tables
from servicemap.analysis.annex import annex
from servicemap.analysis.answers import Answers
from servicemap.analysis.catchment import catchment, within, zones
from servicemap.analysis.coverage import coverage
from servicemap.analysis.gaps import gaps
from servicemap.analysis.questions import point_sets
from servicemap.standards import presets
from servicemap.study import Question, Study
from stopwatch import Took, interleaved, timed

KPH = {"walk": 5.0, "ebike": 15.0, "drive": 35.0}
DETOUR, HORIZON_MIN = 1.35, 60.0
GROUPS = tuple(f"group_{n}" for n in range(8))
HOURS = ("Mo-Fr 08:30-17:00", "Mo-Sa 09:00-16:30", "24/7", "Mo-Fr 08:30-12:00", None)
TIERS = ("village", "village", "village", "township", "bank", "kiosk")
ZONES = [(10.0, 1.0), (20.0, 0.68), (30.0, 0.22)]
MAX_PROVINCE_GB = 4.0


def made(villages: int, homes: int, points: int, wide_km: float, modes: tuple[str, ...]):
    """All tables of a made-up study but ``nearest``."""
    draw = np.random.default_rng(7)
    township = np.arange(villages) // 17
    seat = draw.random((villages, 2)) * wide_km
    of = np.sort(
        np.concatenate([np.arange(villages), draw.integers(0, villages, homes - villages)])
    )
    home = seat[of] + draw.normal(0, 0.6, (homes, 2))
    at = draw.integers(0, villages, points)
    point = seat[at] + draw.normal(0, 0.3, (points, 2))
    village_id = np.array([f"V{n:06d}" for n in range(villages)])
    demand_id = np.array([f"D{n:06d}" for n in range(homes)])
    facility_id = np.array([f"F{n:06d}" for n in range(points)])
    township_id = np.array([f"T{n:05d}" for n in range(township.max() + 1)])
    lon, lat = 120 + home / 100, 28 + home / 100
    frames = {
        "facilities": pd.DataFrame(
            {
                "facility_id": facility_id,
                "name": facility_id,
                "tier": draw.choice(TIERS, points),
                "form": "hall",
                "township_id": township_id[township[at]],
                "village_id": village_id[at],
                "partner": draw.choice(np.array([None, None, "A", "B"]), points),
                "one_stop": draw.random(points) < 0.5,
                "status": draw.choice(["open"] * 9 + ["planned"], points),
                "hours": draw.choice(np.array(HOURS, dtype=object), points),
                "windows": draw.integers(1, 9, points),
                "datum": "wgs84",
                "located_by": "survey",
            }
        ),
        "items": pd.DataFrame(
            [
                (f"{group}_{n}", f"{group}_{n}", group, ("city", "township")[n % 5 == 0])
                for group in GROUPS
                for n in range(30)
            ],
            columns=["item_id", "name", "item_group", "scope"],
        ),
        "services": pd.DataFrame(
            [
                (
                    one,
                    group,
                    ("finish", "accept", "agent")[draw.integers(0, 3)],
                    False,
                    "anyone",
                )
                for one in facility_id
                for group in GROUPS
                if draw.random() < 0.7
            ],
            columns=["facility_id", "item_group", "handling", "by_appointment", "who_may"],
        ),
        "townships": pd.DataFrame(
            {"township_id": township_id, "name": township_id, "geometry": None}
        ),
        "villages": pd.DataFrame(
            {
                "village_id": village_id,
                "name": village_id,
                "township_id": township_id[township],
                "kind": "village",
                "area_type": draw.choice(["town", "country"], villages),
                "located_by": "survey",
                "lon": 120 + seat[:, 0] / 100,
                "lat": 28 + seat[:, 1] / 100,
                "geometry": None,
            }
        ),
        "demand": pd.DataFrame(
            {
                "demand_id": demand_id,
                "village_id": village_id[of],
                "lon": lon[:, 0],
                "lat": lat[:, 1],
                "people": (people := draw.integers(5, 400, homes)),
                "elderly": people // 5,
            }
        ),
    }
    return {name: tables.check(frame, name) for name, frame in frames.items()} | {
        "travel_times": times(home, point, demand_id, facility_id, modes)
    }


def times(home, point, demand_id, facility_id, modes) -> pd.DataFrame:
    """Pairs within the horizon of every mode, asymmetric by a tenth at random."""
    from scipy.spatial import cKDTree

    draw = np.random.default_rng(11)
    parts = []
    for mode in modes:
        reach_km = KPH[mode] * HORIZON_MIN / 60 / DETOUR
        found = cKDTree(home).query_ball_point(point, reach_km)
        count = np.array([len(one) for one in found])
        to = np.repeat(np.arange(len(point)), count)
        at = np.concatenate(found).astype("int64")
        order = np.lexsort((to, at))
        at, to = at[order], to[order]
        km = np.hypot(*(home[at] - point[to]).T) * DETOUR
        seconds = np.round(km / KPH[mode] * 3600 * draw.uniform(0.9, 1.1, len(km)), 3)
        kept = seconds <= HORIZON_MIN * 60
        parts.append(
            pd.DataFrame(
                {
                    "demand_id": pd.array(demand_id, dtype="str").take(at[kept]),
                    "facility_id": pd.array(facility_id, dtype="str").take(to[kept]),
                    "mode": mode,
                    "travel_time_s": seconds[kept],
                    "distance_m": (km * 1000)[kept],
                }
            )
        )
    return tables.check(pd.concat(parts, ignore_index=True), "travel_times")


def nearest(study: Study, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The nearest point of every set from the pairs; beyond them nothing is known."""
    sets = point_sets(study, frames["facilities"], frames["services"], frames["items"])
    every = frames["demand"]["demand_id"]
    pairs = frames["travel_times"].sort_values(["mode", "demand_id", "travel_time_s"])
    parts = []
    for set_id, members in sets.items():
        best = pairs[pairs["facility_id"].isin(members)].drop_duplicates(
            ["mode", "demand_id"]
        )
        for mode in pairs["mode"].unique():
            own = best[best["mode"] == mode].set_index("demand_id").reindex(every)
            lost = own["travel_time_s"].isna().to_numpy()
            own = own.reset_index().assign(
                mode=mode, set_id=set_id, reason=np.where(lost, "no_route", None)
            )
            parts.append(own)
    return tables.check(pd.concat(parts, ignore_index=True), "nearest")


def questions(modes: tuple[str, ...], count: int) -> tuple[Question, ...]:
    """So many questions of all sorts, no two alike; the first is a plain headline."""
    found = [Question("headline", mode=modes[0])]
    for number in range(count - 1):
        mode, group = modes[number % len(modes)], GROUPS[number % len(GROUPS)]
        # what follows repeats after 12 numbers: another cutoff makes it another question
        minutes = (10.0, 15.0, 20.0, 30.0)[number % 4] + number // 12
        more = (
            {"items": (group,)},
            {"items": (group,), "handling": "finish"},
            {"items": (group,), "when": f"2026-12-0{1 + number % 7} 1{number % 5}:00"},
            {"points": {"tier": ("village", "township")}},
            {"points": {"without_partner": "A"}, "when": "2026-12-05 09:30"},
            {"people": "elderly", "points": {"status": ("open", "planned")}},
        )[number % 6]
        found.append(Question(f"q{number:02d}", mode=mode, minutes=minutes, **more))
    rules = presets()["1530"]
    found[-1] = Question(
        "rules", mode=modes[0], minutes=None, preset="1530", standard=rules
    )
    return tuple(found)


def study_of(asked: tuple[Question, ...], frames: dict[str, pd.DataFrame]):
    study = Study(Path(), questions=asked)
    return study, {**frames, "nearest": nearest(study, frames)}


def county(runs: int) -> None:
    frames = made(420, 5_000, 400, 40.0, ("walk", "ebike", "drive"))
    study, known = study_of(questions(("walk", "ebike", "drive"), 50), frames)
    pairs = len(known["travel_times"])
    print(f"county: 420 villages, 5,000 places, 400 points, {pairs:,} pairs")

    def answers() -> Answers:
        return Answers(study, **known)

    ready = answers()
    covered = coverage(ready)
    took = interleaved(
        {
            "50 questions: arrays and coverage": timed(lambda: coverage(answers())),
            "the same, 1 question": timed(lambda: coverage(one_question(study, known))),
            "gaps of 50 questions": timed(
                lambda: gaps(
                    study,
                    coverage=covered,
                    villages=known["villages"],
                    demand=known["demand"],
                )
            ),
            "annex of 50 questions": timed(lambda: annex(ready, covered)),
        },
        runs,
    )
    show(took)


def one_question(study: Study, known: dict[str, pd.DataFrame]) -> Answers:
    return Answers(Study(Path(), questions=study.questions[:1]), **known)


def province() -> None:
    """Runs in a process of its own, so that its peak of memory is its own."""
    started = time.perf_counter()
    frames = made(60_000, 60_000, 10_000, 320.0, ("walk", "ebike"))
    study, known = study_of(questions(("walk", "ebike"), 10), frames)
    before = peak_gb()
    made_s = time.perf_counter() - started
    pairs = len(known["travel_times"])
    started = time.perf_counter()
    ready = Answers(study, **known)
    covered = coverage(ready)
    coverage_s = time.perf_counter() - started
    listed = gaps(
        study, coverage=covered, villages=known["villages"], demand=known["demand"]
    )
    gaps_s = time.perf_counter() - started - coverage_s
    annex(ready, covered)
    annex_s = time.perf_counter() - started - coverage_s - gaps_s
    print(f"province: 60,000 villages, 10,000 points, {pairs:,} pairs, 10 questions")
    print(f"  tables made (not ours)      {made_s:8.1f} s   peak {before:.2f} GB")
    print(f"  arrays and coverage         {coverage_s:8.1f} s")
    print(f"  gaps ({len(listed):,} rows)      {gaps_s:8.1f} s")
    print(f"  annex                       {annex_s:8.1f} s")
    verdict = "within" if peak_gb() <= MAX_PROVINCE_GB else "BEYOND"
    print(f"  peak of the process         {peak_gb():8.2f} GB, {verdict} 4 GB")


def peak_gb() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e9


def beside_access(python: str | None, runs: int) -> None:
    frames = made(420, 5_000, 400, 40.0, ("ebike",))
    pairs = frames["travel_times"]
    people = frames["demand"].set_index("demand_id")["people"]
    supply = frames["facilities"].set_index("facility_id")["windows"]
    steps = {"2SFCA, 30 min": [(30.0, 1.0)], "E2SFCA, 10/20/30 min": ZONES}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.csv"
        pairs.assign(minutes=pairs["travel_time_s"] / 60)[
            ["demand_id", "facility_id", "minutes"]
        ].to_csv(file, index=False)
        people.to_csv(Path(folder) / "people.csv")
        supply.to_csv(Path(folder) / "supply.csv")
        try:
            with Peer(python, "peer_access.py", folder) as peer:
                print(
                    f"{peer.told['name']}: {len(pairs):,} pairs, 5,000 places, 400 points"
                )
                for name, zone in steps.items():
                    decay = within(30.0) if len(zone) == 1 else zones(zone)
                    took = interleaved(
                        {
                            f"{name}, servicemap": timed(
                                lambda d=decay: catchment(pairs, people, supply, d)
                            ),
                            f"{name}, access": peer.rival(do="catchment", zones=zone),
                        },
                        runs,
                    )
                    show(took)
                    theirs = peer.ask(do="catchment", zones=zone)["found"]
                    ours = catchment(pairs, people, supply, decay)
                    other = pd.Series(theirs).reindex(ours.index).fillna(0.0)
                    off = float((ours - other).abs().max())
                    print(f"  largest difference {off:.1e}, largest value {ours.max():.3f}")
        except Absent as reason:
            print(f"PySAL access left out: {reason}")


def show(took: dict[str, Took]) -> None:
    for name, one in took.items():
        print(f"  {name:36} {one.wall_ms:9.1f} ms wall {one.cpu_ms:9.1f} ms processor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--province", action="store_true", help="the province as well")
    parser.add_argument("--access", default=os.environ.get("SERVICEMAP_ACCESS"))
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        province()
        return
    county(asked.runs)
    beside_access(asked.access, asked.runs)
    if asked.province:
        subprocess.run([sys.executable, __file__, "--alone"], check=True)


if __name__ == "__main__":
    main()

"""How checking a study grows, from a county to a province.

    python benchmarks/province.py [--villages 1500 6000 24000 60000] [--folder DIR]

Makes a made-up county of each size (fifty villages a township, as `servicemap demo`
does), and checks it twice in fresh processes: the first reads the map extract, the
second finds it kept, as every later command does. Prints processor seconds, the
largest memory, and how many findings there were. A second line repeats the seconds per
thousand villages: they stay about the same where the work grows with the study. Made-up
counties that the folder holds already are not made again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

VILLAGES_A_TOWNSHIP = 50
CHECK = """
import resource, sys, time
from servicemap import preparation
given, problems = preparation.check(sys.argv[1])
print(len(given.villages), len(given.facilities), len(given.demand), len(problems),
      time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
MAKE = """
import resource, sys, time
from pathlib import Path
from servicemap import synthetic
folder, townships, villages = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
synthetic.make_county(folder, townships=townships, villages=villages, seed=1)
print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def told(code: str, *arguments: str, cache: str) -> list[float]:
    """Numbers that a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"SERVICEMAP_CACHE": cache},
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(one) for one in done.stdout.split()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--villages", type=int, nargs="+", default=[1_500, 6_000, 24_000])
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        print(
            "villages |  made s     MB | points | homes   | findings "
            "| first check s     MB | later s     MB | later, s per 1,000"
        )
        for villages in given.villages:
            county = folder / f"c{villages}"
            made = "     -      -"
            if not (county / "servicemap.toml").is_file():
                towns = str(max(villages // VILLAGES_A_TOWNSHIP, 1))
                seconds, mb = told(MAKE, str(county), towns, str(villages), cache=scratch)
                made = f"{seconds:>6.0f} {mb:>6,.0f}"
            first, later = (
                told(CHECK, str(county), cache=f"{scratch}/kept{villages}") for _ in "12"
            )
            print(
                f"{first[0]:>8,.0f} | {made}  | {first[1]:>6,.0f} | {first[2]:>7,.0f} "
                f"| {first[3]:>8,.0f} | {first[4]:>13.1f} {first[5]:>6,.0f} "
                f"| {later[4]:>7.1f} {later[5]:>6,.0f} | {later[4] / villages * 1e3:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""PySAL access (https://github.com/pysal/access): floating catchments of given pairs."""

from __future__ import annotations

import sys
from pathlib import Path

from peer_loop import say, serve, timed

try:
    import access
    import pandas as pd
    from access import fca, weights
except ImportError as error:
    say(absent=str(error))
    sys.exit()

folder = Path(sys.argv[1])
pairs = pd.read_csv(folder / "pairs.csv")
people = pd.read_csv(folder / "people.csv")
supply = pd.read_csv(folder / "supply.csv").set_index("facility_id")


def catchment(zones: list[list[float]]) -> dict:
    decay = weights.step_fn(dict(zones)) if len(zones) > 1 else None

    def work():
        return fca.two_stage_fca(
            people,
            supply,
            pairs,
            max_cost=zones[-1][0],
            demand_index="demand_id",
            demand_name="people",
            supply_index=True,
            supply_name="windows",
            cost_origin="demand_id",
            cost_dest="facility_id",
            cost_name="minutes",
            weight_fn=decay,
        )

    took, found = timed(work)
    return {**took, "found": {str(k): float(v) for k, v in found.items()}}


say(name=f"PySAL access {access.__version__}")
serve({"catchment": catchment})

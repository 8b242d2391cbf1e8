"""What a process loads before it works."""

from __future__ import annotations

import subprocess
import sys

SEARCH = """
import sys
import numpy as np
from servicemap.routing.workspace import Ends, Graph, Workspace
space = Workspace(Graph(np.array([0, 1, 1]), np.array([1, 5], np.int32), np.zeros(1)), 10)
one = np.zeros(1, np.int32)
assert space.run(Ends(one, one, np.zeros(1, np.int64), np.zeros(1)), 10) == 2
"""


def in_a_process(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_search_loads_no_table_geometry_or_linear_algebra_library() -> None:
    heavy = "pandas geopandas shapely pyproj scipy.linalg scipy.sparse osmium folium"
    told = in_a_process(
        SEARCH + f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    assert told.strip() == "[]"


def test_routing_over_kept_networks_loads_no_tables_and_no_geometry() -> None:
    heavy = "pandas geopandas shapely scipy.sparse osmium"
    told = in_a_process(
        "import sys\n"
        "import servicemap.roads.prepared, servicemap.routing.travel_times\n"
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    assert told.strip() == "[]"


def test_linear_algebra_is_whole_after_a_search_and_numba_has_its_own() -> None:
    told = in_a_process(
        SEARCH
        + """
from numba import njit
product = njit(lambda a: np.dot(a, a))
assert product(2.0 * np.eye(3)).sum() == 12.0
import scipy.linalg
from scipy.linalg import cython_blas
import scipy.sparse.linalg
assert scipy.linalg.solve(2.0 * np.eye(2), np.ones(2)).tolist() == [0.5, 0.5]
print("whole")
"""
    )
    assert told.strip() == "whole"


def test_kept_networks_are_found_without_what_makes_them() -> None:
    makers = [f"servicemap.roads.{name}" for name in ("osm_roads", "graph", "restrictions")]
    told = in_a_process(
        "import sys\n"
        "import servicemap.without_study\n"
        f"print([name for name in {makers} if name in sys.modules])"
    )
    assert told.strip() == "[]"


def test_the_collector_of_another_program_is_as_it_was_after_our_import() -> None:
    told = in_a_process(
        "import gc\n"
        "before = gc.get_threshold(), gc.isenabled()\n"
        "import servicemap; servicemap.isochrones\n"
        "assert (gc.get_threshold(), gc.isenabled()) == before == (before[0], True)\n"
        "gc.disable(); servicemap.matrix\n"
        "print(gc.isenabled(), gc.get_freeze_count())"
    )
    assert told.split() == ["False", "0"]

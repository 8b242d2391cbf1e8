"""Who can reach a service point that can do what they need, in 15 minutes, by road.

The pipeline, stage by stage; each name is a table or a module of its own::

    study        servicemap.toml -> Study          what to read, what to ask
    osm_file     extract -> roads, places, water, buildings
    intake       files -> facilities, villages, townships, demand, people, ...
    roads        map data -> Network               one graph of junctions per mode
    routing      Network + points -> seconds       travel times, nearest points, areas
    analysis     tables -> coverage, gaps
    outputs      Result -> map, workbook, GeoPackage, CSV, JSON

::

    >>> import servicemap
    >>> result = servicemap.run("data/liechtenstein")       # doctest: +SKIP
    >>> servicemap.write(result, "maps/liechtenstein")      # doctest: +SKIP

Nothing heavy is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from servicemap.errors import InputError, Problem, ServicemapError
    from servicemap.new_study import init
    from servicemap.outputs.write import write
    from servicemap.pipeline import run
    from servicemap.preparation import check
    from servicemap.result import Result
    from servicemap.study import Study
    from servicemap.study import read as read_study
    from servicemap.without_study import isochrones, matrix

# public name -> where it is, in pipeline order
_WHERE = {
    "init": ("new_study", "init"),
    "read_study": ("study", "read"),
    "Study": ("study", "Study"),
    "check": ("preparation", "check"),
    "run": ("pipeline", "run"),
    "Result": ("result", "Result"),
    "write": ("outputs.write", "write"),
    "matrix": ("without_study", "matrix"),
    "isochrones": ("without_study", "isochrones"),
    "Problem": ("errors", "Problem"),
    "InputError": ("errors", "InputError"),
    "ServicemapError": ("errors", "ServicemapError"),
}
_WITH_KERNELS = frozenset({"run", "matrix", "isochrones"})

__all__ = [
    "InputError",
    "Problem",
    "Result",
    "ServicemapError",
    "Study",
    "check",
    "init",
    "isochrones",
    "matrix",
    "read_study",
    "run",
    "write",
]


def __getattr__(name: str) -> Any:
    """Import the module of a public name on first use."""
    if name == "__version__":
        from importlib import metadata  # a twentieth of a second, for one word

        return metadata.version("servicemap")
    if name in _WHERE:
        from servicemap.starting import collector_paused

        module, own = _WHERE[name]
        with collector_paused():
            found = getattr(import_module(f"{__name__}.{module}"), own)
            if name in _WITH_KERNELS:
                from servicemap.compiled import start

                start()
        return found
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)

"""Files -> checked tables, and a first study drafted from an extract alone.

Nothing is imported before it is asked for, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from servicemap.intake.drafting import DraftSummary, draft
    from servicemap.intake.inputs import Inputs, load
    from servicemap.intake.points import read_points

_WHERE = {
    "DraftSummary": "drafting",
    "Inputs": "inputs",
    "draft": "drafting",
    "load": "inputs",
    "read_points": "points",
}

__all__ = ["DraftSummary", "Inputs", "draft", "load", "read_points"]


def __getattr__(name: str) -> Any:
    """Import the module of a public name on first use."""
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)

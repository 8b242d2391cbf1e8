"""Sheets -> PDF, SVG, PNG: no date in any, so that the same sheet is the same bytes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from servicemap.outputs.paper.canvas import quiet

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from servicemap.outputs.paper.canvas import Canvas

# the same ids in every SVG; TrueType in PDF, so that text can be searched and copied
SETTINGS = {
    "svg.hashsalt": "servicemap",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": False,
    "hatch.linewidth": 0.9,
    "agg.path.chunksize": 20000,
}
METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": "servicemap", "Producer": "matplotlib"},
    "svg": {"Date": None, "Creator": "servicemap"},
    "png": {"Software": "servicemap"},
}


def save(pages: Iterable[Canvas], path: Path, kind: str, dpi: float) -> None:
    """Write sheets as ``pdf``, one page each, or a single one as ``svg`` or ``png``."""
    quiet()
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages

    with mpl.rc_context(SETTINGS), ExitStack() as stack:
        book: Any = path
        for at, page in enumerate(pages):
            told = {**METADATA[kind], "Title": page.title}
            if kind == "pdf" and not at:
                book = stack.enter_context(PdfPages(path, metadata=told))
            more: dict[str, Any] = {} if kind == "pdf" else {"metadata": told}
            page.figure.savefig(book, format=kind, dpi=dpi, **more)

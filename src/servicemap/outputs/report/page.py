"""Blocks -> one self-contained HTML page: no script, no request, fit for printing."""

from __future__ import annotations

import base64
from importlib import resources
from typing import TYPE_CHECKING

from servicemap.outputs.report.blocks import (
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    Title,
    plain,
)
from servicemap.outputs.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from servicemap.outputs.report.blocks import Block

PHONE = "screen and (max-width: 40rem)"  # as in page.css
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"


def html(blocks: Iterable[Block], *, title: str, language: str) -> str:
    """The page as text.

    Parameters
    ----------
    blocks
        What it says; every text is escaped here.
    title, language
        Of the page; language is ``en`` or ``zh``.
    """
    style = (
        resources.files("servicemap.outputs.report").joinpath("page.css").read_text("utf-8")
    )
    body = "\n".join(_block(one) for one in blocks)
    lang = "zh-CN" if language == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="renderer" content="webkit">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_safe(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _safe(text: str) -> str:
    return safe(plain(text))


def _block(block: Block) -> str:
    if isinstance(block, Title):
        return f"<h1>{_safe(block.text)}</h1>"
    if isinstance(block, Heading):
        level = block.level + 1
        return f"<h{level}>{_safe(block.text)}</h{level}>"
    if isinstance(block, Paragraph):
        note = ' class="note"' if block.kind == "note" else ""
        return f"<p{note}>{_safe(block.text)}</p>"
    if isinstance(block, Picture):
        caption = _safe(block.caption)
        narrow = ""
        if block.narrow is not None:
            narrow = f'<source media="{PHONE}" srcset="{_data(block.narrow)}">'
        return (
            f'<figure><picture>{narrow}<img style="width:{100 * block.width_share:g}%" '
            f'alt="{caption}" src="{_data(block.png)}"></picture>'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    if isinstance(block, Table):
        return _table(block)
    assert isinstance(block, PageBreak)
    return '<hr class="page">'


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _table(block: Table) -> str:
    def cells(texts: Iterable[str], tag: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        return "".join(
            f"<{tag}{scope}{_kind(at, block)}>{_safe(text)}</{tag}>"
            for at, text in enumerate(texts)
        )

    rows = [f"<tr>{cells(row, 'td')}</tr>" for row in block.rows]
    if block.has_total and rows:
        rows[-1] = rows[-1].replace("<tr>", '<tr class="total">', 1)
    return (
        f'<div class="table" tabindex="0" role="group" aria-label="{_safe(block.title)}">'
        f"<table>\n<caption>{_safe(block.title)}"
        f'<span class="unit">{_safe(block.unit)}</span></caption>\n'
        f"<thead><tr>{cells(block.headers, 'th')}</tr></thead>\n"
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def _kind(at: int, block: Table) -> str:
    return ' class="figure"' if at in block.numeric else ""

"""`Result` -> the report and the one-page brief, as Word documents and as HTML."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from servicemap.errors import InputError
from servicemap.outputs.files import OutFolder, Written
from servicemap.outputs.report.blocks import Title
from servicemap.outputs.report.page import html
from servicemap.outputs.report.story import papers
from servicemap.outputs.report.word import write_word
from servicemap.words import renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from servicemap.outputs.report.blocks import Block
    from servicemap.result import Result

# what reading a damaged zip or XML raises
BROKEN = (BadZipFile, zlib.error, ValueError, KeyError, OSError, SyntaxError)


def write_report(
    result: Result,
    figures: Mapping[str, Any],
    folder: Path,
    *,
    kinds: Iterable[str] = ("docx", "html"),
) -> Written:
    """Write ``report`` and ``brief`` of a result, each in every kind.

    Parameters
    ----------
    result
        What a run found; it is not changed.
    figures
        Its `servicemap.outputs.summary.summary`: all numbers are from here and from
        the tables of the result.
    folder
        Where the files go; it is made where it does not exist.
    kinds
        Of ``docx``, ``html``.

    Returns
    -------
    Written
        Name to path, and files that were open elsewhere.

    Raises
    ------
    InputError
        The template that the study names is not there or is no Word document.
    """
    out = OutFolder(folder)
    with renamed(result.study.outputs.wording):
        template = _template(result)
        for name, blocks in papers(result, figures).items():
            for kind in kinds:
                with out.file(f"{name}.{kind}") as temporary:
                    _fill(temporary, kind, blocks, result, template)
    return out.written()


def _fill(
    path: Path, kind: str, blocks: list[Block], result: Result, template: Path | None
) -> None:
    title = next((one.text for one in blocks if isinstance(one, Title)), result.study.name)
    language = result.study.language
    if kind == "docx":
        is_chinese = language == "zh"
        write_word(blocks, path, title=title, is_chinese=is_chinese, template=template)
    else:
        text = html(blocks, title=title, language=language)
        path.write_text(text, encoding="utf-8", newline="\n")


def _template(result: Result) -> Path | None:
    """The study's own template, looked into before any work is done.

    Raises
    ------
    InputError
        It is not there, or is no Word document.
    """
    named = result.study.outputs.template
    if named is None:
        return None
    path = result.study.path(named)
    if not path.is_file():
        raise InputError("file_not_found", path=str(path))
    import docx
    from docx.opc.exceptions import OpcError

    try:
        docx.Document(str(path))
    except (OpcError, *BROKEN) as error:
        raise InputError("template", path=str(path)) from error
    return path

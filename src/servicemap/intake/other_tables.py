"""Tables in dBase files, and lists of records in JSON as map services answer them."""

from __future__ import annotations

import codecs
import json
import re
import struct
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError, Problem
from servicemap.intake import guard, text_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DBASE, JSON = ".dbf", ".json"
_HEAD = 4_096
# What GDAL reads: shapes; all other JSON is looked at here.
_SHAPES = re.compile(
    rb'"type"\s*:\s*"(FeatureCollection|Feature|Topology|GeometryCollection'
    rb'|(?:Multi)?(?:Point|LineString|Polygon))"'
)
_DEPTH = 3  # lists of records lie at most so deep: {"result": {"pois": [...]}}
_VERSIONS = frozenset({0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5})
_FIELD, _START, _END = 32, 32, b"\x0d"
_DELETED = b"*"


def records(path: Path, source: str) -> list[list[Any]] | None:
    """A JSON file's longest list of records as rows, their names first.

    Records within a record (``"location": {"lng": ..., "lat": ...}``) give columns by
    their own names.

    Returns
    -------
    list of list, or None
        None where the file holds shapes (GeoJSON, TopoJSON), which others read.

    Raises
    ------
    InputError
        No JSON, or no list of records in it.
    """
    with path.open("rb") as stream:
        if _SHAPES.search(stream.read(_HEAD)):
            return None
    text = text_files.decode(path.read_bytes(), source)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = {"why": str(error)}
        raise InputError(
            [Problem("file_unreadable", "error", source, values=why)]
        ) from error
    if isinstance(content, dict) and content.get("type") in (
        "FeatureCollection",
        "Topology",
    ):
        return None
    found = max(_lists(content, 0), key=len, default=[])
    if not found:
        raise InputError([Problem("json_no_records", "error", source)])
    if len(found) > guard.MAX_ROWS:
        limit = {"limit": guard.MAX_ROWS}
        raise InputError([Problem("too_many_rows", "error", source, values=limit)])
    flat = [dict(_flat(one)) for one in found]
    names = list(dict.fromkeys(name for one in flat for name in one))[: guard.MAX_COLUMNS]
    return [names, *([one.get(name) for name in names] for one in flat)]


def _lists(content: Any, depth: int) -> Iterator[list[dict[str, Any]]]:
    if isinstance(content, list) and content:
        if all(isinstance(one, dict) for one in content):
            yield content
    elif isinstance(content, dict) and depth < _DEPTH:
        for one in content.values():
            yield from _lists(one, depth + 1)


def _flat(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict):
            inner = ((key, one) for key, one in value.items() if key not in record)
            yield from (
                (key, one) for key, one in inner if not isinstance(one, dict | list)
            )
        elif isinstance(value, list):
            yield name, ", ".join(str(one) for one in value if not isinstance(one, dict))
        else:
            yield name, value


def dbase(path: Path, source: str) -> list[list[Any]]:
    """Rows of a dBase table, names of its fields first; deleted ones are left out.

    Text is strict UTF-8 or strict GB18030, as in other files, whatever the header says.

    Raises
    ------
    InputError
        No dBase file, one cut short, or text in another encoding.
    """
    data = path.read_bytes()
    if len(data) <= _START or data[0] not in _VERSIONS:
        raise InputError([Problem("not_its_format", "error", source, value=DBASE)])
    count, head, size = struct.unpack_from("<IHH", data, 4)
    fields = []
    at, place = _START, 1
    while at + _FIELD <= min(head, len(data)) and data[at : at + 1] != _END:
        name = data[at : at + 11].split(b"\0")[0]
        fields.append((name, chr(data[at + 11]), place, data[at + 16]))
        place += data[at + 16]
        at += _FIELD
    if not fields or place > size or size == 0 or head + count * size > len(data):
        raise InputError([Problem("dbase_broken", "error", source)])
    if count > guard.MAX_ROWS:
        limit = {"limit": guard.MAX_ROWS}
        raise InputError([Problem("too_many_rows", "error", source, values=limit)])
    starts = range(head, head + count * size, size)
    kept = [data[one : one + size] for one in starts if data[one : one + 1] != _DELETED]
    texts = [
        row[at : at + wide] for row in kept for _, kind, at, wide in fields if kind == "C"
    ]
    encoding = _encoding([*(name for name, *_ in fields), *texts], source)
    rows = [
        [_value(row[at : at + wide], kind, encoding) for _, kind, at, wide in fields]
        for row in kept
    ]
    return [[name.decode(encoding, "replace") for name, *_ in fields], *rows]


def _encoding(texts: list[bytes], source: str) -> str:
    """As of text files; the end of a field may have cut its last character."""
    for name in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for text in texts:
                decoder.reset()
                decoder.decode(text.rstrip(b" \0"), final=False)
        except UnicodeDecodeError:
            continue
        return name
    raise InputError([Problem("encoding", "error", source)])


def _value(field: bytes, kind: str, encoding: str) -> Any:
    if kind == "C":
        return field.decode(encoding, "ignore").rstrip(" \0")
    text = field.decode("ascii", "replace").strip(" \0*")
    if kind == "D" and len(text) == len("20250630"):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if kind not in "NF" or not text:
        return text
    try:
        return float(text)
    except ValueError:
        return text

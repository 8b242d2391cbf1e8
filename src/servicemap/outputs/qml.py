"""QML, the style language of QGIS, as far as a coloured GeoPackage needs it.

Written after the files that QGIS 3 itself saves with *Save Style*; version
3.16 is named because older and newer versions read it alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Shape = Literal["marker", "line", "fill"]

HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
HIDDEN = ' checkstate="0"'
CLASSES = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}


@dataclass(frozen=True)
class Look:
    """One class of a legend: which rows, how they look, what the legend says.

    ``value`` is the value of the attribute, or a filter where rules are used
    (``""`` and ``ELSE`` are "all other rows"); ``colour`` and ``edge`` are ``r,g,b,a``.
    """

    value: str
    label: str
    colour: str
    edge: str = "255,255,255,255"
    size_mm: float = 2.6
    mark: str = "circle"
    width_mm: float = 0.2
    shown: bool = True


def categorized(
    shape: Shape, attribute: str, looks: Sequence[Look], label: str = ""
) -> str:
    """One symbol per value of an attribute (or expression); names drawn by ``label``."""
    symbols = "".join(_symbol(shape, number, look) for number, look in enumerate(looks))
    categories = "".join(
        f'<category symbol="{number}" value="{_attr(look.value)}" '
        f'label="{_attr(look.label)}" render="true"/>'
        for number, look in enumerate(looks)
    )
    return _document(
        f'<renderer-v2 type="categorizedSymbol" attr="{_attr(attribute)}" '
        f'enableorderby="0" symbollevels="0" forceraster="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>",
        label,
    )


def ruled(shape: Shape, looks: Sequence[Look], label: str = "") -> str:
    """One symbol per rule; a rule that is not ``shown`` is in the legend, unticked."""
    symbols = "".join(_symbol(shape, number, look) for number, look in enumerate(looks))
    rules = "".join(
        f'<rule key="rule{number}" symbol="{number}" filter="{_attr(look.value)}" '
        f'label="{_attr(look.label)}"{"" if look.shown else HIDDEN}/>'
        for number, look in enumerate(looks)
    )
    return _document(
        '<renderer-v2 type="RuleRenderer" enableorderby="0" symbollevels="0" '
        f'forceraster="0"><rules key="root">{rules}</rules>'
        f"<symbols>{symbols}</symbols></renderer-v2>",
        label,
    )


def _document(renderer: str, label: str) -> str:
    labels = "1" if label else "0"
    body = renderer + (_labels(label) if label else "")
    return (
        f'{HEAD}\n<qgis version="3.16.0" styleCategories="Symbology|Labeling" '
        f'labelsEnabled="{labels}">{body}<blendMode>0</blendMode></qgis>\n'
    )


def _symbol(shape: Shape, number: int, look: Look) -> str:
    options = {
        "marker": {
            "name": look.mark,
            "color": look.colour,
            "outline_color": look.edge,
            "outline_width": f"{look.width_mm:g}",
            "outline_style": "solid",
            "size": f"{look.size_mm:g}",
            "size_unit": "MM",
        },
        "line": {
            "line_color": look.colour,
            "line_width": f"{look.width_mm:g}",
            "line_width_unit": "MM",
            "line_style": "solid",
        },
        "fill": {
            "color": look.colour,
            "style": "solid",
            "outline_color": look.edge,
            "outline_width": f"{look.width_mm:g}",
            "outline_style": "solid",
        },
    }[shape]
    properties = "".join(
        f'<prop k="{key}" v="{_attr(value)}"/>' for key, value in options.items()
    )
    return (
        f'<symbol type="{shape}" name="{number}" alpha="1" clip_to_extent="1" '
        f'force_rhr="0"><layer class="{CLASSES[shape]}" enabled="1" locked="0" pass="0">'
        f"{properties}</layer></symbol>"
    )


def _labels(field: str) -> str:
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName="{_attr(field)}" fontSize="8" fontSizeUnit="Point" '
        'textColor="40,40,40,255" isExpression="0">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" '
        'bufferColor="255,255,255,230"/></text-style>'
        '<placement placement="6" dist="1"/><rendering scaleVisibility="1" '
        'scaleMin="250000" scaleMax="1" drawLabels="1" obstacle="1"/>'
        "</settings></labeling>"
    )


def _attr(value: str) -> str:
    return escape(value, quote=True)

"""A slip to take along: one page that prints, with a small map, and needs no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.locator import telling
from servicemap.locator.slip_map import way_map
from servicemap.outputs.safe_text import safe
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.locator.answers import Answer, Found
    from servicemap.roads.network import Network
    from servicemap.study import Language

STYLE = """
:root{color-scheme:light}
body{font:15px/1.5 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",
SimHei,system-ui,sans-serif;color:#111;background:#fff;max-width:180mm;margin:8mm auto;
padding:0 4mm}
h1{font-size:22px;margin:0 0 2mm}h2{font-size:18px;margin:5mm 0 1mm}
h3{font-size:15px;margin:4mm 0 1mm}
p{margin:0 0 1mm}ol,ul{margin:0;padding-left:7mm}li{break-inside:avoid}
.asked{color:#333}.first{border:1.5px solid #111;border-radius:2mm;padding:2mm 4mm;
margin:3mm 0}.others{display:grid;grid-template-columns:1fr 1fr;gap:3mm 6mm;margin:5mm 0 0}
.next{break-inside:avoid;border-top:1px solid #888;padding-top:1mm;font-size:13.5px}
.next .big{font-size:16px}.next p{margin:0}
.big{font-size:20px;font-weight:600}.state{font-weight:600}
svg{display:block;width:100%;height:auto;border:1px solid #888;margin:3mm 0;
background:#f4f1ea}
svg text{font-size:13px;fill:#111;paint-order:stroke;stroke:#fff;stroke-width:3px}
svg text.end{font-weight:600;font-size:14px}
.line,.edge,.road,.shine,.way{fill:none;stroke-linejoin:round;stroke-linecap:round}
.line{stroke:#b3ab9c;stroke-width:1.1}.edge{stroke:#b9b2a4}.road{stroke:#fff}
.shine{stroke:#fff;stroke-width:9}.way{stroke:#1f5fbf;stroke-width:5.5}
.leg{fill:none;stroke:#1f5fbf;stroke-width:2.5;stroke-dasharray:2 5;stroke-linecap:round}
.start{fill:#fff;stroke:#111;stroke-width:3}.goal{fill:#c3272b;stroke:#111;stroke-width:2}
.bar{fill:none;stroke:#111;stroke-width:1.6}
footer{margin-top:5mm;border-top:1px solid #888;padding-top:1mm;font-size:12px;color:#444}
.steps{columns:2;column-gap:8mm}
@media (max-width:600px){.steps{columns:1}.others{grid-template-columns:1fr}}
@page{size:A4;margin:12mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:11pt}
h2{break-after:avoid}svg{max-height:95mm;break-inside:avoid}}
"""


def slip_page(answer: Answer, network: Network, study: str, language: Language) -> str:
    """The slip as an HTML page.

    Parameters
    ----------
    answer
        What was found; the first point is shown with its way, the others in a line.
    network
        Roads of its mode, for the map.
    study
        Title of the study.
    language
        Of the page.

    Returns
    -------
    str
        One file: styles and map are in it, it asks for nothing and runs no script.
    """
    title = say("locator.slip.title", language)
    parts = [f"<h1>{safe(title)}</h1>"]
    parts += [f'<p class="asked">{safe(one)}</p>' for one in telling.head(answer, language)]
    if answer.reason is not None:
        reason = telling.reason_text(answer.reason, language)
        parts.append(
            f'<p class="state">{safe(say("locator.none", language, reason=reason))}</p>'
        )
    for number, found in enumerate(answer.points, 1):
        parts += _point(number, found, language)
        if number == 1:
            parts += _way(answer, found, network, language)
            parts.append('<div class="others">')
    if answer.points:
        parts.append("</div>")
    if answer.instead:
        parts.append(f"<h3>{safe(say('locator.instead', language))}</h3><ul>")
        for one in answer.instead:
            parts.append(f"<li>{safe(telling.instead_text(*one, language))}</li>")
        parts.append("</ul>")
        if not answer.points:
            parts += _way(answer, answer.instead[0][1], network, language)
    made_by = safe(say("locator.slip.made_by", language, study=study))
    body = "\n".join(parts)
    tongue = "zh-CN" if language == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{tongue}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{safe(title)}</title><style>{STYLE}</style></head>\n"
        f"<body>\n{body}\n<footer>{made_by}</footer>\n</body></html>\n"
    )


def _point(number: int, found: Found, language: Language) -> list[str]:
    state = telling.state_text(found, language)
    parts = [
        f'<div class="{"first" if number == 1 else "next"}">',
        f'<p class="big">{safe(telling.point_text(number, found, language))}</p>',
    ]
    if state:
        parts.append(f'<p class="state">{safe(state)}</p>')
    parts += [f"<p>{safe(one)}</p>" for one in telling.point_lines(found, language)]
    return [*parts, "</div>"]


def _way(answer: Answer, found: Found, network: Network, language: Language) -> list[str]:
    name = found.facility["name"]
    heading = say("locator.slip.way", language, name=name)
    steps = telling.steps(found, answer.mode, language)
    return [
        f"<h2>{safe(heading)}</h2>",
        way_map(network, found.route, (answer.place.name, name), language),
        '<ol class="steps">',
        *(f"<li>{safe(one)}</li>" for one in steps),
        "</ol>",
    ]

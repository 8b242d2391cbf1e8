"""Text of the data inside a page: as JSON for scripts, or escaped for HTML.

folium's templates paste what they are given into HTML and JavaScript, so that a
name such as ``<img onerror=...>`` or ``${...}`` would run. Everything that is
pasted goes through one of these two functions; everything else reaches the page
as data and is shown with ``textContent``.
"""

from __future__ import annotations

import html
import json
from typing import Any

# What could end a script element, start a comment or an entity, or end a line
# in an engine older than ES2019.
_IN_SCRIPT = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
# What `html.escape` leaves alone although a template literal, a folium template
# or a string in a script would give it a meaning.
_IN_TEMPLATE = dict.fromkeys("`$\\{}\r\n\u2028\u2029")


def script_json(value: Any) -> str:
    """JSON that is safe between ``<script>`` tags; the same value when parsed.

    Parameters
    ----------
    value
        What ``json`` can write; NaN and infinity are refused.

    Returns
    -------
    str
        One line without ``<``, ``>``, ``&``, U+2028 and U+2029.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escaped in _IN_SCRIPT.items():
        text = text.replace(character, escaped)
    return text


def safe(text: str) -> str:
    """Text that HTML, a template literal and a folium template all show as it is."""
    escaped = html.escape(text)
    return "".join(f"&#{ord(one)};" if one in _IN_TEMPLATE else one for one in escaped)

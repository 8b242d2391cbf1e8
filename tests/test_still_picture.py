"""The picture for old engines: well formed, small, and nothing of the user's is markup in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from servicemap.outputs.still_picture import still_picture
from servicemap.outputs.web_map import map_html
from small_result import IMG, small_result


def test_the_picture_is_svg_with_a_circle_for_each_located_village():
    result = small_result("zh")
    root = ET.fromstring(still_picture(result, (121.0, 28.8, 121.25, 28.97), IMG))
    assert root.get("aria-label") == IMG
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) >= result.villages["lon"].notna().sum()
    assert map_html(result).count("<svg xmlns") == 1

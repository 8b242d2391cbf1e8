"""The one place that reads an OSM extract: everything that any stage needs, in one pass.

PBF, ``.osm``, ``.osm.gz`` and ``.osm.bz2`` are read by osmium. Python sees
only the objects whose keys matter; the rest is dropped by a filter in C++.
"""

from servicemap.osm_file.extract import Extract, RoadWays
from servicemap.osm_file.kinds import ROAD_KEYS
from servicemap.osm_file.reading import read, refuse

__all__ = ["ROAD_KEYS", "Extract", "RoadWays", "read", "refuse"]

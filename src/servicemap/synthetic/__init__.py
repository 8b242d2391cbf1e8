"""A made-up county of any size, for demonstration, tests and benchmarks.

terrain -> settlements -> roads -> streets -> people, points -> areas, osm, pages ->
county (the files); mess spoils a copy and lists what it did. Everything is invented.
"""

from servicemap.synthetic.county import CountySummary, make_county

__all__ = ["CountySummary", "make_county"]

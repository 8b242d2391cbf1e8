"""A made-up county of any size, for demonstration, tests and benchmarks.

grid -> terrain (water) -> settlements (sites, names) -> roads (paths, lanes) ->
streets -> people, points -> areas, osm (osm_writer), pages, history, catalogue ->
county (the files); mess (spoil, spoiler) writes a copy full of faults and the list of
them. Everything is invented.
"""

from servicemap.synthetic.county import CountySummary, make_county
from servicemap.synthetic.mess import make_mess, score

__all__ = ["CountySummary", "make_county", "make_mess", "score"]

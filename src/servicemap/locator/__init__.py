"""A place and an item -> the points that serve it, by travel time, and how to get there."""

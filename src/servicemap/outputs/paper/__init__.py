"""Printed maps: sheets of paper and slides, drawn from a `Result` in millimetres."""

KINDS = ("pdf", "svg", "png")
PAPERS = ("A4", "A3")

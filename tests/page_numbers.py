"""The map's packed numbers, read letter by letter: an oracle for page and packing."""

from __future__ import annotations

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MORE = 32  # a letter from here on has more of the same number after it


def unpacked(text: str) -> list[int]:
    found, value, shift = [], 0, 0
    for letter in text:
        group = LETTERS.index(letter)
        value |= (group & 31) << shift
        shift += 5
        if group < MORE:
            found.append(-(value + 1) // 2 if value % 2 else value // 2)
            value, shift = 0, 0
    return found

"""What a profile says of a way and of a node: `WayUse`, `NodeUse`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WayUse:
    """How one mode may use one way.

    Attributes
    ----------
    forward, backward
        Whether the mode may go along and against the order of the nodes.
    forward_kph, backward_kph
        Speed in km/h; above 0 where allowed, 0 elsewhere.
    assumed
        The speed of a motor vehicle is that of the class, or a ferry's is the
        default: no tag told it.
    snappable
        Whether a point may meet the road here.
    ferry
        Whether this is a ferry.
    rule
        The rule that closed the way; else the one that closed one direction;
        else the one that opened it. For counting.
    notes
        What was passed over or used with a reservation, sorted:
        ``conditional_skipped``, ``conditional_unread``, ``access=destination``, ...
    """

    forward: bool
    backward: bool
    forward_kph: float
    backward_kph: float
    assumed: bool
    snappable: bool
    ferry: bool
    rule: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodeUse:
    """Whether and how one mode may pass one node of a way.

    Attributes
    ----------
    passable
        Whether the mode gets through.
    delay_s
        Seconds that are lost here on average.
    rule
        What closes or opens it.
    notes
        What was passed over, sorted.
    forward, backward
        Whether the delay is for those who come along the way, and against it.
    """

    passable: bool
    delay_s: float
    rule: str
    notes: tuple[str, ...] = ()
    forward: bool = True
    backward: bool = True


def closed(rule: str, notes: set[str], *, ferry: bool = False) -> WayUse:
    """The judgement of a way that a mode may not use."""
    return WayUse(
        forward=False,
        backward=False,
        forward_kph=0.0,
        backward_kph=0.0,
        assumed=False,
        snappable=False,
        ferry=ferry,
        rule=rule,
        notes=tuple(sorted(notes)),
    )

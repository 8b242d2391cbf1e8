"""``servicemap find``: where do I go, and how."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from servicemap.cli import screen, targets
from servicemap.cli.options import StudyArgument
from servicemap.errors import InputError

if TYPE_CHECKING:
    from servicemap.study import Language as Languages

MOST_POINTS = 50
NOTHING = 1


def find(
    study: StudyArgument,
    where: Annotated[
        str,
        typer.Argument(
            help="lon,lat, or a village, place, street, address, id, pinyin or initials."
        ),
    ],
    item: Annotated[
        str | None, typer.Option(help="Item or item group. [default: any point]")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help='Start: "2026-12-05 10:00" or now. [default: hours not asked]'),
    ] = None,
    mode: Annotated[
        str | None, typer.Option(help="How one travels. [default: the study's first]")
    ] = None,
    k: Annotated[int, typer.Option(help="So many points at most.")] = 5,
    minutes: Annotated[
        float | None, typer.Option(help="Longest door-to-door time. [default: none]")
    ] = None,
    service_min: Annotated[
        float, typer.Option(help="Minutes that the service takes at the counter.")
    ] = 15.0,
    home: Annotated[
        str | None,
        typer.Option(help="Id of the village whose rules count. [default: that of WHERE]"),
    ] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Only points that finish the item.")
    ] = False,
    walk_in: Annotated[
        bool, typer.Option("--walk-in", help="Only points that need no appointment.")
    ] = False,
    slip: Annotated[
        Path | None, typer.Option(help="HTML file: a printable slip with a small map.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file at --slip.")
    ] = False,
    language: Annotated[
        str | None,
        typer.Option(help="Language of the answer: en or zh. [default: the study's]"),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Write the answer as JSON to stdout.")
    ] = False,
) -> None:
    """The nearest points that do an item, may serve the place and are open on arrival.

    A text that may mean several places lists them, each with its township, and chooses
    none. Exit code 1 when the place is not clear or no point will do.

    **Example:** `servicemap find data/demo-county 荷谷 --item 医疗保障
    --at "2026-12-05 10:00" --mode ebike --k 3`
    """
    chosen = cast("Languages", screen.speak(language, study))
    if not 1 <= k <= MOST_POINTS:
        raise InputError("value", name="--k", value=k, expected=f"1 .. {MOST_POINTS}")
    _positive("--minutes", minutes)
    _positive("--service-min", service_min)
    # found out before the work, not after it
    targets.refuse(slip, overwrite=overwrite, option="--slip")
    from servicemap.locator.as_json import answer_json, matches_json
    from servicemap.locator.engine import Locator
    from servicemap.locator.moments import moment
    from servicemap.locator.telling import lines
    from servicemap.locator.where import WhereError

    with screen.stages() as say:
        locator = Locator(study, say=say)
    zone = locator.last_state.asked.about.timezone
    try:
        answer = locator.locate(
            where,
            item=item,
            at=moment(at, zone) if at is not None else None,
            mode=mode,
            k=k,
            minutes=minutes,
            service_min=service_min,
            home=home,
            finish=finish,
            walk_in=walk_in,
        )
    except WhereError as error:
        if not json:
            raise
        screen.data_json({"matches": matches_json(error.matches, chosen)})
        screen.complain(error.text(chosen))
        raise typer.Exit(error.exit_code) from None
    if json:
        screen.data_json(answer_json(answer, chosen))
    else:
        screen.data("\n".join(lines(answer, chosen, where)))
    if slip is not None:
        from servicemap.locator.slip import slip_page
        from servicemap.outputs.files import replacing

        state = locator.last_state
        network = state.networks[answer.mode]
        page = slip_page(answer, network, state.asked.name, chosen)
        with targets.file(slip, overwrite=overwrite), replacing(slip) as temporary:
            temporary.write_text(page, encoding="utf-8", newline="\n")
        screen.talk(str(slip))
    raise typer.Exit(0 if answer.points else NOTHING)


def _positive(name: str, value: float | None) -> None:
    from servicemap.study import MAX_MINUTES

    if value is not None and not 0 <= value <= MAX_MINUTES:
        raise InputError("value", name=name, value=value, expected=f"0 .. {MAX_MINUTES:g}")

"""``servicemap demo``: a made-up county to try everything on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from servicemap.cli import screen


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the made-up county.")],
    townships: Annotated[int, typer.Option(help="Number of townships.")] = 25,
    villages: Annotated[int, typer.Option(help="Number of villages.")] = 420,
    seed: Annotated[int, typer.Option(help="The same seed gives the same county.")] = 1,
    mess: Annotated[
        bool,
        typer.Option(
            "--mess", help="Spoil it: every fault planted is listed in faults.csv."
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write into a folder that is not empty.")
    ] = False,
    language: Annotated[
        str, typer.Option(help="Language of the messages: en or zh.")
    ] = "en",
) -> None:
    """Make a county: roads, villages, service points, items and people, all invented.

    Its files are in Chinese and say that the data are made up.

    **Example:** `servicemap demo my-county --townships 5 --villages 60`
    """
    screen.speak(language)
    from servicemap.errors import InputError

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not overwrite:
        raise InputError("target_exists", path=folder)
    from servicemap import synthetic

    if mess:
        faults = synthetic.make_mess(
            folder, townships=townships, villages=villages, seed=seed
        )
        screen.data(screen.words("cli.demo_mess", folder=folder, faults=len(faults)))
    else:
        summary = synthetic.make_county(
            folder, townships=townships, villages=villages, seed=seed
        )
        screen.data(
            screen.words(
                "cli.demo_made",
                folder=folder,
                files=len(summary.files),
                townships=townships,
                villages=villages,
            )
        )
    screen.talk(screen.words("cli.demo_next", folder=screen.as_argument(folder)))

"""The command line: arguments into a call, a result into words. No analysis here."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from servicemap import interrupts, starting
from servicemap.cli import (
    coverage,
    demo,
    doctor,
    find,
    gaps,
    network,
    papers,
    points,
    screen,
    serve,
    studies,
)
from servicemap.errors import ServicemapError

INTERRUPTED = 130
RESOURCES = 5


class _Commands(TyperGroup):
    """All commands; typer would swallow these two before `main` sees them."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:
            # the reader of our output has gone: nothing to tell anybody, and nothing
            # to flush on the way out
            screen.drop_output()
            raise typer.Exit from None
        except (Exception, KeyboardInterrupt) as error:
            # compiled code that a signal meets ends in a SystemError, and other libraries
            # make errors of their own of it
            if not isinstance(error, KeyboardInterrupt) and not interrupts.is_asked():
                raise
            screen.complain(screen.words("cli.interrupted"))
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="servicemap",
    cls=_Commands,
    help=(
        "Who can reach a service point that can do what they need, in 15 minutes, "
        "on the real road network."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _options(
    version: bool = typer.Option(False, "--version", help="Show the version and exit."),
) -> None:
    if version:
        from servicemap import __version__

        typer.echo(__version__)
        raise typer.Exit


app.command("init")(studies.init)
app.command("check")(studies.check)
app.command("run")(studies.run)
app.command("matrix")(points.matrix)
app.command("isochrones")(points.isochrones)
app.add_typer(network.app)
# west of Greenwich a longitude begins as an option does
app.command("find", context_settings={"ignore_unknown_options": True})(find.find)
app.command("coverage")(coverage.coverage)
app.command("gaps")(gaps.gaps)
app.command("map")(papers.print_map)
app.command("serve")(serve.serve)
app.command("report")(papers.report)
app.command("export")(papers.export)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run the command line; errors become words on stderr and an exit code."""
    starting.collect_seldom()
    screen.unicode_streams()
    interrupts.listen()
    try:
        app()
    except ServicemapError as error:
        screen.complain(error.text(screen.language()))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        screen.complain(screen.words("cli.interrupted"))
        sys.exit(INTERRUPTED)
    except MemoryError:
        screen.complain(screen.words("cli.memory"))
        sys.exit(RESOURCES)

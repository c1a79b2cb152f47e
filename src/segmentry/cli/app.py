"""The commands, and what happens when one fails: a message and an exit code, never a traceback for bad input."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from ..core.errors import SegmentryError
from . import console
from .compare_methods import compare_methods
from .demo import demo
from .doctor import doctor
from .explain import explain
from .init import init
from .refresh import refresh
from .rules import rules
from .run import run
from .runs import runs
from .score import score
from .show import show
from .sql import sql
from .status import status

app = typer.Typer(
    name="segmentry",
    help="Turn raw transactions into named, explained customer segments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run, refresh, init, demo, score, sql, show, explain, compare_methods, status, doctor):
    app.command()(command)
app.add_typer(rules, name="rules")
app.add_typer(runs, name="runs")


def _version(asked: bool) -> None:
    if asked:
        from .. import __version__

        console.line(f"segmentry {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Turn raw transactions into named, explained customer segments."""


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 bad input or data, 2 usage, 3 refused."""
    try:
        app(prog_name="segmentry")
    except SegmentryError as error:
        console.failure(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        console.note("Stopped. Nothing was left behind.")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read us has gone (`segmentry run … | head`): nobody is left to talk to, and a run stopped half-way.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(0)

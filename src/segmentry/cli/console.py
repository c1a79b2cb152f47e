"""What the terminal shows: facts and tables on standard output, progress on standard error, JSON when asked for."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Self

from ..core.errors import NothingLeft, SegmentryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

GAP = 3  # blanks between the columns of a table


def terminal(*, stderr: bool = False) -> Console:
    """Return the terminal behind standard output (or standard error), for coloured text."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, emoji=False)


def styled(text: str, style: str, *, stderr: bool = False, until: int | None = None, wrap: bool = False) -> None:
    """Print *text*: on a terminal in *style* (the first *until* characters), in a pipe plain and on one line."""
    stream = sys.stderr if stderr else sys.stdout
    if not stream.isatty():
        print(text, file=stream, flush=True)
        return
    from rich.text import Text

    shown = Text(text)
    shown.stylize(style, 0, until)
    terminal(stderr=stderr).print(shown, soft_wrap=not wrap)


def line(text: str) -> None:
    """Print one plain line on standard output."""
    print(text)  # noqa: T201 -- this is the command line


def note(text: str) -> None:
    """Print one plain line on standard error."""
    print(text, file=sys.stderr)  # noqa: T201 -- this is the command line


def dim(text: str) -> None:
    """Print one line on standard output that only explains."""
    styled(text, "dim")


def as_json(content: Any) -> None:
    """Print *content* as one JSON document on standard output; values JSON does not know become null or text."""
    line(json.dumps(_jsonable(content), indent=2, ensure_ascii=False, allow_nan=False, default=str))


def failure(error: SegmentryError) -> None:
    """Print *error* on standard error: what was found, what was possible, what to do; the ledger where it carries one.

    With ``--json`` on the command line the same goes to standard output as a document.
    """
    if "--json" in sys.argv:
        as_json(
            {
                "error": {
                    "type": type(error).__name__,
                    "found": error.found,
                    "possible": error.possible,
                    "action": error.action,
                }
            }
        )
    note(f"Error: {error.found}")
    for part in (error.possible, error.action):
        if part:
            note(f"       {part}")
    if isinstance(error, NothingLeft):
        for entry in (*error.ledger.set_aside, error.ledger.kept, error.ledger.total):
            note(f"       {entry.reason:24s} {entry.rows:>12,d} rows  {entry.money:>20,.2f}")


class Listener:
    """Prints each stage as one line, its name in front, and shows a spinner on a terminal while a stage works."""

    NAME_WIDTH = 28

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr
        self._status = terminal(stderr=True).status("Working …") if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def step(self, name: str, detail: str = "") -> None:
        """Print *detail* behind *name*; without a name, as a continuation of the line before."""
        if self._status and name:
            self._status.update(f"{name} …")
        if detail:
            if name:
                line = f"{name:{self.NAME_WIDTH}s} {detail}"
                styled(line, "bold", stderr=self._stderr, until=len(name), wrap=True)
            else:
                styled(f"  {detail}", "dim", stderr=self._stderr, wrap=True)

    def advance(self, done: int, total: int) -> None:
        """Show how far the present stage is."""
        if self._status:
            self._status.update(f"Working … {done:,d} of {total:,d}")


def table(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
    """Print *rows* under *columns* (title and ``left`` or ``right``), without frames.

    On a terminal the last column is cut to the width that is left; a pipe gets it whole.
    """
    import shutil

    from rich.cells import cell_len, set_cell_size

    lines = [[title for title, _ in columns], *(list(row) for row in rows)]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(columns))]
    before = sum(widths[:-1]) + GAP * (len(columns) - 1)
    left = max(shutil.get_terminal_size().columns - before, 12) if sys.stdout.isatty() else widths[-1]
    for number, cells in enumerate(lines):
        last = cells[-1] if cell_len(cells[-1]) <= left else set_cell_size(cells[-1], left - 1) + "…"
        shown = [
            _aligned(cell, width, side) for cell, width, (_, side) in zip(cells, widths, columns[:-1], strict=False)
        ]
        text = (" " * GAP).join([*shown, last]).rstrip()
        styled(text, "dim" if number == 0 else "")


def _aligned(cell: str, width: int, side: str) -> str:
    from rich.cells import cell_len

    room = " " * (width - cell_len(cell))
    return room + cell if side == "right" else cell + room


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 -- NaN is the value unlike itself

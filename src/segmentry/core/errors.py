"""Every error Segmentry raises on purpose.

::

    SegmentryError                exit code 1
    ├── SourceError               a file, folder or table that cannot be read as data
    │   ├── SourceNotFound        (FileNotFoundError)
    │   └── UnknownColumn         (KeyError)
    ├── DataError                 (ValueError) readable data that cannot be segmented
    │   └── NothingLeft           every row was set aside; carries the ledger
    ├── RecipeError               (ValueError) a setting that is unknown, misspelt or impossible
    ├── ModelError                a model that is damaged, foreign or from a newer version
    ├── OutputError               (OSError) a place that cannot be written
    ├── EngineError               a query that an engine refused; carries step and SQL
    └── Refused                   exit code 3: a guard stopped the work

A message has up to three parts: what was found, what was possible, what to do.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class SegmentryError(Exception):
    """The root of the tree: a message in three parts and the exit code of the command line.

    Parameters
    ----------
    found
        What was found, with the file, column or setting it was found in.
    possible
        What would have been right.
    action
        What to do next: a command or a setting.
    """

    exit_code = 1

    def __init__(self, found: str, *, possible: str = "", action: str = "") -> None:
        self.found, self.possible, self.action = found, possible, action
        super().__init__(" ".join(part for part in (found, possible, action) if part))

    def __str__(self) -> str:
        return str(self.args[0])


class SourceError(SegmentryError):
    """A file, folder or table cannot be read as data."""


class SourceNotFound(SourceError, FileNotFoundError):
    """There is no such file, folder or table."""


class UnknownColumn(SourceError, KeyError):
    """A column that was asked for is not in the data; the message names the nearest one."""

    def __init__(self, column: str, available: Iterable[str], *, where: str) -> None:
        names = list(available)
        shown = ", ".join(repr(name) for name in names[:12]) + (", …" if len(names) > 12 else "")
        super().__init__(
            f"{column!r} is not a column of {where}.", possible=f"Columns: {shown}.", action=did_you_mean(column, names)
        )


class DataError(SegmentryError, ValueError):
    """The data can be read but cannot be segmented."""


class NothingLeft(DataError):
    """Cleaning set every row aside; ``ledger`` says why."""

    def __init__(self, found: str, *, ledger: Any, action: str) -> None:
        super().__init__(found, action=action)
        self.ledger = ledger


class RecipeError(SegmentryError, ValueError):
    """A setting is unknown, misspelt or impossible."""


class ModelError(SegmentryError):
    """A saved model is damaged, foreign, or was written by a newer version."""


class OutputError(SegmentryError, OSError):
    """Results cannot be written there."""


class EngineError(SegmentryError):
    """An engine refused a query; ``step`` names the stage and ``sql`` holds the query."""

    def __init__(self, step: str, sql: str, reason: str) -> None:
        super().__init__(f"The engine refused the query of step '{step}': {reason}")
        self.step, self.sql = step, sql


class Refused(SegmentryError):
    """A guard stopped the work before anything was written."""

    exit_code = 3


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``Did you mean 'amount'?`` for the nearest of *known*, or an empty string when none is near.

    >>> did_you_mean("amout", ["amount", "order"])
    "Did you mean 'amount'?"
    """
    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"Did you mean {by_folded[near[0]]!r}?" if near else ""

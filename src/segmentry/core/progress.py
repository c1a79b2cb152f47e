"""Progress: stages say what they do and how far they are; who listens decides how it looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """A listener to a run's progress."""

    def step(self, name: str, detail: str = "") -> None:
        """Take note that the stage *name* has begun (empty *detail*) or found *detail*."""

    def advance(self, done: int, total: int) -> None:
        """Take note that *done* of *total* units of the present stage are finished."""


class Silent:
    """A listener that shows nothing: the default of the Python interface."""

    def step(self, name: str, detail: str = "") -> None:
        """Ignore it."""

    def advance(self, done: int, total: int) -> None:
        """Ignore it."""


Advance = Callable[[int, int], None]

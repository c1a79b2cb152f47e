"""Seconds per stage, for the manifest."""

from __future__ import annotations

import time

from ..core.progress import Progress


class Stopwatch:
    """A listener that passes everything on and keeps the seconds of each stage in ``seconds``."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def step(self, name: str, detail: str = "") -> None:
        """Pass the step on."""
        self._progress.step(name, detail)

    def advance(self, done: int, total: int) -> None:
        """Pass the advance on."""
        self._progress.advance(done, total)

    def lap(self, stage: str) -> None:
        """Book the time since the last lap under *stage*, beside what is there: cohorts go through it in turn."""
        now = time.perf_counter()
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + now - self._last, 4)
        self._last = now

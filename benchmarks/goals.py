"""The figures that are promised: how each follows from what was measured, and at least or at most what it is to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from record import Entry, Record
from works import MEMORY, MEMORY_MIB

Records = Mapping[str, Record]
Figure = Callable[[Records], float | None]


@dataclass(frozen=True)
class Goal:
    """A promised figure: ``figure`` returns what was measured, None where it was not or a program did not finish."""

    text: str
    figure: Figure
    least: float = 0.0
    most: float = float("inf")
    unit: str = " ×"

    def reached(self, measured: float) -> bool:
        return self.least <= measured <= self.most

    def shown(self, value: float) -> str:
        return f"{value:,.0f}{self.unit}" if value >= 1000 else f"{value:.3g}{self.unit}"

    @property
    def asked(self) -> str:
        return f"≥ {self.shown(self.least)}" if self.least else f"≤ {self.shown(self.most)}"


def ratio(top: Figure, bottom: Figure) -> Figure:
    """Return the figure *top* ÷ *bottom*."""

    def figure(records: Records) -> float | None:
        over, under = top(records), bottom(records)
        return over / under if over is not None and under else None

    return figure


def of(work: str, command: str, value: Callable[[Entry], float]) -> Figure:
    """Return the figure *value* of *command* in *work*."""

    def figure(records: Records) -> float | None:
        entry = records[work].finished.get(command) if work in records else None
        return value(entry) if entry else None

    return figure


def wall(work: str, command: str) -> Figure:
    """Return the figure of wall seconds of *command* in *work*."""
    return of(work, command, lambda entry: entry.middle("wall"))


def rate(work: str, command: str) -> Figure:
    """Return the figure of how many a second *command* works off in *work*."""

    def figure(records: Records) -> float | None:
        seconds = wall(work, command)(records)
        count = records[work].count if work in records else None
        return count / seconds if count and seconds else None

    return figure


GOALS = (
    Goal("retail file: notebook ÷ Segmentry", ratio(wall("retail", "notebook"), wall("retail", "segmentry")), least=3),
    Goal("retail file: notebook ÷ Segmentry with `--no-report`",
         ratio(wall("retail", "notebook"), wall("retail", "no-report")), least=5),
    Goal("10M: notebook ÷ Segmentry", ratio(wall("10M", "notebook"), wall("10M", "segmentry")), least=10),
    Goal("10M: Polars + scikit-learn ÷ Segmentry", ratio(wall("10M", "polars"), wall("10M", "segmentry")), least=3),
    Goal("100M: Polars + scikit-learn ÷ Segmentry", ratio(wall("100M", "polars"), wall("100M", "segmentry")), least=5),
    Goal("Segmentry, 100M ÷ 10M", ratio(wall("100M", "segmentry"), wall("10M", "segmentry")), most=11),
    Goal(f"100M with `--memory {MEMORY}`: peak memory", of("100M", "segmentry", lambda entry: entry.middle("peak")),
         most=MEMORY_MIB, unit=" MiB"),
    Goal("features with cleaning, ledger and duplicates ÷ one scan of the columns",
         ratio(of("scan", "segmentry", lambda entry: entry.before("prepare")),
               of("scan", "scan", lambda entry: entry.middle("scan"))), most=10),
    Goal("sweep of k from 2 to 12, ten starts each: scikit-learn ÷ ours",
         of("sweep", "script", lambda entry: entry.middle("times faster")), least=40),
    Goal("inertia above scikit-learn's at the worst k",
         of("sweep", "script", lambda entry: entry.middle("worst, %")), most=0.1, unit=" %"),
    Goal("scoring, customers a second", rate("scoring", "segmentry"), least=5_000_000, unit=""),
)  # fmt: skip

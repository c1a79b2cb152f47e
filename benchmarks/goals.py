"""The figures that the main job promises, each as a ratio of what was measured: at least, or at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from record import Record

WALL = ("wall",)
FEATURES = ("read", "clean and features")


@dataclass(frozen=True)
class Side:
    """A measured figure: the work, the command, and the parts whose sum counts."""

    work: str
    command: str
    parts: tuple[str, ...] = WALL

    def of(self, records: Mapping[str, Record]) -> float | None:
        """Return the figure in *records*, None where it was not measured or the command did not finish."""
        entry = records[self.work].finished.get(self.command) if self.work in records else None
        return entry.middle(*self.parts) if entry else None


@dataclass(frozen=True)
class Goal:
    """*top* ÷ *bottom* is to be at least, or at most, a number."""

    text: str
    top: Side
    bottom: Side
    least: float | None = None
    most: float | None = None

    def ratio(self, records: Mapping[str, Record]) -> float | None:
        """Return what was measured."""
        top, bottom = self.top.of(records), self.bottom.of(records)
        return top / bottom if top is not None and bottom else None

    def reached(self, ratio: float) -> bool:
        return ratio >= (self.least or 0) and ratio <= (self.most or float("inf"))

    @property
    def asked(self) -> str:
        return f"≥ {self.least:g} ×" if self.least is not None else f"≤ {self.most:g} ×"


def _faster(work: str, peer: str, least: float, *, ours: str = "segmentry") -> Goal:
    names = {"notebook": "the notebook", "polars": "Polars + scikit-learn"}
    without = " with `--no-report`" if ours == "no-report" else ""
    text = f"{work}: time of {names[peer]} ÷ Segmentry{without}"
    return Goal(text, Side(work, peer), Side(work, ours), least=least)


GOALS = (
    _faster("retail", "notebook", 3),
    _faster("retail", "notebook", 5, ours="no-report"),
    _faster("10M", "notebook", 10),
    _faster("10M", "polars", 3),
    _faster("100M", "polars", 5),
    Goal("100M ÷ 10M, time of Segmentry", Side("100M", "segmentry"), Side("10M", "segmentry"), most=11),
    Goal(
        "100M: features with cleaning, ledger and duplicates ÷ one scan of the columns",
        Side("scan", "segmentry", FEATURES),
        Side("scan", "scan", ("scan",)),
        most=10,
    ),
)
RATES = {"scoring": ("segmentry", 5_000_000)}

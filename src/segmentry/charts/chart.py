"""A chart: one plain Vega-Lite specification with its title, its words for those who cannot see it, and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import theme
from .rendering import render_one
from .words import wrapped

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
Table = tuple[tuple[str, ...], list[tuple[str, ...]]]
Record = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes
    ----------
    name
        Short name: file name without suffix, and key of the charts.
    title, subtitle
        What was found; what is plotted, and for how many customers.
    alt
        The chart in words.
    spec
        Vega-Lite 6 specification with its data inside, without the title.
    table
        The numbers behind it: headings and rows, formatted for people.
    """

    name: str
    title: str
    subtitle: str
    alt: str
    spec: dict[str, Any]
    table: Table

    def svg(self) -> str:
        """Return the chart as a standalone SVG document, title included."""
        return render_one(self)

    def save(self, path: Path) -> None:
        """Write the chart as SVG to *path*."""
        path.write_text(self.svg(), encoding="utf-8")

    def altair(self) -> Any:
        """Return the chart as an Altair chart, for notebooks; needs Altair, which is imported here only."""
        import altair as alt  # costs half a second that no run should pay

        return alt.Chart.from_dict(self.full_spec())

    def full_spec(self) -> dict[str, Any]:
        """Return the Vega-Lite specification with schema, configuration and title: what notebooks and editors take."""
        title = {"text": wrapped(self.title, 90), "subtitle": wrapped(self.subtitle, 110)}
        return {"$schema": SCHEMA, "title": title, "description": self.alt, "config": theme.config(), **self.spec}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the interactive chart and its picture, for whichever the notebook can show."""
        del include, exclude
        return {
            "application/vnd.vegalite.v6+json": self.full_spec(),
            "image/svg+xml": self.svg(),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"<Chart {self.name}: {self.title}>"

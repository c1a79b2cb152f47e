"""A picture of the main job: time and memory of every program at every size, as bars with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from record import Entry, Record

# Deep green and grey are told apart by everyone, and in print; which is whose is also written.
OURS, OTHERS, INK, QUIET = "#0b6e4f", "#a9b4bd", "#1f2933", "#5b6770"
BAR_INCHES, HEAD_INCHES = 0.30, 0.78


def draw(records: Sequence[Record], path: Path) -> None:
    """Write the picture of *records*, one band for each, to *path*."""
    heights = [len(record.entries) * BAR_INCHES + HEAD_INCHES for record in records]
    figure = plt.figure(figsize=(9.6, sum(heights) + 0.8), dpi=144, facecolor="white")
    grid = figure.add_gridspec(
        len(records), 2, height_ratios=heights, width_ratios=(3, 2), hspace=0.0, wspace=0.06,
        left=0.245, right=0.975, top=1 - 0.62 / figure.get_figheight(), bottom=0.02,
    )  # fmt: skip
    figure.text(0.012, 1 - 0.28 / figure.get_figheight(), "From transactions to segments: time and memory",
                fontsize=13, fontweight="bold", color=INK, va="center")  # fmt: skip
    figure.text(0.012, 1 - 0.52 / figure.get_figheight(),
                "Whole processes on the same file, in turn, medians; each band has its own scale",
                fontsize=9, color=QUIET, va="center")  # fmt: skip
    for row, record in enumerate(records):
        _band(record, figure.add_subplot(grid[row, 0]), figure.add_subplot(grid[row, 1]), heights[row])
    figure.savefig(path)
    plt.close(figure)


def _band(record: Record, times: Axes, memories: Axes, inches: float) -> None:
    entries = list(record.entries.items())
    _bars(times, entries, "wall", inches)
    _bars(memories, entries, "peak", inches)
    title_at, heading_at = -0.5 - 0.42 / BAR_INCHES, -0.5 - 0.12 / BAR_INCHES
    times.set_yticks(range(len(entries)), [entry.label for _, entry in entries], fontsize=8.5, color=INK)
    memories.set_yticks([])
    title = record.title.partition(", whole process")[0]
    times.annotate(title[0].upper() + title[1:], (0, title_at), xycoords=times.get_yaxis_transform(), fontsize=10,
                   fontweight="bold", color=INK, annotation_clip=False, xytext=(-167, 0),
                   textcoords="offset points")  # fmt: skip
    for axes, text in ((times, "wall seconds"), (memories, "peak memory of the process tree, MiB")):
        axes.annotate(text, (0, heading_at), xycoords=axes.get_yaxis_transform(), fontsize=8, color=QUIET,
                      annotation_clip=False, xytext=(0, 0), textcoords="offset points")  # fmt: skip


def _bars(axes: Axes, entries: list[tuple[str, Entry]], part: str, inches: float) -> None:
    values = [entry.middle(part) if entry.finished else 0.0 for _, entry in entries]
    colours = [OURS if entry.label.startswith("segmentry") else OTHERS for _, entry in entries]
    axes.barh(range(len(values)), values, height=0.68, color=colours)
    longest = max(values) or 1.0
    for place, ((_, entry), value) in enumerate(zip(entries, values, strict=True)):
        said = _figure(value, part) if entry.finished else (entry.ended if part == "wall" else "–")
        axes.text(value + longest * 0.012, place, said, va="center", fontsize=8.5, color=INK if value else QUIET)
    axes.set_xlim(0, longest * 1.2)
    axes.set_ylim(len(values) - 0.5, len(values) - 0.5 - inches / BAR_INCHES)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.axvline(0, color=QUIET, linewidth=0.8, ymax=len(values) * BAR_INCHES / inches)


def _figure(value: float, part: str) -> str:
    if part == "peak":
        return f"{value:,.0f}"
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"

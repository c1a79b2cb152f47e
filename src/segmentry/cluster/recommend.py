"""Which method to take, and why, in words that a marketer can check against the table.

A method is out where it has fewer than three segments or more than twelve, leaves more than a tenth of the customers or
of their value without a segment, has a segment below the useful size, or is not found again under resampling (0.75).
Among the others the highest mean of silhouette (not below 0), stability and interpretability counts; within 0.03 of it
the simplest method wins. Where all are out, the one with the fewest faults is named, with its faults.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core import display
from ..core.recipe import Method
from .choose_k import FLOOR, STABLE

if TYPE_CHECKING:
    from .side_by_side import MethodRow

SIMPLEST_FIRST: tuple[Method, ...] = ("kmeans", "minibatch", "hierarchical", "mixture", "dbscan", "hdbscan")
MOST = 12  # segments that people can keep apart
NOISE = 0.10  # share of customers, and of value
TIE = 0.03  # mean of three figures from 0 to 1: less than resampling moves one of them


def recommend(
    rows: Sequence[MethodRow], *, min_share: float, fewest: int = FLOOR
) -> tuple[Method | None, str, dict[Method, str]]:
    """Return the method to take, the sentences that say why, and per method what speaks for or against it.

    *fewest* is the number of segments below which a method is out.
    """
    faults = {row.method: faults_of(row, min_share, fewest) for row in rows}
    reasons = {row.method: _reason(row, faults[row.method]) for row in rows}
    sound = [row for row in rows if not faults[row.method]]
    if sound:
        best = max(overall(row) for row in sound)
        near = [row for row in sound if overall(row) >= best - TIE]
        chosen = min(near, key=lambda row: SIMPLEST_FIRST.index(row.method))
        words = f"Take {chosen.title}: {_figures(chosen)}. {_against(chosen, rows, sound, near, faults)}"
        return chosen.method, words.strip(), reasons
    found = [row for row in rows if row.segments]
    if not found:
        return None, "No method finds segments in these customers.", reasons
    chosen = min(found, key=lambda row: (len(faults[row.method]), -overall(row), SIMPLEST_FIRST.index(row.method)))
    why = _and(faults[chosen.method])
    words = f"No method is without faults. {chosen.title} comes nearest: {_figures(chosen)}; but {why}."
    return chosen.method, words, reasons


def overall(row: MethodRow) -> float:
    """Return the mean of silhouette (not below 0), stability and interpretability, 0 to 1."""
    figures = (max(row.silhouette, 0.0), row.stability, row.imitation)
    return sum(figure if math.isfinite(figure) else 0.0 for figure in figures) / 3


def faults_of(row: MethodRow, min_share: float, fewest: int = FLOOR) -> list[str]:
    """Return what rules a method out, in words; nothing where it is sound."""
    if not row.segments:
        return ["it finds no segments"]
    found = []
    if row.segments < fewest:
        found.append(f"it finds {display.counted(row.segments, 'segments')} only")
    if row.segments > MOST:
        found.append(f"{row.segments} segments are more than people can keep apart")
    if max(row.noise_share, row.noise_value) > NOISE:
        worth = f" with {display.share(row.noise_value)} of the value" if row.noise_value > NOISE else ""
        found.append(f"it leaves {display.share(row.noise_share)} of customers{worth} without a segment")
    if row.smallest_share < min_share:
        found.append(f"its smallest segment has {display.share(row.smallest_share)} of customers")
    if row.stability < STABLE:
        found.append(f"resampled customers give other segments ({row.stability:.2f})")
    return found


def _figures(row: MethodRow) -> str:
    noise = f", {display.share(row.noise_share)} of customers are noise" if row.noise_share > 0 else ""
    silhouette = f"silhouette {row.silhouette:.2f}" if math.isfinite(row.silhouette) else "no silhouette"
    return (
        f"{row.segments} segments{noise}, {silhouette}, found again under resampling with {row.stability:.2f}, "
        f"and {row.rules} rules tell {display.share(row.imitation)} of customers' segments"
    )


def _reason(row: MethodRow, faults: Sequence[str]) -> str:
    if not faults:
        return f"Sound; silhouette, stability and interpretability are {overall(row):.2f} on average."
    text = _and(faults)
    return f"{text[:1].upper()}{text[1:]}."


def _against(
    chosen: MethodRow,
    rows: Sequence[MethodRow],
    sound: Sequence[MethodRow],
    near: Sequence[MethodRow],
    faults: dict[Method, list[str]],
) -> str:
    """Return why not the others, a sentence for each kind of reason."""
    sentences = []
    level = [row.title for row in near if row is not chosen]
    if level:
        sentences.append(f"{_and(level)} {'is' if len(level) == 1 else 'are'} about as good, and less simple.")
    behind = [f"{row.title} ({overall(row):.2f})" for row in sound if row not in near]
    if behind:
        what = f"the average of silhouette, stability and interpretability ({overall(chosen):.2f})"
        sentences.append(f"Behind it on {what}: {_and(behind)}.")
    sentences += [f"Not {row.title}: {_and(faults[row.method])}." for row in rows if faults[row.method]]
    return " ".join(sentences)


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

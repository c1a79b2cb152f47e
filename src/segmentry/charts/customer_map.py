"""The customers on a plane: the two directions in which the prepared features differ most (principal components)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.seeds import generator
from ..core.tables import Column, CustomerTable
from ..prepare.pca import Components
from ..prepare.result import Prepared
from ..profile.phrases import in_words
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .marks import TIP, Spec
from .words import finite, wrapped, wrapped_names

Floats = NDArray[np.float64]

_POINTS = 1500
_FEWEST = 12  # points of a small segment, so that it does not vanish from a large table
_NAMED = 9  # segments: of more, the largest are named, for names would hide the points and end after a word
_WIDTH, _HEIGHT = 312, 300


@dataclass(frozen=True)
class Plane:
    """Positions, shape (n, 2), share of variance of each axis, loadings, shape (2, d), and every component's share."""

    positions: Floats
    explained: tuple[float, float]
    loadings: Floats
    spectrum: tuple[float, ...]


def project(matrix: Floats, fitted_on: NDArray[np.bool_]) -> Plane:
    """Return *matrix*, shape (n, d) with d ≥ 2, on the two principal axes of its *fitted_on* rows.

    Singular value decomposition of the centred rows; each axis points to where its largest loading is positive.
    """
    reference = matrix[fitted_on] if fitted_on.any() else matrix
    centre = reference.mean(axis=0)
    # The R of a QR decomposition has the singular values and right vectors of the whole, and only d rows.
    _, singular, axes = np.linalg.svd(np.linalg.qr(reference - centre, mode="r"), full_matrices=False)
    if len(axes) < 2:  # one reference row: any second axis will do
        axes, singular = np.vstack([axes, np.eye(matrix.shape[1])[:1]]), np.append(singular, 0.0)
    loadings = axes[:2]
    largest = loadings[np.arange(2), np.abs(loadings).argmax(axis=1)]
    loadings = loadings * np.where(largest < 0, -1.0, 1.0)[:, None]
    total = float((singular**2).sum())
    spectrum = tuple((float(value) ** 2 / total) if total > 0 else 0.0 for value in singular)
    return Plane((matrix - centre) @ loadings.T, (spectrum[0], spectrum[1]), loadings, spectrum)


def in_columns(plane: Plane, components: Components | None) -> Plane:
    """Return *plane* as seen from the columns that *components* were made of: loadings and shares of their variance."""
    if components is None:
        return plane
    kept = sum(components.explained)
    first, second = plane.explained
    spectrum = tuple(share * kept for share in plane.spectrum)
    return Plane(plane.positions, (first * kept, second * kept), plane.loadings @ components.loadings, spectrum)


def customer_map(
    segments: tuple[Segment, ...],
    colours: dict[int, str],
    customers: CustomerTable,
    labels: NDArray[np.int64],
    prepared: Prepared,
    *,
    seed: int,
) -> Chart | None:
    """Return a sample of the customers on two principal axes, segments named at their centres; none for one feature."""
    if prepared.matrix.shape[1] < 2:
        return None
    plane = in_columns(project(prepared.matrix, prepared.fitted_on), prepared.pipeline.components)
    drawn = sample(labels, seed)
    limits = room_for(plane.positions[drawn])
    names = _titles(customers, prepared.deciding)
    points = records(segments, colours, plane.positions[drawn], labels[drawn], limits)
    together = sum(plane.explained)
    sampled = "" if len(drawn) == len(labels) else f"; {display.count(len(drawn))} of them drawn, from every segment"
    axes = [_direction(plane.loadings[axis], names) for axis in range(2)]
    return Chart(
        name="map_of_customers",
        title=f"Two axes show {display.share(together)} of how customers differ",
        subtitle=f"Principal components of {len(names)} features, {display.count(len(labels))} customers{sampled}",
        alt=f"Scatter plot. Across: {axes[0]}. Up: {axes[1]}. Names of segments stand at their centres.",
        spec=scatter(
            points,
            centres(segments, plane.positions, labels, limits),
            limits,
            [
                [*wrapped(axis, 46, lines=2), f"{display.share(share)} of variance"]
                for axis, share in zip(axes, plane.explained, strict=True)
            ],
        ),
        table=_table(names, plane),
    )


def room_for(positions: Floats) -> tuple[Floats, Floats]:
    """Return the lower and upper ends of both axes with a margin; the farthest half percent is drawn at the edge."""
    low, high = (np.percentile(positions, percent, axis=0) for percent in (0.5, 99.5))
    margin = (high - low) * 0.06 + 1e-9
    return low - margin, high + margin


def sample(
    labels: NDArray[np.int64], seed: int, *, points: int = _POINTS, name: str = "charts: map of customers"
) -> NDArray[np.int64]:
    """Return the rows to draw, ascending: all up to *points*, else so many in proportion, at least 12 of each segment.

    *name* is that of the random choice.
    """
    if len(labels) <= points:
        return np.arange(len(labels))
    random = generator(seed, name)
    chosen = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        wanted = min(len(own), max(_FEWEST, round(points * len(own) / len(labels))))
        chosen.append(random.choice(own, wanted, replace=False))
    return np.sort(np.concatenate(chosen))


def records(
    segments: tuple[Segment, ...],
    colours: dict[int, str],
    positions: Floats,
    labels: NDArray[np.int64],
    limits: tuple[Floats, Floats],
) -> list[Record]:
    """Return one record per drawn customer; positions beyond *limits* are drawn at the edge."""
    held = np.clip(positions, *limits)
    names = {segment.id: segment.name for segment in segments}
    # Segments are interleaved by row order, so no segment covers another as a block.
    return [
        {
            "segment": int(label),
            "x": finite(x, 4),
            "y": finite(y, 4),
            "colour": colours[int(label)],
            "tip": names[int(label)],
        }
        for (x, y), label in zip(held, labels, strict=True)
        if int(label) in names
    ]


def centres(
    segments: tuple[Segment, ...], positions: Floats, labels: NDArray[np.int64], limits: tuple[Floats, Floats]
) -> list[Record]:
    """Return one record per segment: its name at the median of its customers, moved where names would overlap.

    Names in up to three lines where they fit, else all on one line and cut: their words and colour tell them apart.
    Of many segments the largest are named, and those in no segment are not: they lie everywhere.
    """
    low, high = limits
    scale = np.array([_WIDTH, _HEIGHT]) / (high - low)
    held = [segment for segment in segments if (labels == segment.id).any()]
    if len(held) > _NAMED:
        groups = [segment for segment in held if segment.id >= 0]
        largest = sorted(groups, key=lambda segment: (-segment.customers, segment.id))[:_NAMED]
        held = [segment for segment in held if segment in largest]
    pixels = [(np.median(positions[labels == segment.id], axis=0) - low) * scale for segment in held]
    full = wrapped_names([segment.name for segment in held], 16)
    cut = [segment.name if len(segment.name) <= 14 else segment.name[:13] + "…" for segment in held]
    texts, places = full, _placed(full, pixels)
    if places is None:
        texts, places = cut, _placed(cut, pixels)
    if places is None:
        places = [(float(x), float(y), 0.0) for x, y in pixels]
    records = []
    for segment, text, (x, y, tall) in zip(held, texts, places, strict=True):
        at = np.array([x, y]) / scale + low
        # A text mark's lines hang from its position: half their height up centres them.
        up = max(0.0, tall / 2 - 8) / scale[1]
        tip = f"{segment.name}\n{display.counted(segment.customers)}"
        records.append({"segment": segment.id, "label": text, "x": finite(at[0]), "y": finite(at[1] + up), "tip": tip})
    return records


def _placed(texts: list[str], pixels: list[Floats]) -> list[tuple[float, float, float]] | None:
    """Return position and height in pixels of each text near its own point of *pixels*; none if not all can be free."""
    boxes: dict[int, tuple[float, float, float, float]] = {}
    for row in sorted(range(len(texts)), key=lambda row: (-pixels[row][1], row)):
        lines = texts[row].split("\n")
        wide, tall = max(map(len, lines)) * 7.6 + 6, len(lines) * 14.0 + 2
        x, y = (
            float(min(max(at, size / 2), room - size / 2))
            for at, size, room in zip(pixels[row], (wide, tall), (_WIDTH, _HEIGHT), strict=True)
        )
        free = _free(x, y, wide, tall, list(boxes.values()))
        if free is None:
            return None
        boxes[row] = (*free, wide, tall)
    return [(boxes[row][0], boxes[row][1], boxes[row][3]) for row in range(len(texts))]


def _free(
    x: float, y: float, wide: float, tall: float, placed: list[tuple[float, float, float, float]]
) -> tuple[float, float] | None:
    """Return the position nearest to (x, y) where a text of this size is in the picture and touches none *placed*."""
    steps = [(across * 24.0, up * 4.0) for across in range(-4, 5) for up in range(-30, 31)]
    for across, up in sorted(steps, key=lambda step: (step[0] ** 2 + step[1] ** 2, step)):
        at, height = x + across, y + up
        inside = wide / 2 <= at <= _WIDTH - wide / 2 and tall / 2 <= height <= _HEIGHT - tall / 2
        if inside and all(
            abs(at - left) >= (wide + width) / 2 or abs(height - level) >= (tall + size) / 2
            for left, level, width, size in placed
        ):
            return at, height
    return None


def scatter(points: list[Record], named: list[Record], limits: tuple[Floats, Floats], titles: list[list[str]]) -> Spec:
    """Return the plot of *points* with names at the places of *named*; *titles* are the lines at both axes."""

    def along(field: str, axis: int) -> Spec:
        domain = [finite(limits[0][axis]), finite(limits[1][axis])]
        shown = {
            "title": titles[axis],
            "labels": False,
            "grid": False,
            "domain": True,
            "domainColor": theme.LINE,
            "tickCount": 0,
        }
        return {
            "field": field,
            "type": "quantitative",
            "scale": {"domain": domain, "nice": False, "zero": False},
            "axis": shown,
        }

    place = {"x": along("x", 0), "y": along("y", 1)}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    halo = {
        "type": "text",
        "fontWeight": 600,
        "stroke": theme.PAPER,
        "strokeWidth": 4,
        "strokeJoin": "round",
        "fill": theme.PAPER,
    }
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "point", "shape": "circle", "size": 22, "filled": True, "opacity": 0.6},
                "encoding": {**place, "color": colour, "description": TIP["description"], "tooltip": TIP["tooltip"]},
            },
            {"data": {"values": named}, "mark": halo, "encoding": {**place, "text": {"field": "label"}}},
            {
                "data": {"values": named},
                "mark": {"type": "text", "fontWeight": 600},
                "encoding": {**place, "text": {"field": "label"}},
            },
        ],
    }


def _direction(loadings: Floats, names: list[str]) -> str:
    """Return what grows and what falls along an axis: the features with at least half of its largest loading."""
    order = np.argsort(-np.abs(loadings), kind="stable")[:3]
    strong = [row for row in order if abs(loadings[row]) >= 0.5 * abs(loadings).max()]
    more = [names[row] for row in strong if loadings[row] > 0]
    less = [names[row] for row in strong if loadings[row] < 0]
    parts = [f"{word} {', '.join(some)}" for word, some in (("more", more), ("less", less)) if some]
    return "→ " + "; ".join(parts)


def _titles(customers: CustomerTable, names: tuple[str, ...]) -> list[str]:
    known = {column.name: column for column in customers.columns}
    return [in_words(known.get(name, Column(name))) for name in names]


def _table(names: list[str], plane: Plane) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    across, up = plane.loadings
    heads = (
        "Loading of feature",
        f"Across ({display.share(plane.explained[0])})",
        f"Up ({display.share(plane.explained[1])})",
    )
    return heads, [(name, f"{one:+.2f}", f"{other:+.2f}") for name, one, other in zip(names, across, up, strict=True)]

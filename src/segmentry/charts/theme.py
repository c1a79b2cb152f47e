"""One identity for charts and report: the palette of each tone, the ink and line colours of light and dark, the type.

Colours in a chart are the light ones. A page shows dark ones by overriding exactly these values in its style sheet
(:func:`style_sheet`): SVG presentation attributes lose against CSS. Segment colours are the same in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..profile.segments import Segment

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# The family whose widths drawing/text.py knows, and that Vega measures with; a reader's system font is about as wide.
MEASURED_FONT = "Helvetica, Arial, sans-serif"

INK, MUTED, GRID, LINE, PAPER, ACCENT = "#1b2430", "#566070", "#e4e7eb", "#9aa3ae", "#fefefe", "#0a6c74"
HIGH, LOW = "#1d68b5", "#c2620a"  # the two arms of the diverging scale: blue and orange, apart for every kind of eye
LIGHT = {"ink": INK, "muted": MUTED, "grid": GRID, "line": LINE, "paper": PAPER, "accent": ACCENT}
DARK = {
    "ink": "#e8ebef",
    "muted": "#a7b0bc",
    "grid": "#2d343d",
    "line": "#6c7682",
    "paper": "#171c22",
    "accent": "#4fb9c2",
}

# Neighbours in a row differ in hue and lightness; first entries of all tones stay apart under the three common
# colour-vision deficiencies (tests/charts/test_theme.py simulates them).
TONES: dict[str, tuple[str, ...]] = {
    "valuable": ("#0b7a5b", "#1a66b3", "#3f9e4d", "#14889a"),
    "promising": ("#6fb6e6", "#a3d3f0", "#4b93c9"),
    "fading": ("#b85c00", "#e09a1f", "#f2c14e", "#8f4708"),
    "lost": ("#878e98", "#626973", "#a9afb7"),
    "noise": ("#cdd2d8",),
}


def segment_colours(segments: Iterable[Segment]) -> dict[int, str]:
    """Return the colour of each segment by id: the family of its tone, in its shade, else one after the other by id."""
    used: dict[str, int] = {}
    colours = {}
    for segment in sorted(segments, key=lambda segment: segment.id):
        tone = segment.tone if segment.tone in TONES else "promising"
        colours[segment.id] = shade(tone, used.get(tone, 0) if segment.shade is None else segment.shade)
        used[tone] = used.get(tone, 0) + 1
    return colours


def shade(tone: str, position: int) -> str:
    """Return the colour at *position* (from 0) within *tone*; past the palette's end it begins again, paler.

    >>> shade("valuable", 0), shade("valuable", 4)
    ('#0b7a5b', '#57a38f')
    """
    palette = TONES[tone]
    return paler(palette[position % len(palette)], position // len(palette))


def paler(colour: str, times: int) -> str:
    """Return *colour* made paler so many *times*.

    >>> paler("#0b7a5b", 0), paler("#0b7a5b", 1)
    ('#0b7a5b', '#57a38f')
    """
    return mixed(colour, "#fafbfc", 1 - 0.68**times)


def mixed(colour: str, other: str, part: float) -> str:
    """Return *colour* with *part* (0 to 1) of *other* in it."""
    channels = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(own * (1 - part) + new * part):02x}" for own, new in channels)


def readable_on(colour: str) -> str:
    """Return white or near-black, whichever reads better on *colour*. Neither is overridden in the dark."""
    return "#ffffff" if contrast(colour, "#ffffff") >= contrast(colour, "#10161d") else "#10161d"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def style_sheet() -> str:
    """Return the CSS that defines the colours as variables, light and dark, and makes charts follow them."""
    light = _variables(LIGHT)
    dark = _variables(DARK)
    follow = "".join(
        f'svg.chart [{paint}="{value}"]{{{paint}:var(--{name})}}'
        for name, value in LIGHT.items()
        for paint in ("fill", "stroke")
    )
    return f":root{{{light};--font:{FONT}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{follow}"


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration that every chart carries."""
    guide = {
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelLimit": 0,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titleLimit": 0,
    }
    return {
        "background": PAPER,
        "font": MEASURED_FONT,
        "padding": 6,
        "view": {"stroke": None},
        "axis": {
            **guide,
            "titlePadding": 8,
            "gridColor": GRID,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
            "labelOverlap": False,
        },
        "legend": guide,
        # Only marks with a description of ours speak; Vega-Lite would make one up for every rule and text.
        "text": {"fontSize": 12, "fill": INK, "lineBreak": "\n", "aria": False},
        "rule": {"aria": False},
        "line": {"aria": False},
        "tick": {"aria": False},
        "title": {
            "anchor": "start",
            "color": INK,
            "fontSize": 15,
            "subtitleColor": MUTED,
            "subtitleFontSize": 12,
            "limit": 0,
        },
    }

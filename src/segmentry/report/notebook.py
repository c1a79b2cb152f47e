"""The segments table as a piece of HTML, for notebooks: no script, no style sheet, light and dark."""

from __future__ import annotations

from html import escape

from ..charts.theme import segment_colours
from ..core import display
from ..profile.segments import Segment

_SWATCH = "display:inline-block;width:10px;height:10px;border-radius:3px;background:"
_CELL = "padding:4px 14px 4px 0;text-align:"
_FAMILIAR = {"recency_days": ("Last order", "days"), "frequency": ("Orders", ""), "monetary": ("Spend", "")}


def segments_html(segments: tuple[Segment, ...], *, title: str) -> str:
    """Return one table row per segment with its colour, size, shares and, where known, recency, orders and spend."""
    shown = {name: words for name, words in _FAMILIAR.items() if all(name in segment.features for segment in segments)}
    heads = ["Segment", "Customers", "Share", "Revenue share", *(head for head, _ in shown.values()), "What to do"]
    sides = ["left", *["right"] * (len(heads) - 2), "left"]
    colours = segment_colours(segments)
    lines = []
    for segment in segments:
        swatch = f'<span style="{_SWATCH}{colours[segment.id]}"></span>'
        revenue = display.MISSING if segment.revenue_share is None else display.share(segment.revenue_share)
        cells = [
            f"{swatch} {escape(segment.name)}",
            display.count(segment.customers),
            display.share(segment.share),
            revenue,
            *(display.number(segment.features[name].mean, unit) for name, (_, unit) in shown.items()),
            escape(segment.play.action),
        ]
        lines.append("".join(f'<td style="{_CELL}{side}">{cell}</td>' for cell, side in zip(cells, sides, strict=True)))
    head = "".join(f'<th style="{_CELL}{side}">{text}</th>' for text, side in zip(heads, sides, strict=True))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<div><p>{escape(title)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"

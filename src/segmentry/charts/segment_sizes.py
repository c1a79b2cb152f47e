"""How large each segment is: its share of customers beside its share of revenue."""

from __future__ import annotations

from ..core import display
from ..profile.segments import Segment
from .chart import Chart, Record
from .marks import OWN_COLOUR, PERCENT, Spec, bar, measure, row_height, rows
from .words import finite, wrapped_names


def segment_sizes(segments: tuple[Segment, ...], colours: dict[int, str], money_is: str = "revenue") -> Chart:
    """Return bars per segment: share of customers and, where there is money, share of revenue on the same scale.

    *money_is* says what the money is called: revenue, or turnover.
    """
    labels = wrapped_names([segment.name for segment in segments], 18)
    has_money = any(segment.revenue_share is not None for segment in segments)
    panels = [_panel("customers", labels, segments, colours, money_is, first=True)]
    if has_money:
        panels.append(_panel(money_is, labels, segments, colours, money_is, first=False))
    total = sum(segment.customers for segment in segments)
    plotted = f"Share of customers beside share of {money_is}" if has_money else "Share of customers"
    return Chart(
        name="segment_sizes",
        title=_finding(segments, money_is),
        subtitle=f"{plotted} per segment, {display.count(total)} customers",
        alt=f"Bars of {plotted.lower()}: " + "; ".join(_words(segment, money_is) for segment in segments),
        spec={"hconcat": panels, "spacing": 28} if has_money else panels[0],
        table=_table(segments, money_is if has_money else ""),
    )


def records(
    segments: tuple[Segment, ...], labels: list[str], colours: dict[int, str], of: str, money_is: str = "revenue"
) -> list[Record]:
    """Return one record per segment: its share *of* ``customers`` or of the money, its line, colour and words."""
    shares = [segment.share if of == "customers" else segment.revenue_share for segment in segments]
    return [
        {
            "segment": segment.id,
            "label": labels[row],
            "row": row,
            "share": None if share is None else finite(share),
            "text": display.MISSING if share is None else display.share(share),
            "colour": colours[segment.id],
            "tip": _words(segment, money_is),
        }
        for row, (segment, share) in enumerate(zip(segments, shares, strict=True))
    ]


def _panel(
    of: str,
    labels: list[str],
    segments: tuple[Segment, ...],
    colours: dict[int, str],
    money_is: str,
    *,
    first: bool,
) -> Spec:
    shares = [share for segment in segments for share in (segment.share, segment.revenue_share or 0.0)]
    # Room at the right for the figure of the longest bar: two fifths of it.
    scale = {"domain": [min(0.0, *shares), max(shares) * 1.42], "nice": False}
    value = measure("share", f"Share of {of}", expression=PERCENT, scale=scale, tickCount=2)
    line = rows(labels) if first else rows(labels, labels=False)
    return {
        "width": 165,
        "height": row_height(labels, 34) * len(labels),
        "data": {"values": records(segments, labels, colours, of, money_is)},
        "layer": bar(value, line, OWN_COLOUR),
    }


def _finding(segments: tuple[Segment, ...], money_is: str) -> str:
    if len(segments) == 1:
        return f"One segment, {segments[0].name}, holds all customers"
    with_money = [segment for segment in segments if segment.revenue_share is not None]
    if with_money:
        groups = [segment for segment in with_money if segment.id >= 0] or with_money
        best = max(groups, key=lambda segment: (segment.revenue_share or 0.0, -segment.id))
        revenue = display.share(best.revenue_share or 0.0)
        return f"{best.name} are {display.share(best.share)} of customers and {revenue} of {money_is}"
    largest = max(segments, key=lambda segment: (segment.customers, -segment.id))
    return f"{largest.name} are the largest segment: {display.share(largest.share)} of customers"


def _words(segment: Segment, money_is: str) -> str:
    revenue = "" if segment.revenue_share is None else f"\n{display.share(segment.revenue_share)} of {money_is}"
    return f"{segment.name}\n{display.count(segment.customers)} customers ({display.share(segment.share)}){revenue}"


def _table(segments: tuple[Segment, ...], money_is: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    heads: tuple[str, ...] = ("Segment", "Customers", "Share of customers")
    lines: list[tuple[str, ...]] = [
        (segment.name, display.count(segment.customers), display.share(segment.share)) for segment in segments
    ]
    if not money_is:
        return heads, lines
    money = [
        (display.MISSING,) * 2
        if segment.revenue is None or segment.revenue_share is None
        else (display.number(segment.revenue, "money"), display.share(segment.revenue_share))
        for segment in segments
    ]
    return (*heads, money_is.capitalize(), f"Share of {money_is}"), [
        (*line, *more) for line, more in zip(lines, money, strict=True)
    ]

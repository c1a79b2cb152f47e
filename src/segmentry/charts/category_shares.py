"""What the money of each segment goes to: the share of every category, segment beside segment."""

from __future__ import annotations

from ..core import display
from ..profile.buying import Products, Purchases
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, PERCENT, TIP, Spec, measure, panel_title, row_height, rows
from .words import drawable, finite, wrapped, wrapped_names

MOST = 9  # categories with a row of their own
OTHERS = "All others"
_PANELS = 5  # side by side


def category_shares(bought: Products, colours: dict[int, str]) -> Chart | None:
    """Return bars: the share of each category in each segment's revenue, with a tick for all customers."""
    held = [one for one in bought.segments if one.categories]
    if not held or len(bought.overall) < 2:
        return None
    overall = folded(bought.overall, bought.overall)
    labels = wrapped_names([drawable(name) for name in overall], 24)
    panels = [_panel(one, bought, overall, labels, colours, first=i % _PANELS == 0) for i, one in enumerate(held)]
    blocks = [{"hconcat": panels[i : i + _PANELS], "spacing": 22} for i in range(0, len(panels), _PANELS)]
    return Chart(
        name="category_shares",
        title=_finding(held, bought),
        subtitle="Share of each segment's revenue by category; the dark line is the share among all customers",
        alt="; ".join(
            f"{one.segment}: " + ", ".join(f"{name} {display.share(share)}" for name, share in one.categories.items())
            for one in held
        ),
        spec=blocks[0] if len(blocks) == 1 else {"vconcat": blocks, "spacing": 22},
        table=(
            ("Category", "All", *(one.segment for one in held)),
            [
                (name, display.share(share), *(display.share(one.categories.get(name, 0.0)) for one in held))
                for name, share in bought.overall.items()
            ],
        ),
    )


def folded(shares: dict[str, float], overall: dict[str, float]) -> dict[str, float]:
    """Return *shares* of the categories that are largest in *overall*, and what is left as one.

    >>> folded({"c0": 0.75, "c11": 0.25}, {f"c{i}": 1 / 12 for i in range(12)})["All others"]
    0.25
    """
    if len(overall) <= MOST + 1:
        return {name: shares.get(name, 0.0) for name in overall}
    largest = list(overall)[:MOST]
    kept = {name: shares.get(name, 0.0) for name in largest}
    return kept | {OTHERS: sum(share for name, share in shares.items() if name not in kept)}


def records(one: Purchases, bought: Products, overall: dict[str, float], colour: str) -> list[Record]:
    """Return one record per category of the segment *one*."""
    own = folded(one.categories, bought.overall)
    return [
        {
            "segment": one.segment_id,
            "row": row,
            "share": finite(own[name]),
            "all": finite(share),
            "text": display.share(own[name]),
            "colour": colour,
            "tip": f"{drawable(name)}\n{one.segment}: {display.share(own[name])}\nall: {display.share(share)}",
        }
        for row, (name, share) in enumerate(overall.items())
    ]


def _panel(
    one: Purchases,
    bought: Products,
    overall: dict[str, float],
    labels: list[str],
    colours: dict[int, str],
    *,
    first: bool,
) -> Spec:
    most = max(share for each in bought.segments for share in folded(each.categories, bought.overall).values())
    scale = {"domain": [0, finite(1.45 * max(most, *overall.values()))], "nice": False}
    value = measure("share", None, expression=PERCENT, scale=scale, tickCount=2)
    line = rows(labels) if first else rows(labels, labels=False)
    return {
        "title": panel_title(wrapped(drawable(one.segment), 18, lines=2)),
        "width": 128,
        "height": row_height(labels, 26) * len(labels),
        "data": {"values": records(one, bought, overall, colours[one.segment_id])},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.8}},
             "encoding": {"x": value, "y": line, "color": OWN_COLOUR, **TIP}},
            {"mark": {"type": "tick", "thickness": 2, "opacity": 1, "height": {"band": 1}, "color": theme.INK},
             "encoding": {"x": {**value, "field": "all"}, "y": line}},
            {"mark": {"type": "text", "align": "right", "fontSize": 11},
             "encoding": {"x": {"value": 126}, "y": line, "text": {"field": "text"}}},
        ],
    }  # fmt: skip


def _finding(held: list[Purchases], bought: Products) -> str:
    found = [
        (one.categories.get(name, 0.0) - share, one, name) for one in held for name, share in bought.overall.items()
    ]
    difference, one, name = max(found, key=lambda entry: (abs(entry[0]), -entry[1].segment_id, entry[2]))
    if abs(difference) < 0.02:
        return "The segments spend their money on the same categories"
    share, everyone = (display.share(figure) for figure in (one.categories.get(name, 0.0), bought.overall[name]))
    return f"{drawable(one.segment)} spend {share} on {drawable(name)}; all customers {everyone}"

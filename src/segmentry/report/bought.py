"""What the report says about products: per segment, top products, what is unusual, categories in words, baskets."""

from __future__ import annotations

import math
from typing import Any

from ..charts.product_lift import called, times
from ..charts.theme import segment_colours
from ..core import display
from ..profile.buying import ProductLine, Products, Purchases
from ..profile.segments import Segment

Part = dict[str, Any]


def what_segments_buy(bought: Products | None, segments: tuple[Segment, ...]) -> Part | None:
    """Return the chapter on products as words; none where nothing is known of them."""
    if bought is None:
        return None
    colours = segment_colours(segments)
    return {
        "note": _note(bought),
        "segments": [
            {
                "id": one.segment_id,
                "name": one.segment,
                "colour": colours[one.segment_id],
                "by_revenue": [_revenue_row(line) for line in one.by_revenue],
                "unusual": [_lift_row(line) for line in one.by_lift or one.closest],
                "words": _unusual_words(one, bought) if bought.has_products else "",
                "basket": _basket(one),
            }
            for one in bought.segments
        ],
        "categories_missing": "" if bought.overall else "The source names no category, so there are no shares of any.",
    }


def _note(bought: Products) -> str:
    if not bought.has_products:
        return "The source names no product, so only categories and baskets are shown."
    return (
        "How often is unusual: the share of the segment's customers who bought a product, against that of all other "
        f"customers. Products count from {display.count(bought.min_buyers)} buyers in the segment, ranked by the lower "
        "end of a 95 % interval. Of all that are called unusual, at most 5 % are expected to be chance."
    )


def _revenue_row(line: ProductLine) -> list[str]:
    return [called(line), display.number(line.revenue, "money"), display.share(line.share_of_segment)]


def _lift_row(line: ProductLine) -> list[str]:
    interval = f"{times(line.low)} to {times(line.high)}".replace(" ×", "")
    return [
        called(line),
        display.share(line.share_of_segment),
        display.share(line.share_of_others),
        times(line.lift),
        interval,
    ]


def _unusual_words(one: Purchases, bought: Products) -> str:
    if not one.tested:
        return f"No product has {display.count(bought.min_buyers)} buyers here: too few to say what is unusual."
    typical = f"a typical product {times(one.typical_lift)} as often"
    if not one.unusual:
        return f"Nothing is bought more often than by other customers ({typical}); nearest to it:"
    if one.typical_lift > 1.5:
        return f"They buy more of nearly everything ({typical}); what stands out most:"
    return f"{display.count(one.unusual)} of {display.count(one.tested)} products are bought unusually often, first:"


def _basket(one: Purchases) -> str:
    basket = one.basket
    if not basket.orders:
        return "No orders."
    items = "" if math.isnan(basket.items_mean) else f", {display.number(basket.items_mean)} items"
    return (
        f"An order has {display.number(basket.lines_mean)} lines{items} and a value of "
        f"{display.number(basket.value_mean, 'money')} on average; half of the {display.count(basket.orders)} "
        f"orders are worth {display.number(basket.value_median, 'money')} or less."
    )

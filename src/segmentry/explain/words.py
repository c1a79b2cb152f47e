"""Explanations as sentences that a marketing manager reads aloud: real units, no word from statistics but median."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.display import MISSING, money, number, share
from ..core.tables import Column
from ..prepare.pipeline import FLAG
from ..profile.phrases import in_words, sentence
from .book import ACTIVE, APART
from .contributions import Contribution, Typical
from .moves import HORIZON_DAYS, LONGEST_QUIET, Change

if TYPE_CHECKING:
    from .customer import CustomerExplanation, Limit
    from .segment import SegmentExplanation

TITLES = {
    "recency_days": "Last order", "frequency": "Orders", "monetary": "Spend", "tenure_days": "First order",
    "average_order_value": "Value of an order",
}  # fmt: skip
AGO = {"recency_days", "tenure_days"}
BORDERLINE = 0.1  # below this confidence a customer could as well be in the next segment
FEW = 7  # features that are told one by one
SHORT = 25  # characters of a segment's name that is said again and again
COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def title(column: Column) -> str:
    """Return what a feature is called.

    >>> title(Column("recency_days", "days")), title(Column("CASH_ADVANCE"))
    ('Last order', 'Cash advance')
    """
    if column.name.endswith(FLAG):
        return f"{sentence(in_words(Column(column.name.removesuffix(FLAG))))} unknown"
    if column.name == "monetary" and deal(column) == "trade":
        return "Turnover"
    known = TITLES.get(column.name)
    return (
        known.replace("order", deal(column)).replace("Order", deal(column).title())
        if known
        else sentence(in_words(column))
    )


def deal(column: Column) -> str:
    """Return what is counted in a feature: a ``trade`` of an account, an ``order`` of a customer.

    >>> deal(Column("frequency", "trades")), deal(Column("frequency", "orders"))
    ('trade', 'order')
    """
    return "trade" if "trade" in f"{column.unit} {column.meaning}" else "order"


def amount(column: Column, value: float) -> str:
    """Return a value with its unit: ``12 days ago``, ``7 orders``, ``4,310``."""
    if column.name.endswith(FLAG):
        return "yes" if value else "no"
    if math.isnan(value):
        return MISSING
    if column.unit in {"orders", "trades", "days"} and column.name not in AGO:
        return number(value, "days" if column.unit == "days" else "")
    return f"{number(value, column.unit)} ago" if column.name in AGO else number(value, column.unit)


def spread(column: Column, figures: Typical) -> str:
    """Return the quartiles and the median of a segment: ``6 to 13 (median 8)``."""
    if math.isnan(figures.median):
        return "not known"
    ends = figures.lower_quartile, figures.upper_quartile, figures.median
    low, high, middle = (number(end, column.short_unit) for end in ends)
    if low == high:
        return low
    return f"{low.removesuffix(' days').removesuffix(' day')} to {high} (median {middle.removesuffix(' days')})"


def customer_text(found: CustomerExplanation) -> str:
    """Return the explanation of a customer as lines of text."""
    return "\n".join(
        [*_place(found), *_why(found), "", "What would change that", *(f"  {line}" for line in _moves(found))]
    )


def segment_text(found: SegmentExplanation) -> str:
    """Return the explanation of a segment as lines of text."""
    size = f"{number(found.customers, 'customers')}, {share(found.share)}"
    lines = [f"{found.segment} ({size})", "", "Who they are: half of them, beside half of all customers, are"]
    lines += [
        f"  {title(one.feature)}: {spread(one.feature, one.own)}; all: {spread(one.feature, one.all)}"
        for one in found.typical
    ]
    if found.neighbour is not None:
        lines += [
            "",
            f"Nearest other segment: {found.neighbour}, for {share(found.neighbour_share)} of them.",
            f"{share(found.borderline)} are borderline: hardly nearer to {found.segment} than to another segment.",
        ]
    return "\n".join([*lines, *_rule(found)])


def _rule(found: SegmentExplanation) -> list[str]:
    rule, own = found.rule, found.segment
    if rule is None:
        return []
    if not rule.condition:
        return ["", f"No short condition describes {own}."]
    return [
        "",
        "In short: " + rule.words.replace("; or ", ";\n    or "),
        f"    True of {share(rule.recall)} of {own}; {share(rule.precision)} of the customers it is true of are {own}.",
        f"    Such conditions for every segment put {share(rule.accuracy)} of all customers where they are.",
        f"    As a recipe takes it: {rule.condition}",
    ]


def _place(found: CustomerExplanation) -> list[str]:
    who, own, other = found.customer, found.segment, found.other
    if found.segment_id == APART:
        return [f"Customer {who} is set apart ({own}) as unlike all others. The nearest segment is {other}."]
    if other is None:
        return [f"Customer {who} is in {own}, the only segment."]
    lines = [f"Customer {who} is in {own}. The nearest other segment is {other}."]
    if found.is_held_back:
        lines.append(
            f"The model says {other}; the refresh holds the customer back in {own} (refresh.margin, refresh.min_stay)."
        )
    elif found.margin < 0:  # other methods than k-means do not go by the nearest centre alone
        lines.append(f"By the centres alone it would be in {other}; the method puts it with those it is more like.")
    elif found.confidence < BORDERLINE:
        lines.append(f"This is a borderline case: hardly nearer to the centre of {own} than to that of {other}.")
    elif found.confidence < 0.99:
        times = f"{1 / (1 - found.confidence):.1f}"
        lines.append(f"The centre of {other} is {times} times as far from this customer as the centre of {own}.")
    else:
        lines.append(f"This customer is right at the centre of {own}.")
    return lines


def _why(found: CustomerExplanation) -> list[str]:
    if found.segment_id == APART:
        limits = [_beyond(limit) for limit in found.limits]
        return ["", "Why set apart", *(f"  {line}" for line in limits or ["It lies where there are few others."])]
    if not found.reasons:
        return []
    head = f"Why {found.segment} and not {found.other}, the strongest reason first"
    told = _telling(found.reasons)
    lines = [line for one in told for line in reason(one, found.segment, str(found.other))]
    further = found.reasons[len(told) :]
    if further:
        weight, pull = sum(one.weight for one in further), sum(one.pull for one in further)
        way = "for" if pull > 0 else "against"
        more = f"{len(further)} further features, together {way} {found.segment} ({weight * 100:.0f} % of the weight): "
        lines.append(more + ", ".join(title(one.feature).lower() for one in further))
    return ["", head, *(f"  {line}" for line in lines)]


def _telling(reasons: Sequence[Contribution]) -> Sequence[Contribution]:
    """Return the reasons that are told one by one: all where they are few, else the strongest."""
    return reasons if len(reasons) <= FEW else reasons[: FEW - 1]


def reason(one: Contribution, own: str, other: str) -> list[str]:
    """Return what one feature says: its value with a verdict, then what is typical of both segments."""
    column = one.feature
    way = "for" if one.pull > 0 else "against"
    weight = f"{one.weight * 100:.0f} % of the weight"
    it = own if len(own) <= SHORT else "this segment"
    verdict = "says nothing either way" if one.weight < 0.005 else f"speaks {way} {it} ({weight})"
    said = amount(column, one.value) if not math.isnan(one.value) else "not known, taken as usual"
    first = f"{title(column)}: {said}, {verdict}"
    if column.name.endswith(FLAG):
        return [first]
    here, there = (own, other) if max(len(own), len(other)) <= SHORT else ("those here", "those there")
    return [first, f"    half of {here}: {spread(column, one.own)}; half of {there}: {spread(column, one.other)}"]


def _beyond(limit: Limit) -> str:
    low = limit.value < limit.low
    edge, way = (limit.low, "less") if low else (limit.high, "more")
    return (
        f"{title(limit.feature)}: {amount(limit.feature, limit.value)}, {way} than {amount(limit.feature, edge)}, "
        "where the usual ends."
    )


def _moves(found: CustomerExplanation) -> list[str]:
    by_kind = {change.kind: change for change in found.changes}
    lines = [_feature_change(change, found) for change in found.changes if change.kind == "feature"]
    if found.orders_tried:
        lines.append(_orders(by_kind.get("orders"), found))
    if found.has_orders and found.other is not None:
        lines += _quiet(by_kind.get("quiet"), found)
    if found.days_active is not None:
        days = _days(found.days_active + 1)
        lines.append(f"Without another trade for {days} the account would be inactive, which is another cohort.")
    elif found.cohort == ACTIVE:
        lines.append("An account that does not trade for long becomes inactive, which is another cohort.")
    elif found.cohort:
        lines.append("A trade would make this an active account, which is another cohort.")
    held = dict.fromkeys(name for change in found.changes for name in change.held)
    if held:
        words = ", ".join(in_words(Column(name)) for name in held)
        lines.append(f"Assumed to stay as it is, since it cannot be known from the features: {words}.")
    if found.window_days is not None and found.has_orders:
        lines.append(f"Orders that would by then be older than the window of {found.window_days} days still count.")
    return lines or ["No change of one feature within the values that occur would."]


def _orders(change: Change | None, found: CustomerExplanation) -> str:
    value, thing = money(found.order_value), _deal(found)
    if change is None:
        return (
            f"Up to {_counted(found.orders_tried, thing)} of the usual {value} within the next {HORIZON_DAYS} days "
            f"would leave the customer in {found.segment}."
        )
    each = " each" if change.amount > 1 else ""
    return (
        f"{sentence(_counted(int(change.amount), thing))} of the usual {value}{each} within the next {HORIZON_DAYS} "
        f"days would move the customer to {found.names[change.to]}."
    )


def _quiet(change: Change | None, found: CustomerExplanation) -> list[str]:
    thing = _deal(found)
    if change is not None:
        return [
            f"Without another {thing} for {_days(change.amount)} the customer would be in {found.names[change.to]}."
        ]
    if found.days_active is not None and found.days_active < LONGEST_QUIET:
        return []  # before two years are over it is in another cohort
    return [f"Even two years without another {thing} would leave the customer in {found.segment}."]


def _days(number: float) -> str:
    return "one more day" if number == 1 else f"{number:,.0f} more days"


def _deal(found: CustomerExplanation) -> str:
    return "trade" if any(deal(one.feature) == "trade" for one in found.reasons) else "order"


def _feature_change(change: Change, found: CustomerExplanation) -> str:
    column = next((one.feature for one in found.reasons if one.feature.name == change.feature), Column(change.feature))
    after = change.values[change.feature]
    way = "more" if change.amount > 0 else "less"
    return (
        f"{title(column)} of {after:,.10g} instead of {amount(column, after - change.amount)} "
        f"({number(abs(change.amount), column.unit)} {way}) would move the customer to {found.names[change.to]}."
    )


def _counted(orders: int, thing: str) -> str:
    words = COUNTED[orders] if orders < len(COUNTED) else f"{orders:,}"
    return f"{words} more {thing}{'s' * (orders != 1)}"

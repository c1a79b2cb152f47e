"""Every feature by name: what it means, its unit, which block of the query computes it and which roles it needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..core.errors import RecipeError, did_you_mean
from ..core.tables import Column
from .affinity import EVERY, is_share

DEFAULT = ("recency_days", "frequency", "monetary")


@dataclass(frozen=True)
class Feature:
    """A feature: its column, the block that computes it (``orders``, ``baskets``, ``cadence``, ``returns``) and the
    roles it needs beyond customer, time and money.
    """

    column: Column
    block: str
    needs: tuple[str, ...] = ()


def _feature(name: str, unit: str, meaning: str, block: str, *needs: str) -> Feature:
    return Feature(Column(name, unit, meaning), block, needs)


_ALL = (
    _feature("recency_days", "days", "Whole calendar days from the last purchase date to the as-of date", "orders"),
    _feature("frequency", "orders", "Distinct orders", "orders"),
    _feature("monetary", "money", "Sum of the amounts of all kept lines", "orders"),
    _feature("total_quantity", "items", "Sum of the quantities of all kept lines", "orders", "quantity"),
    _feature("average_order_value", "money", "Monetary ÷ frequency", "orders"),
    _feature("tenure_days", "days", "Whole calendar days from the first purchase date to the as-of date", "orders"),
    _feature("recent_spend_share", "share", "Share of monetary spent in the last 90 days before the as-of date", "orders"),
    _feature("lines_per_order", "lines", "Kept lines ÷ frequency", "orders"),
    _feature("products_per_order", "products", "Distinct products in an order, mean over the orders", "baskets", "product"),
    _feature("distinct_products", "products", "Distinct products over all orders", "baskets", "product"),
    _feature("days_between_orders_mean", "days", "Mean days between consecutive distinct purchase dates; missing below two dates", "cadence"),
    _feature("days_between_orders_median", "days", "Median days between consecutive distinct purchase dates; missing below two dates", "cadence"),
    _feature("own_rhythm_recency", "ratio", "Recency ÷ the customer's own median days between orders; missing below three orders", "cadence"),
    _feature("return_rate", "share", "Money of the customer's cancellations ÷ monetary", "returns"),
)  # fmt: skip

CATALOGUE = {feature.column.name: feature for feature in _ALL}


def needs_own_pass(name: str) -> bool:
    """Return whether the feature *name* follows from the rows themselves, not from their sums by customer.

    >>> needs_own_pass("distinct_products"), needs_own_pass("monetary")
    (True, False)
    """
    return name in CATALOGUE and CATALOGUE[name].block in {"baskets", "cadence"}


def available(roles: Collection[str]) -> list[str]:
    """Return the names of the features that a source with *roles* allows, in catalogue order."""
    return [name for name, feature in CATALOGUE.items() if all(role in roles for role in feature.needs)]


def choose(
    features: Sequence[str] | None, describe: Sequence[str] | None, roles: Collection[str]
) -> tuple[list[str], list[str]]:
    """Return the features that decide the segments, and all features to compute (those first). Raises RecipeError.

    None stands for the default: recency, frequency and monetary decide, everything the *roles* allow is computed.
    """
    allowed = available(roles)
    for setting, names in (("features", features), ("describe", describe)):
        for name in names or ():
            if is_share(name):
                _check_share(name, setting, roles)
            else:
                _check(name, setting, allowed)
    deciding = list(dict.fromkeys(DEFAULT if features is None else features))
    if not deciding:
        raise RecipeError(
            "features: at least one feature has to decide the segments.", possible=f"Known: {', '.join(allowed)}."
        )
    described = allowed if describe is None else describe
    # Money is always computed: segments are ordered by it.
    return deciding, list(dict.fromkeys([*deciding, "monetary", *described]))


def _check_share(name: str, setting: str, roles: Collection[str]) -> None:
    if "category" not in roles:
        raise RecipeError(
            f"{setting}: {name!r} needs a category column, and none was found.",
            action="Name it under source.columns.category.",
        )


def _check(name: str, setting: str, allowed: Sequence[str]) -> None:
    if name not in CATALOGUE:
        hint = did_you_mean(name, CATALOGUE)
        known = f"Known: {', '.join(CATALOGUE)}, {EVERY}."
        raise RecipeError(f"{setting}: there is no feature {name!r}.", possible=known, action=hint)
    if name not in allowed:
        missing = ", ".join(CATALOGUE[name].needs)
        raise RecipeError(
            f"{setting}: {name!r} needs a {missing} column, and none was found.",
            action=f"Name it under source.columns.{CATALOGUE[name].needs[0]}.",
        )

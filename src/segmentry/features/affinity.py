"""Features of taste: ``share_of_CATEGORY``, the share of a customer's money that goes to each category of products.

Their names depend on the data, so they are asked for by name (``share_of_wine``) or all together (``share_of_*``). The
categories with most money have a feature of their own; ``share_of_other`` is the rest, lines without a category
included. With it the shares of a customer add up to 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import RecipeError, did_you_mean
from ..core.tables import Column

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..clean import Marked
    from ..engine import Engine

PREFIX = "share_of_"
OTHER = f"{PREFIX}other"
EVERY = f"{PREFIX}*"
LONGEST = 60  # characters of a category in a feature's name


@dataclass(frozen=True)
class Categories:
    """Which categories have a feature of their own.

    Attributes
    ----------
    spellings
        Feature name to the categories of the data that count for it, most money first; ``share_of_other`` is not in it.
    has_other
        Whether money goes to anything else.
    """

    spellings: dict[str, tuple[str, ...]]
    has_other: bool

    @property
    def names(self) -> list[str]:
        """Every feature."""
        return [*self.spellings, *[OTHER] * self.has_other]

    @property
    def listed(self) -> list[str]:
        """The categories as the setting ``products.categories`` names them."""
        return [name.removeprefix(PREFIX) for name in self.spellings]

    def column(self, name: str) -> Column:
        """Return the description of the feature *name*."""
        known = self.spellings.get(name, ())
        named = known[0] if known else name.removeprefix(PREFIX).replace("_", " ")
        words = "anything else" if name == OTHER else named
        return Column(name, "share", f"Share of monetary spent on {words}")


def is_share(name: str) -> bool:
    """Return whether *name* is one of these features.

    >>> is_share("share_of_wine"), is_share("return_rate")
    (True, False)
    """
    return name.startswith(PREFIX)


def feature_of(category: str) -> str:
    """Return the name of the feature for *category*; categories that differ in case or signs only share it.

    >>> feature_of("Home & Garden"), feature_of("home-garden"), feature_of("Käse")
    ('share_of_home_garden', 'share_of_home_garden', 'share_of_käse')
    """
    plain = re.sub(r"\W+", "_", category.casefold()).strip("_")[:LONGEST]
    return f"{PREFIX}{plain or 'unnamed'}"


def find_categories(engine: Engine, marked: Marked, asked: Sequence[str], setting: int | Sequence[str]) -> Categories:
    """Return the categories that have a feature, given those *asked* for by name and the recipe's *setting*.

    Raises RecipeError for a feature whose category is not in the data (unless the setting names it).
    """
    found = engine.rows(lambda: _money(marked), step="categories", condition=marked.name)
    found.sort(key=lambda row: (-row["money"], row["category"] or ""))
    spellings = _spellings(found)
    if isinstance(setting, int):
        wanted = list(dict.fromkeys([*list(spellings)[:setting], *(name for name in asked if name in spellings)]))
    else:
        wanted = list(dict.fromkeys(name for name in map(feature_of, setting) if name != OTHER))
    for name in asked:
        if name not in {EVERY, OTHER, *wanted}:
            raise _unknown(name, spellings, wanted)
    named = {spelling for name in wanted for spelling in spellings.get(name, ())}
    has_other = any(row["category"] not in named and row["money"] for row in found)
    return Categories({name: spellings.get(name, ()) for name in wanted}, has_other)


def expanded(names: Iterable[str], categories: Categories) -> list[str]:
    """Return *names* with ``share_of_*`` replaced by all of them."""
    return list(dict.fromkeys(one for name in names for one in (categories.names if name == EVERY else [name])))


def affinity_features(kept: ir.Table, categories: Categories) -> ir.Table:
    """Return one row per customer with every feature of *categories*, from kept rows; missing where money sums to 0."""
    sums = affinity_sums(kept, categories, ["customer_id"])
    return sums.select("customer_id", **affinity_shares(sums, categories))


def affinity_sums(rows: ir.Table, categories: Categories, keys: Sequence[str]) -> ir.Table:
    """Return the money of *rows* by *keys*: ``total``, ``rest``, and ``s0``, ``s1`` … for each of *categories*."""
    import ibis

    return rows.group_by(*keys).agg(
        total=rows.amount.sum(),
        rest=ibis.ifelse(_named(rows.category, categories), 0, rows.amount).sum(),
        **{
            f"s{place}": ibis.ifelse(rows.category.isin(spelled), rows.amount, 0).sum()
            if spelled
            else ibis.ifelse(rows.amount.isnull(), rows.amount, 0).sum()
            for place, spelled in enumerate(categories.spellings.values())
        },
    )


def affinity_shares(sums: ir.Table, categories: Categories) -> dict[str, ir.Value]:
    """Return the features of *categories* by name, from sums of money as ``affinity_sums`` returns them."""
    whole = sums.total.cast("float64").nullif(0.0)
    shares = {name: sums[f"s{place}"].cast("float64") / whole for place, name in enumerate(categories.spellings)}
    return {**shares, OTHER: sums.rest.cast("float64") / whole}


def _named(category: ir.StringValue, categories: Categories) -> ir.BooleanValue:
    """Return whether *category* counts for one of *categories*; never unknown."""
    import ibis

    spelled = [one for several in categories.spellings.values() for one in several]
    return category.isin(spelled).fill_null(False) if spelled else ibis.literal(False)


def _spellings(found: Sequence[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return feature to its categories, for ``category`` and ``money`` rows with most money first; so are features."""
    spellings: dict[str, tuple[str, ...]] = {}
    money: dict[str, Any] = {}
    for row in found:
        if row["category"] is not None:
            name = feature_of(row["category"])
            spellings[name] = (*spellings.get(name, ()), row["category"])
            money[name] = money.get(name, 0) + row["money"]
    ordered = sorted(spellings, key=lambda name: (-money[name], name))
    return {name: spellings[name] for name in ordered if name != OTHER}


def _money(marked: Marked) -> ir.Table:
    rows = marked.kept
    return rows.group_by("category").agg(money=rows.amount.sum().fill_null(0))


def _unknown(name: str, spellings: dict[str, tuple[str, ...]], wanted: list[str]) -> RecipeError:
    if name in spellings:
        return RecipeError(
            f"features: {name!r} is not among products.categories.", action="Add the category there, or drop the list."
        )
    known = [*wanted, OTHER]
    return RecipeError(
        f"features: no category of the data gives {name!r}.",
        possible=f"Known: {', '.join(known[:20])}{', …' if len(known) > 20 else ''}.",
        action=did_you_mean(name, [*spellings, OTHER]),
    )

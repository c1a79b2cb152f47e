"""One function per stage, in order: what each reads, what it hands on, and what it tells the listener."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import clean, cluster, features, prepare, profile, publish, rules, sources
from ..core import display
from ..core.errors import DataError
from ..core.progress import Progress
from ..core.recipe import BY_DENSITY, Recipe
from ..core.recipe import Rules as RuleSettings
from ..core.tables import CustomerTable, Floats
from ..engine import GOODS, Engine, lacks
from ..runs import Model
from .telling import tell_assumptions, tell_ledger, tell_reading

if TYPE_CHECKING:
    from .. import compare
    from .everyone import Everyone

MINIMUM_CUSTOMERS = 2


class Known(NamedTuple):
    """Who the groups of a run were in the run before, and the ids that tables show, both by label."""

    identities: Mapping[int, profile.Identity]
    numbers: Mapping[int, int]


NOBODY = Known({}, {})


@dataclass(frozen=True)
class Book:
    """A customer book at the border: its name, its customers, how it was read and cleaned, which features decide.

    ``customers`` have what is needed to find groups; ``described`` returns them with every feature, and
    ``write_rejected`` writes the rows that cleaning set aside to a Parquet file; ``trade`` returns the business by
    month and country, computed once, where there are purchases. All may run on another thread. ``engine`` is where its
    queries ran, and ``rulebook`` what the recipe's rules say. ``bought`` counts what segments buy, where the source has
    products or categories; ``categories`` are those whose shares are among the features. Where there are too many
    customers to be fetched, ``customers`` are a sample, and ``everyone`` is all of them. ``views`` returns the
    customers as of other dates, where there are dated events.
    """

    where: str
    customers: CustomerTable
    facts: sources.Facts
    ledger: clean.Ledger
    deciding: tuple[str, ...]
    described: Callable[[], CustomerTable]
    write_rejected: Callable[[Path], None]
    engine: Engine
    rulebook: rules.Rulebook | None = None
    trade: Callable[[], features.Trade | None] = lambda: None
    bought: features.Purchases | None = None
    categories: features.Categories | None = None
    everyone: Everyone | None = None
    views: Callable[[list[str], features.Views], features.Seen] | None = None

    def ledger_columns(self) -> dict[str, list[Any]]:
        """Return the ledger as one list per column: what was set aside by reason, then what was kept, then all rows."""
        lines = [asdict(line) for line in (*self.ledger.set_aside, self.ledger.kept, self.ledger.total)]
        return {name: [line[name] for line in lines] for name in lines[0]}


class Purchased(NamedTuple):
    """Purchases, cleaned: where they came from, their marks, what decides, all features, and categories with shares."""

    found: sources.Transactions
    marked: clean.Marked
    deciding: list[str]
    names: list[str]
    categories: features.Categories | None

    @property
    def needed(self) -> list[str]:
        """The features that are needed to find segments and to order them."""
        return [name for name in self.names if name in {*self.deciding, "monetary"}]


def purchases(
    recipe: Recipe, raw: sources.Raw, engine: Engine, progress: Progress, *, not_before: date | None = None
) -> Purchased:
    """Stages 1 and 2 for transactions: roles and types, cleaning with its ledger, and which features there will be.

    *not_before* is the earliest as-of date where the recipe does not set one.
    """
    found = sources.transactions(raw, recipe.source, engine)
    tell_reading(raw.where, found.facts, progress)
    deciding, names = features.choose(recipe.features, recipe.describe, found.facts.roles)
    is_large = found.facts.rows > clean.LARGE
    if is_large and recipe.describe is None:
        names = _without_own_passes(names, deciding, found.facts.rows, progress)
    today = datetime.now(UTC).date()
    roles = found.facts.roles
    marked = clean.settle(
        engine,
        clean.Rows(
            found.as_table,
            found.facts.rows,
            raw.where,
            among=found.among,
            have_orders="order" in roles or recipe.source.no_order == "customer-day",
            roles=roles,
            condition=str(today) if recipe.clean.dates != "keep" else "",
        ),
        recipe.clean,
        as_of=recipe.as_of,
        today=today,
        window_days=recipe.window_days,
        not_before=not_before,
    )
    tell_ledger(marked.ledger, progress)
    categories, deciding, names = _with_shares(recipe, engine, marked, deciding, names)
    return Purchased(found, marked, deciding, names, categories)


def transactions_book(
    recipe: Recipe, raw: sources.Raw, engine: Engine, progress: Progress, *, not_before: date | None = None
) -> Book:
    """Stages 1 to 3 for transactions: roles and types, cleaning with its ledger, features, collected at the border.

    *not_before* is the earliest as-of date where the recipe does not set one.
    """
    found, marked, deciding, names, categories = done = purchases(recipe, raw, engine, progress, not_before=not_before)
    needed = done.needed
    shared = features.Shared(engine, marked)
    everyone = None
    if marked.ledger.kept.customers > recipe.cluster.fetch_at_most:
        from .everyone import buyers

        everyone, customers = buyers(recipe, engine, done, shared)
    else:
        customers = features.collect(engine, marked, shared, needed, categories)
    # What follows runs while groups are sought; for a large book it takes longer than those.
    engine.leave_cores(int(found.facts.rows <= clean.LARGE))
    progress.step("Customers", f"{display.count(customers.count)} as of {marked.as_of}")

    def described() -> CustomerTable:
        if names == needed or everyone is not None:
            return customers
        return features.collect(engine, marked, shared, names, categories)

    most = None if recipe.source.connection is None else recipe.source.most_rejected
    if most is not None and marked.ledger.total.rows - marked.ledger.kept.rows > most:
        progress.step("", f"rejected.parquet gets the first {display.count(most)} of them (source.most_rejected)")

    def write_rejected(path: Path) -> None:
        publish.write_rejected(engine, marked, found, path, most=most)

    @cache
    def trade() -> features.Trade | None:
        return features.trade(engine, marked)

    facts = found.facts
    if everyone is not None:
        from .everyone import assumed

        facts = replace(facts, assumptions=(*facts.assumptions, assumed(customers)))
        tell_assumptions(facts.assumptions[-1:], progress)
    roles = facts.roles
    has_goods = bool({"product", "category"} & {*roles})
    if has_goods and GOODS in lacks(engine.abilities.name):
        progress.step("Left out", f"what segments buy: {engine.abilities.title} has no medians")
        has_goods = False
    if has_goods and found.facts.rows > clean.LARGE and "products" not in recipe.model_fields_set:
        progress.step("Left out", "what segments buy, for it reads every row again: set products to have it")
        has_goods = False
    return Book(
        raw.where,
        customers,
        facts,
        marked.ledger,
        tuple(deciding),
        described,
        write_rejected,
        engine,
        trade=trade,
        bought=features.Purchases(engine, marked, shared, roles=roles) if has_goods else None,
        categories=categories,
        everyone=everyone,
        views=lambda names, views: features.collect_views(engine, marked, names, views, categories),
    )


def _without_own_passes(names: list[str], deciding: list[str], rows: int, progress: Progress) -> list[str]:
    """Return *names* without features that only describe and need a pass of their own over so many *rows*."""
    costly = [name for name in names if name not in deciding and features.needs_own_pass(name)]
    if costly:
        reason = f"each needs a pass of its own over {display.count(rows)} rows; name them under describe to have them"
        progress.step("Left out", f"{', '.join(costly)}: {reason}")
    return [name for name in names if name not in costly]


class Segmented(NamedTuple):
    """What stages 3 to 6 know of the same customers."""

    book: Book
    prepared: prepare.Prepared
    clustering: cluster.Clustering
    segments: tuple[profile.Segment, ...]


def _with_shares(
    recipe: Recipe, engine: Engine, marked: clean.Marked, *chosen: list[str]
) -> tuple[features.Categories | None, list[str], list[str]]:
    """Return the categories whose shares are among *chosen*, deciding and all features, and these spelled out."""
    deciding, names = chosen
    asked = [name for name in names if features.is_share(name)]
    if not asked:
        return None, deciding, names
    categories = features.find_categories(engine, marked, asked, recipe.products.categories)
    return categories, features.expanded(deciding, categories), features.expanded(names, categories)


def settled(recipe: Recipe, book: Book) -> Recipe:
    """Return *recipe* with what the data decided, so that it means the same for other data: the categories."""
    if book.categories is None:
        return recipe

    def spelled(names: list[str] | None) -> list[str] | None:
        return names and features.expanded(names, book.categories)  # type: ignore[arg-type]

    products = recipe.products.model_copy(update={"categories": book.categories.listed})
    update = {"products": products, "features": spelled(recipe.features), "describe": spelled(recipe.describe)}
    return recipe.model_copy(update=update)


def prepared(recipe: Recipe, book: Book, progress: Progress) -> prepare.Prepared:
    """Stage 4: the matrix in which groups are sought. Raises DataError when there are too few customers."""
    if len(book.customers) < MINIMUM_CUSTOMERS:
        raise DataError(
            f"{book.where} has {len(book.customers)} customer after cleaning.",
            possible=f"Segments need at least {MINIMUM_CUSTOMERS} customers.",
            action="Give data on more customers, or look at the ledger for rules that set too much aside.",
        )
    found = prepare.prepare(book.customers, book.deciding, recipe.prepare)
    for feature, reason in found.left_out.items():
        progress.step("Left out", f"{feature}: {reason}")
    if found.pipeline.components is not None:
        progress.step("Components", found.pipeline.components.summary())
    return found


def clustered(recipe: Recipe, book: Book, found: prepare.Prepared, progress: Progress) -> cluster.Clustering:
    """Stage 5: the groups, ordered by what their customers are worth."""
    return cluster.find_groups(found, recipe.cluster, value=worth(book.customers, book.deciding), progress=progress)


def methods_compared(
    recipe: Recipe, book: Book, found: prepare.Prepared, progress: Progress
) -> cluster.MethodComparison | None:
    """Stage 5, beside the groups: the methods that the recipe compares, side by side; none where it names none."""
    if not recipe.cluster.compare:
        return None
    value = worth(book.customers, book.deciding)
    table = cluster.compare_methods(found, recipe.cluster, recipe.cluster.compare, value=value, progress=progress)
    progress.step("Methods", table.recommendation)
    return table


def worth(customers: CustomerTable, deciding: tuple[str, ...]) -> Floats:
    """Return what orders the groups, shape (n,): money spent, else money held, else what a vocabulary takes for worth,
    else the mean rank over *deciding*.
    """
    for money in ("monetary", "nav"):
        if money in customers.values and not np.isnan(customers.values[money]).all():
            return np.nan_to_num(customers.values[money])
    if columns := profile.worth_columns(customers.values):
        return np.asarray(np.nan_to_num(customers.matrix(columns)).sum(axis=1))
    ranks = [np.argsort(np.argsort(np.nan_to_num(customers.values[name]), kind="stable")) for name in deciding]
    return np.asarray(np.mean(ranks, axis=0) / len(customers), dtype=np.float64)


def profiled(
    recipe: Recipe,
    book: Book,
    found: cluster.Clustering,
    *,
    archetypes: bool = True,
    counted: profile.Counted | None = None,
    known: Known = NOBODY,
) -> tuple[profile.Segment, ...]:
    """Stage 6: what each group is, its name (of an archetype where *archetypes* may name them) and its playbook."""
    playbook = profile.load_playbook(Path(recipe.playbook) if recipe.playbook else None, book=recipe.source.kind)
    return profile.profile(
        book.customers,
        found.labels,
        features=book.deciding,
        overrides=recipe.names,
        playbook=playbook,
        vocabulary=recipe.vocabulary,
        archetypes=archetypes,
        apart=profile.NOISE if found.method in BY_DENSITY else profile.SET_APART,
        counted=counted,
        kept=known.identities,
        numbers=known.numbers,
    )


def products(
    recipe: Recipe, book: Book, labels: NDArray[np.int64], segments: tuple[profile.Segment, ...], model: Model
) -> profile.Products | None:
    """Stage 6, for those who ask: what each segment buys; none where the source has neither products nor categories."""
    if book.bought is None:
        return None
    if book.everyone is None:
        book.bought.label(book.customers.ids, labels)
    else:
        book.everyone.label(model, features.LABELS)
    names = {segment.id: segment.name for segment in segments}
    sizes = {segment.id: segment.customers for segment in segments}
    return profile.products(book.bought.by_segment(), names, sizes, min_buyers=recipe.products.min_buyers)


def declared(book: Book, progress: Progress) -> rules.Declared | None:
    """Stage 5, beside the groups: the segments that the recipe's rules declare; none without rules."""
    if book.rulebook is None:
        return None
    found = rules.declare(book.rulebook, book.customers, book.engine)
    used = sum(size > 0 for size in found.sizes().values())
    without = f" · {display.count(found.without)} customers are in none" if found.without else ""
    progress.step("Rules", f"{used} segments by {found.by}{without}")
    for scale in found.scales:
        if scale.note:
            progress.step("", scale.note + scale.advice)
    return found


def grid(book: Book) -> NDArray[np.object_] | None:
    """Return the cell of the recency × frequency grid each customer is in: a picture for runs without rules."""
    values = book.customers.values
    if any(name not in values or np.isnan(values[name]).all() for name in ("recency_days", "frequency")):
        return None
    rulebook = rules.read_rules(RuleSettings(map="rf-10"))
    return None if rulebook is None else rules.declare(rulebook, book.customers, book.engine).segments


def compared(
    recipe: Recipe, found: Segmented, declared: rules.Declared | None, progress: Progress, *, cohort: str = ""
) -> compare.Comparison | None:
    """Stage 7: what was *found* beside what the rules declare; none without rules.

    Of a *cohort* only who is misplaced is said: what to change is sought over all of them.
    """
    if declared is None:
        return None
    from .. import compare

    result = compare.compare(
        compare.Found(
            labels=found.clustering.labels,
            names={segment.id: segment.name for segment in found.segments},
            matrix=found.prepared.matrix,
            scaled=found.prepared.scaled(found.book.customers),
            features=found.prepared.deciding,
            seed=recipe.cluster.seed,
        ),
        compare.Rules(declared.segments, declared.order, declared.conditions),
        found.book.customers,
        money=recipe.compare.money,
        alone=not cohort,
    )
    of = f", {cohort}" * bool(cohort)
    progress.step(f"Compared{of}", compare.agreement_in_words(result))
    progress.step(f"Misplaced{of}", f"{compare.misplaced_in_words(result)} {compare.edit_in_words(result)}".strip())
    return result

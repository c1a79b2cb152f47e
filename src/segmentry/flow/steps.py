"""One function per stage, in order: what each reads, what it hands on, and what it tells the listener."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import clean, cluster, features, prepare, profile, rules, sources
from ..core import display
from ..core.errors import DataError
from ..core.progress import Progress
from ..core.recipe import BY_DENSITY, Recipe
from ..core.recipe import Rules as RuleSettings
from ..core.tables import CustomerTable, Floats
from ..engine import Engine
from ..runs import Model

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


class Segmented(NamedTuple):
    """What stages 3 to 6 know of the same customers."""

    book: Book
    prepared: prepare.Prepared
    clustering: cluster.Clustering
    segments: tuple[profile.Segment, ...]


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
